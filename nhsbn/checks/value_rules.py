"""Rules for one figure by itself and beside its own past: range, change, outlier, special cause.

Here: each rule, from evidence to results. Not here: the statistics (chance, outliers, xmr), and rules that hold
several figures to each other (logic_rules, source_rules).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isinf
from statistics import median

from nhsbn.checks.chance import chance_of_difference
from nhsbn.checks.evidence import Evidence, apart, counts_things, words
from nhsbn.checks.kinds import ChangeCheck, Fairness, OutlierCheck, RangeCheck, SpecialCauseCheck
from nhsbn.checks.outliers import modified_z
from nhsbn.checks.results import Finding, Judged, counted, judged
from nhsbn.checks.xmr import Signal, limits, signals
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month, financial_year
from nhsbn.values import ALL, TRUST, MetricValue


def judge_range(check: RangeCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold the trust's totals to each question's plausible range."""
    for question in evidence.catalogue.questions:
        if not check.takes(question):
            continue
        low, high = question.plausible_range
        findings, looked = [], 0
        for month, figure in evidence.of(question.code, TRUST).items():
            value = figure.value or 0.0
            looked += 1
            if not low <= value <= high:
                bound = low if value < low else high
                said = (
                    f"{month.title}: {words(value, question.unit)} lies outside the plausible range of "
                    f"{words(low, question.unit)} to {words(high, question.unit)}"
                )
                findings.append(Finding(ALL, str(month), value, bound, said))
        yield judged(
            check.id, check.severity, question.code, TRUST, findings, looked, "the trust's cells hold no figure"
        )


def judge_change(check: ChangeCheck, evidence: Evidence, fairness: Fairness) -> Iterator[Judged]:
    """Hold every figure to what was submitted for its month a year, or a period, before."""
    back = 12 if check.against == "same_period_last_year" else len(evidence.period.months)
    for question in evidence.catalogue.questions:
        if not check.takes(question):
            continue
        tolerance = check.tolerance_percent or question.metric.year_on_year_tolerance
        for place in evidence.places:
            findings, looked = [], 0
            for member, month, figure, value in evidence.cells(question, place):
                submitted = evidence.earlier.submitted.get((question.code, place, member), {})
                before = submitted.get(month.plus(-back))
                if before is None:
                    continue
                looked += 1
                if _beyond(value, before, tolerance) and matters(question, figure, value, before, fairness):
                    findings.append(_change(evidence, question, place, member, month, value, before, back))
            why = _nothing_before(evidence, question, place, back)
            yield judged(check.id, check.severity, question.code, place, findings, looked, why)


def matters(question: Question, figure: MetricValue, value: float, before: float, fairness: Fairness) -> bool:
    """Whether a difference is more than small numbers make of themselves.

    A count is held to chance, and so is the count behind a rate or percentage, as if last year's denominator had
    been this year's, since a tool holds no denominators. A mean or median over few rows is left alone. Any other
    figure is held to the least that matters.
    """
    if counts_things(question) and min(value, before) >= 0:
        denominator = figure.denominator
        scale = 1.0 if question.item.denominator is None else (denominator or 0.0) / question.item.multiplier
        return chance_of_difference(value * scale, before * scale) <= fairness.chance
    numerator = question.item.numerator
    if numerator is not None and numerator.is_average and figure.rows_counted < fairness.rows:
        return False
    return abs(value - before) >= fairness.at_least[question.unit]


def _beyond(value: float, before: float, tolerance: float) -> bool:
    return abs(value - before) * 100 > tolerance * abs(before)


def _change(
    evidence: Evidence,
    question: Question,
    place: str,
    member: str,
    month: Month,
    value: float,
    before: float,
    back: int,
) -> Finding:
    way = "more" if value > before else "less"
    share = f" ({abs(value - before) / abs(before):.0%})" if before and question.unit != "percent" else ""
    caveat = evidence.earlier.caveat(question.code) if _is_of_another_edition(month, back) else ""
    said = (
        f"{evidence.named(question, place, member, month)}: {words(value, question.unit)} is "
        f"{apart(value, before, question.unit)}{share} {way} than the {words(before, question.unit)} "
        f"submitted for {month.plus(-back).title}{f' (compare with care: {caveat})' if caveat else ''}"
    )
    return Finding(member, str(month), value, before, said)


