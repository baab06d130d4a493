"""Checks and comparison files as people write them, and every fault of them by line."""

from __future__ import annotations

import pytest

from nhsbn.checks.comparisons import by_cell, read_comparisons
from nhsbn.checks.declared import load_checks
from nhsbn.checks.kinds import KINDS
from nhsbn.errors import ProblemsError
from nhsbn.periods import Month
from resources.site import Site
from tests.small_checks import CHECKS_HEAD, catalogue, declared

SITE = Site()
PLACES = ("doncaster", "trust")


def faults(text: str) -> list[str]:
    with pytest.raises(ProblemsError) as caught:
        load_checks(text, "checks.yaml", catalogue())
    return [str(problem) for problem in caught.value.problems]


GOOD = "  - {id: range, kind: plausible_range, title: t, severity: warns, instruction: Look., from: x}\n"


def test_every_fault_is_told_at_once_with_its_line() -> None:
    text = CHECKS_HEAD + (
        "  - {id: range, kind: plausible_rnge, title: t, severity: warns, instruction: Look., from: x}\n"
        "  - {id: share, kind: share, title: t, severity: stop, instruction: Look., from: x}\n"
        "  - {id: change, kind: change, title: t, severity: warns, instruction: Look., against: last_year}\n"
        "  - id: outlier\n"
        "    kind: outlier\n"
        "    title: t\n"
        "    severity: warns\n"
        "    instruction: Look.\n"
        "    from: x\n"
        "    score: -1\n"
        "    point: 8\n"
    )
    found = faults(text)
    assert [one.split(": ")[0] for one in found] == [
        "checks.yaml:9",
        "checks.yaml:10",
        "checks.yaml:11",
        "checks.yaml:11",
        "checks.yaml:18",
        "checks.yaml:12",
        "checks.yaml:19",
    ]
    assert "'plausible_rnge' is not a kind of check" in found[0]
    assert "'stops', 'withholds' or 'warns'" in found[1]
    assert found[6].endswith("is not a known key here; check its spelling")


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("kind: order, items: [XX-AA-01, XX-ZZ-01]", "XX-ZZ-01 is neither a question of 2025-26 nor a control"),
        ("kind: share, except: {XX-ZZ-01: x}", "XX-ZZ-01 is neither a question nor a metric of 2025-26"),
        ("kind: agree, ours: XX-AA-01, theirs: XX-AA-09, tolerance_percent: 1, because: x", "XX-AA-09 is neither"),
        (
            "kind: agree, ours: XX-AA-01, theirs: XX-AA-02, tolerance_percent: 1, because: x, or_year_before: yes",
            "or_year_before goes with a source",
        ),
    ],
)
def test_what_is_not_asked_cannot_be_checked(check: str, said: str) -> None:
    line = f"  - {{id: one, title: t, severity: warns, instruction: Look., from: x, {check}}}\n"
    (found,) = faults(CHECKS_HEAD + line)
    assert found.startswith("checks.yaml:9: ")
    assert said in found


@pytest.mark.parametrize(
    "check", ["kind: complete", "kind: mapped, tolerance_percent: 2", "kind: reissued, tolerance_percent: 2"]
)
def test_what_has_no_cells_withholds_none(check: str) -> None:
    line = f"  - {{id: one, title: t, severity: withholds, instruction: Look., from: x, {check}}}\n"
    (found,) = faults(CHECKS_HEAD + line)
    assert "which has no cells to withhold; write stops or warns" in found


def test_an_id_stands_once_and_the_head_is_the_catalogues() -> None:
    text = CHECKS_HEAD.replace("edition: 2025-26", "edition: 2023-24") + GOOD + GOOD
    first, second = faults(text)
    assert "edition is '2023-24', and metrics.yaml says '2025-26'" in first
    assert second == "checks.yaml:10: range is declared twice; keep one"


def test_every_unit_needs_the_least_that_matters_in_it() -> None:
    (found,) = faults(CHECKS_HEAD.replace("days: 7, wte: 3, ", "") + GOOD)
    assert "say the smallest change that matters in days, wte too" in found


def test_a_control_may_not_take_a_questions_code() -> None:
    metric = (
        "controls:\n  - {metric_id: XX-AA-01, metric_title: t, section: activity, metric_description: d,\n"
        "     inclusion_exclusion_rules: r, unit: count, breakdown: [month], metric_owner: o,\n"
        "     plausible_range: [0, 1], year_on_year_tolerance: 5,\n"
        "     items: [{title: t, numerator: {measure: thing, aggregate: count}}]}\n"
    )
    (found,) = faults(CHECKS_HEAD.replace("checks:\n", metric + "checks:\n") + GOOD)
    assert "XX-AA-01 is a control and a question; give the control an id of its own" in found


