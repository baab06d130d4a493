"""Rules that hold figures of one return to each other: parts and wholes, places and trust, stocks and flows.

Here: each rule, from evidence to results. Not here: figures beside their own past (value_rules) and beside another
source (source_rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nhsbn.checks.evidence import Evidence, words
from nhsbn.checks.kinds import (
    BalanceCheck,
    CompleteCheck,
    LocalitiesCheck,
    MembersCheck,
    OrderCheck,
    ShareCheck,
    SumCheck,
)
from nhsbn.checks.results import Finding, Judged, judged
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month
from nhsbn.tools.cells import State
from nhsbn.values import ALL, TRUST

ROUNDING = 1e-9
"""Amounts that differ by less than this part of themselves are the same: they were added up in another order."""


def judge_share(check: ShareCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold every percentage's numerator within nought and its denominator."""
    for question in evidence.catalogue.computed:
        item = question.item
        if question.unit != "percent" or item.less or item.denominator is None or not check.takes(question):
            continue
        for place in evidence.places:
            findings, looked = [], 0
            for member, month, figure, _ in evidence.cells(question, place):
                part, whole = figure.numerator, figure.denominator
                if part is None or whole is None:
                    continue
                looked += 1
                if part < 0 or _exceeds(part, whole):
                    at = evidence.named(question, place, member, month)
                    said = f"{at}: the numerator is {part:,.6g} of a denominator of {whole:,.6g}"
                    findings.append(Finding(member, str(month), part, whole, said))
            yield judged(check.id, check.severity, question.code, place, findings, looked)


