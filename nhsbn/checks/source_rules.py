"""Rules that hold figures to another source: another system's count, a published figure, the mapping tables.

Here: each rule, from evidence to results. Not here: where another source's figures come from (comparisons).
"""

from __future__ import annotations

from collections.abc import Iterator

from nhsbn.checks.evidence import Evidence, apart, words
from nhsbn.checks.kinds import AgreeCheck, MappedCheck, ReissuedCheck
from nhsbn.checks.results import Finding, Judged, judged
from nhsbn.periods import Month
from nhsbn.values import ALL, TRUST


def judge_agree(check: AgreeCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold totals to another source's, where both are known."""
    question = evidence.questions[check.ours]
    for place in evidence.places if check.by_locality else (TRUST,):
        findings, looked = [], 0
        for month, figure in evidence.of(check.ours, place).items():
            found = _theirs(check, evidence, place, month)
            if found is None or figure.value is None:
                continue
            looked += 1
            theirs, of = found
            far = abs(figure.value - theirs)
            if far * 100 > check.tolerance_percent * abs(theirs) and far > check.at_least:
                said = (
                    f"{month.title}: {words(figure.value, question.unit)} is "
                    f"{apart(figure.value, theirs, question.unit)} apart from {_named(check, evidence)} of "
                    f"{of.title}, {words(theirs, question.unit)}; "
                    f"some difference is expected: {check.because.rstrip('.')}"
                )
                findings.append(Finding(ALL, str(month), figure.value, theirs, said))
        why = f"{_named(check, evidence)} is not known for these months"
        yield judged(check.id, check.severity, check.ours, place, findings, looked, why)


def _theirs(check: AgreeCheck, evidence: Evidence, place: str, month: Month) -> tuple[float, Month] | None:
    """The other source's figure, and the month it is of."""
    if check.source is None:
        value = evidence.value(check.theirs, place, ALL, month)
        return None if value is None else (value, month)
    series = evidence.other.get((check.source, check.theirs, place), {})
    for of in (month, month.plus(-12)) if check.or_year_before else (month,):
        if of in series:
            return series[of], of
    return None


def _named(check: AgreeCheck, evidence: Evidence) -> str:
    if check.source is None:
        return f"{check.theirs}, {evidence.questions[check.theirs].item.title},"
    return f"{check.source}, {check.theirs},"


def judge_mapped(check: MappedCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold the share of each conformed table's rows that a mapping table lacks."""
    for table, (unmapped, rows) in sorted(evidence.mapped.items()):
        findings = []
        if rows and unmapped * 100 > check.tolerance_percent * rows:
            share = 100 * unmapped / rows
            said = f"{unmapped:,} of {rows:,} rows ({share:.1f}%) have a code or word that no mapping table knows"
            findings.append(Finding("", "", share, check.tolerance_percent, said))
        yield judged(check.id, check.severity, table, TRUST, findings, rows, "the table has no rows")


def judge_reissued(check: ReissuedCheck, evidence: Evidence) -> Iterator[Judged]:
    """Hold the share of rows issued before that a later issue of their dates has no more."""
    for table, reports in sorted(evidence.reissued.items()):
        findings, looked = [], 0
        for report, (withdrawn, superseded) in sorted(reports.items()):
            issued = withdrawn + superseded
            looked += issued
            if withdrawn >= check.at_least and withdrawn * 100 > check.tolerance_percent * issued:
                share = 100 * withdrawn / issued
                said = (
                    f"{report}: {withdrawn:,} of {issued:,} rows that were issued again ({share:.1f}%) are not in "
                    "the later issue, and count no more"
                )
                findings.append(Finding("", "", share, check.tolerance_percent, said))
        yield judged(check.id, check.severity, table, TRUST, findings, looked, "nothing was issued again")
