"""What goes wrong between what happened and what a file says, injected at known rates and remembered.

Here: the flags, and the first and later issue of an extract that they make. Not here: what a particular report's
changed or unreadable cell looks like; each report says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from synth.forms import Extract, Sheet

Flags = npt.NDArray[np.int8]
QUIRKS = ("", "late", "changed", "withdrawn", "duplicate", "unmapped", "bad", "entered twice")
LATE, CHANGED, WITHDRAWN, DUPLICATE, UNMAPPED, BAD, TWICE = range(1, 8)

RATES: Mapping[int, float] = {
    LATE: 0.01, CHANGED: 0.005, WITHDRAWN: 0.0005, DUPLICATE: 0.0004, UNMAPPED: 0.002, BAD: 0.0003,
}  # fmt: skip
"""Shares of rows. Duplicates and unreadable cells are near what was measured in published NHS files; the rest are
what the trust's own descriptions of late entry suggest."""


def draw(count: int, rng: np.random.Generator, *, reissued: bool, but: tuple[int, ...] = ()) -> Flags:
    """One flag a row: at most one thing goes wrong with it.

    Args:
        count: number of rows.
        rng: the random numbers.
        reissued: whether the period is issued twice; only then can a row be late, changed or withdrawn.
        but: quirks that this report never has.
    """
    flags = np.zeros(count, np.int8)
    chance = rng.random(count)
    edge = 0.0
    for quirk, rate in RATES.items():
        if quirk in but or (quirk <= WITHDRAWN and not reissued):
            continue
        flags[(chance >= edge) & (chance < edge + rate)] = quirk
        edge += rate
    return flags


def names(flags: Flags) -> pa.Array:
    """The flags in words, for the truth."""
    return pa.array(QUIRKS).take(pa.array(flags.astype(np.int64)))


def issues(
    extract: Extract,
    flags: Flags,
    *,
    before: pa.Table | None = None,
    bad: tuple[str, str] | None = None,
    days_later: int = 61,
    suffix: str = "_v2",
) -> list[Extract]:
    """The files that tell of these rows: one, or a first and a later issue.

    Args:
        extract: the extract with its rows as they were finally known.
        flags: one a row of its first sheet.
        before: the same rows as first known; None when the period is issued once.
        bad: column and text of a cell that cannot be read, printed on the rows flagged so.
        days_later: how long after the first the later issue was run.
        suffix: what the later issue's name ends in.
    """
    final = extract.sheets[0].cells
    if before is None:
        return [_printed(extract, final, flags, np.arange(len(flags)), bad)]
    again = replace(extract, name=extract.name + suffix, run_at=extract.run_at + timedelta(days=days_later))
    return [
        _printed(extract, before, flags, np.flatnonzero(flags != LATE), bad),
        _printed(again, final, flags, np.flatnonzero(flags != WITHDRAWN), bad),
    ]


def _printed(
    extract: Extract, cells: pa.Table, flags: Flags, rows: npt.NDArray[np.int64], bad: tuple[str, str] | None
) -> Extract:
    """The rows asked for, exact duplicates twice over, unreadable cells set."""
    rows = np.sort(np.concatenate([rows, rows[flags[rows] == DUPLICATE]]))
    overrides = ()
    if bad is not None:
        column, text = bad
        overrides = tuple((int(row), column, text) for row in np.flatnonzero(flags[rows] == BAD))
    sheet = Sheet(extract.sheets[0].name, cells.take(pa.array(rows)), extract.sheets[0].headings)
    return replace(extract, sheets=(sheet, *extract.sheets[1:]), overrides=overrides)