def judge_order(check: OrderCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold each item to the one before it, cell by cell; a fault is the smaller one's."""
    for larger, smaller in zip(check.items, check.items[1:], strict=False):
        question, above = evidence.questions[smaller], evidence.questions[larger]
        for place in evidence.places:
            findings, looked = [], 0
            for member, month, _, value in evidence.cells(question, place):
                bound = evidence.value(larger, place, member, month)
                if bound is None:
                    continue
                looked += 1
                if _exceeds(value, bound * (1 + check.tolerance_percent / 100)):
                    at = evidence.named(question, place, member, month)
                    said = (
                        f"{at}: {words(value, question.unit)} is more than the {words(bound, above.unit)} of "
                        f"{larger}, {above.item.title}"
                    )
                    findings.append(Finding(member, str(month), value, bound, said))
            why = f"{larger} and {smaller} stand together in no cell"
            yield judged(check.id, check.severity, smaller, place, findings, looked, why)


def judge_sum(check: SumCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold a whole to the sum of the items that divide it, cell by cell."""
    question = evidence.questions[check.whole]
    for place in evidence.places:
        findings, looked = [], 0
        for member, month, _, value in evidence.cells(question, place):
            parts = [evidence.value(part, place, member, month) for part in check.parts]
            if any(part is None for part in parts):
                continue
            looked += 1
            total = sum(part for part in parts if part is not None)
            if _differs(total, value, check.tolerance_percent):
                at = evidence.named(question, place, member, month)
                said = (
                    f"{at}: {' and '.join(check.parts)} come to {words(total, question.unit)}, and "
                    f"{check.whole} is {words(value, question.unit)}"
                )
                findings.append(Finding(member, str(month), value, total, said))
        yield judged(check.id, check.severity, check.whole, place, findings, looked)


def judge_members(check: MembersCheck, evidence: Evidence, not_additive: Mapping[str, str]) -> Iterator[Judged]:
    """Hold each total to the sum of its members."""
    for question in evidence.catalogue.computed:
        if question.metric.dimension is None or not check.takes(question) or not _adds_up(question, not_additive):
            continue
        for place in evidence.places:
            findings: list[Finding] = []
            looked = 0
            for month, figure in evidence.of(question.code, place).items():
                members = evidence.members(question)[1:]
                parts = [evidence.value(question.code, place, member, month) for member in members]
                if figure.value is None or all(part is None for part in parts):
                    continue
                looked += 1
                total = sum(part for part in parts if part is not None)
                said = f"{month.title}: the columns come to"
                findings += _short(question, month, figure.value, total, check.tolerance_percent, said, "total")
            why = "no total stands beside members"
            yield judged(check.id, check.severity, question.code, place, findings, looked, why)


def judge_localities(
    check: LocalitiesCheck, evidence: Evidence, not_additive: Mapping[str, str]
) -> Iterator[Judged]:
    """Hold the trust to its localities and what is allocated to none, for every member."""
    for question in evidence.catalogue.computed:
        if not check.takes(question) or not _adds_up(question, not_additive):
            continue
        findings, looked = [], 0
        for member, month, _, value in evidence.cells(question, TRUST):
            parts = [evidence.value(question.code, place, member, month) for place in evidence.localities]
            if all(part is None for part in parts):
                continue
            looked += 1
            total = sum(part for part in parts if part is not None)
            said = f"{evidence.named(question, TRUST, member, month)}: the localities come to"
            findings += [
                Finding(member, one.month, one.value, one.against, one.said)
                for one in _short(question, month, value, total, check.tolerance_percent, said, "trust's")
            ]
        yield judged(check.id, check.severity, question.code, TRUST, findings, looked)


def _short(
    question: Question, month: Month, whole: float, parts: float, tolerance: float, said: str, whose: str
) -> Sequence[Finding]:
    """Parts that come to more than their whole, or leave too much of it to none of them."""
    if _exceeds(abs(parts), abs(whole)):
        told = f"{said} {words(parts, question.unit)}, more than the {whose} {words(whole, question.unit)}"
    elif abs(whole - parts) * 100 > tolerance * abs(whole) * (1 + ROUNDING):
        told = (
            f"{said} {words(parts, question.unit)} of the {whose} {words(whole, question.unit)}; "
            f"{words(whole - parts, question.unit)} is allocated to none"
        )
    else:
        return ()
    return (Finding(ALL, str(month), whole, parts, told),)


def judge_balance(check: BalanceCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold each month's change of a census to what came in less what went out, for the trust."""
    question = evidence.questions[check.comes]
    census = dict(evidence.earlier.computed.get((check.census, TRUST, ALL), {}))
    census |= {month: one.value or 0.0 for month, one in evidence.of(check.census, TRUST).items()}
    findings, looked = [], 0
    for month in evidence.period.months:
        came, went = (evidence.value(code, TRUST, ALL, month) for code in (check.comes, check.goes))
        if came is None or went is None or month not in census or month.plus(-1) not in census:
            continue
        looked += 1
        change, flow = census[month] - census[month.plus(-1)], came - went
        if abs(change - flow) > check.at_least:
            said = (
                f"{month.title}: {came:,.0f} came and {went:,.0f} went, but the census went from "
                f"{census[month.plus(-1)]:,.0f} to {census[month]:,.0f}"
            )
            findings.append(Finding(ALL, str(month), change, flow, said))
    yield judged(
        check.id, check.severity, question.code, TRUST, findings, looked, "no two censuses follow each other"
    )


def judge_complete(check: CompleteCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold every cell to a state, and every gap to a rationale and an owner."""
    for place in evidence.places:
        findings = []
        states = evidence.states.get(place, {})
        for (code, member, month), state in states.items():
            gap = state.state in (State.NOT_COLLECTED, State.WITHHELD)
            lacks = [
                word
                for word, missing in (
                    ("rationale", not state.state.is_filled and not state.reason.strip()),
                    ("owner", gap and not state.owner.strip()),
                )
                if missing
            ]
            if lacks:
                at = evidence.named(evidence.questions[code], place, member, month)
                said = f"{code}, {at}: {state.state.words.lower()}, without {' and '.join(lacks)}"
                findings.append(Finding(member, str(month), None, None, said))
        yield judged(check.id, check.severity, "tool", place, findings, len(states), "the tool asks nothing")


def _adds_up(question: Question, not_additive: Mapping[str, str]) -> bool:
    """Whether what a question counts for two members or places is what it counts for both together."""
    item = question.item
    if item.numerator is None or question.is_ratio:
        return False
    named = {question.code, question.metric.metric_id, item.numerator.measure}
    return not named & set(not_additive)


def _exceeds(value: float, bound: float) -> bool:
    return value - bound > ROUNDING * max(abs(value), abs(bound))


def _differs(one: float, other: float, tolerance_percent: float) -> bool:
    return abs(one - other) > max(tolerance_percent / 100 * abs(other), ROUNDING * max(abs(one), abs(other)))
