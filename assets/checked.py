"""How checks of figures show on assets: one a metric and one a tool, with every result in a table.

Here: results as Dagster asset checks. Not here: judging (checking_stage). One check an asset and not one a rule,
as each costs the run an event.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import dagster as dg

from assets.measuring_stage import Edition
from assets.shown import table
from nhsbn.checks.declared import Checks
from nhsbn.checks.results import SEVERITIES
from nhsbn.checks.standing import Standing, Status

METRIC_CHECK = "figures"
TOOL_CHECK = "ready"
QUIET = (Status.PASSED, Status.NOT_JUDGED)
TOLD = 3
"""Failures that a check's own sentence tells of."""


def metric_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of a metric's figures."""
    text = (
        "The figures are plausible, near what was submitted before, and agree with each other and other sources."
    )
    return dg.AssetCheckSpec(METRIC_CHECK, asset=key, description=text)


def tool_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    """The check of a place's tool."""
    text = "No check of this place's figures is open. What stops keeps the tool from being filled."
    return dg.AssetCheckSpec(TOOL_CHECK, asset=key, description=text)


def check_results(
    key: dg.AssetKey,
    name: str,
    work: Edition,
    found: Sequence[Standing],
    checks: Checks,
    stopped: Sequence[str] = (),
) -> list[dg.AssetCheckResult]:
    """How results stand, as one check of one asset; none where the edition declares no checks.

    A period of an earlier edition would otherwise pass over what is open in this one's, as Dagster shows only the
    last result of a check.

    Args:
        key: the asset.
        name: its check.
        work: the edition and period.
        found: the results, what needs a look first.
        checks: the declared checks.
        stopped: why a tool was not filled.
    """
    if not checks.checks:
        return []
    open_ones = [one for one in found if one.status.is_open]
    grave = any(one.result.severity != "warns" for one in open_ones)
    counts = Counter(one.status for one in found)
    worst = sorted(open_ones, key=lambda one: SEVERITIES.index(one.result.severity))[:TOLD]
    said = [f"{one.result.subject}, {one.result.locality}: {one.result.message}" for one in worst]
    if len(open_ones) > TOLD:
        said.append(f"and {len(open_ones) - TOLD} more")
    result = dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=not open_ones,
        severity=dg.AssetCheckSeverity.ERROR if grave else dg.AssetCheckSeverity.WARN,
        description="; ".join(["Not filled: " + reason for reason in stopped] or said) or None,
        metadata={
            "period": str(work.period),
            **{status.value: counts[status] for status in Status if counts[status]},
            "results": table([_row(one, checks) for one in found if one.status not in QUIET]),
        },
    )
    return [result]


def _row(one: Standing, checks: Checks) -> dict[str, str | int | float | bool | None]:
    result = one.result
    return {
        "check": result.check,
        "question": result.subject,
        "place": result.locality,
        "does": result.severity,
        "stands": one.status.value,
        "found": "; ".join(part for part in (result.message, one.note) if part),
        "what to do": checks.instructions.get(result.check, "") if one.status.is_open else "",
    }