def test_another_threshold_is_another_version() -> None:
    one, same, other = (declared(f"kind: members\ntolerance_percent: {percent}") for percent in (5, 5, 6))
    assert one.version == same.version != other.version


def test_the_checks_of_the_present_edition_are_of_every_kind_and_say_what_to_do() -> None:
    checks = SITE.checks("mhlda_indicators", "2025-26")
    assert {check.kind for check in checks.checks} == set(KINDS)
    assert {check.severity for check in checks.checks} == {"stops", "withholds", "warns"}
    assert all(len(check.instruction) > 20 and len(check.threshold_from) > 10 for check in checks.checks)
    assert checks.controls is not None


def test_an_edition_without_checks_has_none() -> None:
    assert SITE.checks("mhlda_indicators", "2024-25").checks == ()


# Comparison files ----------------------------------------------------------------------------------------------

HEADER = "source,item,locality,month,value\n"


def test_what_does_not_add_up_is_a_measure_metric_or_question() -> None:
    head = CHECKS_HEAD.replace("checks:", "not_additive: {thing: x, XX-AA-01: x, thign: x}\nchecks:")
    (fault,) = faults(head + GOOD)
    assert "thign is neither a measure that 2025-26 adds up, nor a metric or question of it" in fault


def test_a_comparison_file_is_read_by_its_headings() -> None:
    text = '\ufeffmonth, value ,source,item,locality,note\n2025-04,"1,234.5",MHSDS,MHS01,trust,x\n\n'
    text += "2025-05,*,MHSDS,MHS01,trust,,\n"
    (one,) = read_comparisons(text, "x.csv", PLACES)
    assert (one.source, one.item, one.locality, one.month, one.value) == (
        "MHSDS",
        "MHS01",
        "trust",
        Month(2025, 4),
        1234.5,
    )


def test_every_fault_of_a_comparison_file_is_told_by_line() -> None:
    text = HEADER + "MHSDS,,trust,2025-04,1\nMHSDS,a,leeds,2025-26,x\nMHSDS,b,trust,2025-04,nan\n"
    text += "MHSDS,c,trust,2025-04,1\nMHSDS,c,trust,2025-04,2\n"
    with pytest.raises(ProblemsError) as caught:
        read_comparisons(text, "x.csv", PLACES)
    found = [str(problem) for problem in caught.value.problems]
    assert found == [
        "x.csv:2: item is empty; fill it in",
        "x.csv:3: locality 'leeds' is not known; write one of doncaster, trust",
        "x.csv:3: month '2025-26' is not a month; write it as 2025-04",
        "x.csv:3: value 'x' is not a number; write it without signs, or * where suppressed",
        "x.csv:4: value 'nan' is not a number; write it without signs, or * where suppressed",
        "x.csv:6: gives c for 2025-04 twice, with different values; keep one",
    ]


def test_a_thousand_with_a_comma_outside_quotes_is_not_taken_for_one() -> None:
    with pytest.raises(ProblemsError, match="2: has 6 values under 5 headings; put a value with commas"):
        read_comparisons(HEADER + "MHSDS,a,trust,2025-04,1,204\n", "x.csv", PLACES)


@pytest.mark.parametrize("rest", ["", "x" * 200_000])
def test_a_quotation_mark_that_is_never_closed_is_told(rest: str) -> None:
    with pytest.raises(ProblemsError, match=r"x.csv:3: is not CSV .*quotation mark that is never closed"):
        read_comparisons(f'{HEADER}MHSDS,"a,trust,2025-04,1\n{rest}\n', "x.csv", PLACES)


@pytest.mark.parametrize("text", ["", "\n", "locality,month,value\n"])
def test_a_file_without_its_headings_is_told_what_they_are(text: str) -> None:
    with pytest.raises(ProblemsError, match=r"lacks the column source, item.*; the first line must be"):
        read_comparisons(text, "x.csv", PLACES)


def test_of_a_month_given_twice_the_last_stands() -> None:
    first = read_comparisons(HEADER + "MHSDS,a,trust,2025-04,1\n", "x.csv", PLACES)
    second = read_comparisons(HEADER + "MHSDS,a,trust,2025-04,2\n", "y.csv", PLACES)
    assert by_cell([*first, *second]) == {("MHSDS", "a", "trust"): {Month(2025, 4): 2.0}}


def test_the_published_sickness_rates_are_at_hand() -> None:
    found = by_cell(SITE.comparisons)[("NHS Sickness Absence Rates", "MI-WF-04", "trust")]
    assert (len(found), found[Month(2024, 4)], found[Month(2025, 3)]) == (12, 5.76, 5.92)
