#!/usr/bin/env bash
# LibreOffice recalculates filled tools in the tests, poppler turns their pages into pictures, and Chromium looks at the
# Dagster UI. None is needed to run the pipeline; where apt is absent or not allowed, this says so and leaves the tests to skip.
set -euo pipefail

wanted=(libreoffice-calc poppler-utils chromium)

if command -v soffice > /dev/null && command -v pdftoppm > /dev/null && command -v chromium > /dev/null; then
    exit 0
fi
if ! command -v apt-get > /dev/null; then
    echo "No apt-get here: install by hand, if the tests that need them should run: ${wanted[*]}" >&2
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! sudo --non-interactive true 2> /dev/null; then
        echo "Not root, and no sudo without a password: ask for ${wanted[*]}" >&2
        exit 0
    fi
    as_root=(sudo --non-interactive)
fi

export DEBIAN_FRONTEND=noninteractive
if ! { "${as_root[@]}" apt-get update --quiet=2 &&
    "${as_root[@]}" apt-get install --quiet=2 --yes --no-install-recommends "${wanted[@]}"; }; then
    echo "apt-get could not install ${wanted[*]}; the tests that need them will say so" >&2
fi