def _is_of_another_edition(month: Month, back: int) -> bool:
    """Whether the month so far back was asked for by another edition: each is of a financial year."""
    return financial_year(month.plus(-back)) != financial_year(month)


def _nothing_before(evidence: Evidence, question: Question, place: str, back: int) -> str:
    verdict = evidence.earlier.verdicts.get(question.code)
    crosses = _is_of_another_edition(evidence.period.first_month, back)
    if crosses and verdict and verdict.verdict == "no":
        return f"not comparable with {verdict.against or 'another edition'}: {verdict.reason}"
    first, last = evidence.period.months[0].plus(-back), evidence.period.months[-1].plus(-back)
    return f"nothing was submitted for {first.title} to {last.title}, or nothing stands in the cells now"


def judge_outlier(check: OutlierCheck, evidence: Evidence, fairness: Fairness) -> Iterator[Judged]:
    """Hold every total to its own history by the modified z-score."""
    for question in evidence.catalogue.questions:
        if not check.takes(question):
            continue
        for place in evidence.places:
            history = list(evidence.earlier.history((question.code, place, ALL)).values())
            figures = evidence.of(question.code, place)
            if len(history) < check.points or not figures:
                why = f"{len(history)} earlier months are known, and {check.points} are needed"
                yield judged(check.id, check.severity, question.code, place, [], 0, why)
                continue
            findings = [
                _outlier(question, month, figure.value, history, score)
                for month, figure in figures.items()
                if figure.value is not None
                and abs(score := modified_z(figure.value, history)) > check.score
                and _beyond(figure.value, median(history), check.at_least_percent)
                and matters(question, figure, figure.value, median(history), fairness)
            ]
            yield judged(check.id, check.severity, question.code, place, findings, len(figures))


def _outlier(question: Question, month: Month, value: float, history: Sequence[float], score: float) -> Finding:
    middle = median(history)
    far = "and it never varied before" if isinf(score) else f"a modified z-score of {score:+.1f}"
    said = (
        f"{month.title}: {words(value, question.unit)} lies far from the {words(middle, question.unit)} usual in "
        f"{len(history)} earlier months ({far})"
    )
    return Finding(ALL, str(month), value, middle, said)


def judge_special_cause(check: SpecialCauseCheck, evidence: Evidence) -> Iterator[Judged]:
    """Mark the totals of the period that a rule of the XmR chart marks."""
    for question in evidence.catalogue.questions:
        if not check.takes(question):
            continue
        for place in evidence.places:
            months, values = charted(evidence, question.code, place)
            now = evidence.of(question.code, place)
            if len(values) < check.points or not now:
                why = f"a chart needs {check.points} months without a gap, and {len(values)} are known"
                yield judged(check.id, check.severity, question.code, place, [], 0, why)
                continue
            lines = limits(values, check.scale)
            marks = signals(values, lines, check.shift, check.trend)
            findings = [
                _special(question, month, value, lines.mean, mark)
                for month, value, mark in zip(months, values, marks, strict=True)
                if mark and month in now
            ]
            yield judged(check.id, check.severity, question.code, place, findings, len(now))


def charted(evidence: Evidence, code: str, place: str) -> tuple[list[Month], list[float]]:
    """The months of a chart that end with the period's last, as far back as none is missing, and their values.

    Values are cut to the digits that count, or what was submitted, in fewer digits than what is calculated, would
    stand out of a history that never varies.
    """
    series = dict(evidence.earlier.history((code, place, ALL)))
    series |= {month: one.value for month, one in evidence.of(code, place).items() if one.value is not None}
    months: list[Month] = []
    month = evidence.period.months[-1]
    while month in series:
        months.insert(0, month)
        month = month.plus(-1)
    return months, [float(counted(series[month])) for month in months]


def _special(question: Question, month: Month, value: float, mean: float, marks: frozenset[Signal]) -> Finding:
    told = " and ".join(mark.value for mark in Signal if mark in marks)
    said = f"{month.title}: {words(value, question.unit)} is {told}; the mean is {words(mean, question.unit)}"
    return Finding(ALL, str(month), value, mean, said)
