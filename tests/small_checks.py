"""A small catalogue, its checks and its evidence, for tests that judge by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent

from nhsbn.checks.declared import Checks, load_checks
from nhsbn.checks.evidence import Cell, Earlier, Evidence, Series
from nhsbn.checks.judging import judge
from nhsbn.checks.results import Judged
from nhsbn.metrics.catalogue import Catalogue, load_catalogue
from nhsbn.periods import Month, Period
from nhsbn.tools.cells import CellState, State
from nhsbn.values import ALL, MetricValue

PERIOD = Period.parse("2025-26-Q1")
APRIL, MAY, JUNE = PERIOD.months
PLACES = ("doncaster", "rotherham", "trust")

METRIC = """
  - metric_id: {id}
    metric_title: {title}
    section: activity
    metric_description: d
    inclusion_exclusion_rules: r
    unit: {unit}
    breakdown: [month, service]
    metric_owner: Ward lead
    plausible_range: [{low}, {high}]
    year_on_year_tolerance: 20
    items:
      - title: {title}
        numerator: {{measure: thing, aggregate: {aggregate}}}
"""
COUNT = METRIC.format(id="XX-AA-01", title="Things", unit="count", low=0, high=1000, aggregate="count")
PART = METRIC.format(id="XX-AA-02", title="Small things", unit="count", low=0, high=1000, aggregate="count")
REST = METRIC.format(id="XX-AA-03", title="Other things", unit="count", low=0, high=1000, aggregate="count")
SHARE = (
    METRIC.format(id="XX-AA-04", title="Share", unit="percent", low=5, high=60, aggregate="count")
    + "        denominator: {measure: thing, aggregate: count}\n        multiplier: 100\n"
)
STAFF = METRIC.format(id="XX-AA-05", title="Staff", unit="wte", low=0, high=900, aggregate="{agg}").replace(
    "aggregate: {agg}", "aggregate: sum, of: wte"
)
WAIT = METRIC.format(id="XX-AA-06", title="Wait", unit="days", low=0, high=900, aggregate="{agg}").replace(
    "aggregate: {agg}", "aggregate: mean, of: wait_days"
)
HEAD = """
project: small
edition: 2025-26
title: Small
cadence: quarter
dimensions:
  service: {title: Service, members: {adult: Adult, cyp: Children}}
metrics:
"""
CHECKS_HEAD = """
project: small
edition: 2025-26
small_numbers:
  chance: 0.0027
  rows: 5
  at_least: {count: 30, percent: 2, rate: 1, days: 7, wte: 3, pounds: 25000}
checks:
"""


def catalogue() -> Catalogue:
    return load_catalogue(HEAD + COUNT + PART + REST + SHARE + STAFF + WAIT, "metrics.yaml")


def declared(*checks: str) -> Checks:
    """Checks from the lines that differ; each is given what every check needs."""
    text = CHECKS_HEAD
    for number, lines in enumerate(checks):
        body = dedent(lines).strip().replace("\n", "\n    ")
        text += f"  - id: check_{number}\n    title: t\n    instruction: Look.\n    from: convention\n    {body}\n"
        if "severity" not in lines:
            text += "    severity: warns\n"
    return load_checks(text, "checks.yaml", catalogue())


def figure(
    code: str,
    value: float | None,
    place: str = "trust",
    member: str = ALL,
    month: Month = APRIL,
    numerator: float | None = None,
    denominator: float | None = None,
) -> MetricValue:
    top = value if numerator is None else numerator
    return MetricValue(code, month, place, member, value, top, denominator, 1)


def evidence(
    values: Iterable[MetricValue],
    submitted: Mapping[Cell, Series] | None = None,
    **others: object,
) -> Evidence:
    held = tuple(values)
    states: dict[str, dict[tuple[str, str, Month], CellState]] = {place: {} for place in PLACES}
    for one in held:
        state = CellState(State.TRUE_ZERO if one.value == 0 else State.VALUE, one.value)
        if one.value is None:
            state = CellState(State.NOT_APPLICABLE, reason="nothing to divide by")
        states[one.locality][one.code, one.member, one.month] = state
    given: dict[str, object] = {"earlier": Earlier(submitted or {}), "states": states} | others
    return Evidence(catalogue(), None, PERIOD, PLACES, held, **given)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Verdict:
    """A verdict on comparing, as comparability gives one."""

    against: str
    item: str | None
    verdict: str
    reason: str


def failed(checks: Checks, given: Evidence) -> list[Judged]:
    """The failures of checks on evidence."""
    return [one for one in judge(checks, given) if one.failed]


def result(found: Sequence[Judged], subject: str, place: str = "trust") -> Judged:
    """The one result for a subject and place."""
    (one,) = [one for one in found if (one.subject, one.locality) == (subject, place)]
    return one
