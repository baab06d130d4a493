from __future__ import annotations

from datetime import date

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.extracts.coverage import Coverage
from nhsbn.extracts.landing import LandedFile
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month
from nhsbn.tools.cells import CellState, Knowledge, State, decide
from nhsbn.values import ALL, MetricValue
from tests.tool_samples import catalogue, file_of, monthly_files, north_lincolnshire, reports

MAY = Month(2025, 5)
ASKED = {question.code: question for question in catalogue().questions}
EVERY_MONTH = tuple(monthly_files(reports(), "2024-04", "2025-07"))


def known(*files: LandedFile, **more: object) -> Knowledge:
    return Knowledge(Coverage(reports(), files or EVERY_MONTH), north_lincolnshire(), **more)


def figure(code: str, value: float | None, rows: int = 1, member: str = "adult") -> MetricValue:
    return MetricValue(code, MAY, "north_lincolnshire", member, value, value, None, rows)


def state_of(
    code: str, value: float | None, knowledge: Knowledge | None = None, member: str = "adult"
) -> CellState:
    rows = 0 if not value else 1
    return decide(ASKED[code], member, MAY, figure(code, value, rows, member), knowledge or known())


def without(report: str, *months: str) -> tuple[LandedFile, ...]:
    left_out = {f"{report}_{month.replace('-', '')}.csv" for month in months}
    return tuple(file for file in EVERY_MONTH if file.name not in left_out)


def test_a_counted_figure_is_a_value_unrounded() -> None:
    assert state_of("MI-AC-06a", 12.3456789012345) == CellState(State.VALUE, 12.3456789012345)


def test_nothing_counted_in_a_covered_month_is_a_true_zero() -> None:
    assert state_of("MI-CM-03", 0.0) == CellState(State.TRUE_ZERO, 0)
    assert decide(ASKED["MI-CM-03"], "adult", MAY, None, known()) == CellState(State.TRUE_ZERO, 0)


def test_zero_is_never_said_of_a_month_that_no_extract_covers() -> None:
    state = state_of("MI-CM-03", 0.0, known(*without("reportal_contacts", "2025-05")))
    assert state.state is State.NOT_COLLECTED
    assert state.reason == "no RePortal Contacts extract covers May 2025"
    assert state.owner == ASKED["MI-CM-03"].metric.metric_owner


def test_a_month_covered_in_part_is_not_collected_and_the_missing_days_are_named() -> None:
    part = file_of("reportal_contacts", date(2025, 5, 1), date(2025, 5, 20))
    state = state_of("MI-CM-03", 7.0, known(*without("reportal_contacts", "2025-05"), part))
    assert state.reason == "no RePortal Contacts extract covers 21 May 2025 to 31 May 2025"


def test_a_snapshot_must_be_as_at_the_last_day_of_the_month() -> None:
    early = file_of("esr_staff_in_post", date(2025, 5, 30), date(2025, 5, 30))
    state = state_of("MI-WF-02", 7.0, known(*without("esr_staff_in_post", "2025-05"), early), "ahp")
    assert state.reason == "no ESR Staff in Post extract is as at 31 May 2025"


def test_an_absent_source_is_said_once_for_all_months_and_refused_files_are_named() -> None:
    files = [file for file in EVERY_MONTH if file.report != "reportal_contacts"]
    refused = file_of(
        "reportal_contacts", *2 * (date(2025, 5, 1),), "refused", "it is an HTML page; export as CSV."
    )
    state = state_of("MI-CM-03", 0.0, known(*files, refused))
    assert state.reason == (
        "no RePortal Contacts extract has been received "
        "(reportal_contacts_202505.csv was refused: it is an HTML page; export as CSV)"
    )


def test_a_blocked_file_withholds_with_its_check() -> None:
    blocked = file_of("reportal_contacts", date(2025, 5, 1), date(2025, 5, 31), "blocked", "a key stands twice")
    state = state_of("MI-CM-03", 7.0, known(*EVERY_MONTH, blocked))
    assert state.state is State.WITHHELD
    assert state.reason == "reportal_contacts_202505.csv failed a check: a key stands twice"


def test_a_blocked_file_of_another_month_withholds_nothing() -> None:
    blocked = file_of("reportal_contacts", date(2025, 6, 1), date(2025, 6, 30), "blocked", "a key stands twice")
    assert state_of("MI-CM-03", 7.0, known(*EVERY_MONTH, blocked)).state is State.VALUE


def test_a_blocked_file_that_a_later_one_replaces_withholds_nothing() -> None:
    span = (date(2025, 5, 1), date(2025, 5, 31))
    blocked = file_of("reportal_contacts", *span, "blocked", "a key stands twice", extracted=date(2025, 5, 31))
    assert state_of("MI-CM-03", 7.0, known(*EVERY_MONTH, blocked)).state is State.VALUE
    longer = file_of("reportal_contacts", date(2025, 5, 1), date(2025, 8, 31), "blocked", "a key stands twice")
    assert state_of("MI-CM-03", 7.0, known(*EVERY_MONTH, longer)).state is State.WITHHELD


def test_a_failed_check_on_the_values_withholds() -> None:
    state = state_of("MI-CM-03", 7.0, known(failed_checks={"MI-CM-03": "localities exceed the trust"}))
    assert (state.state, state.reason) == (State.WITHHELD, "localities exceed the trust")


def test_readmissions_need_the_month_after() -> None:
    state = state_of("MI-IP-16a", 1.0, known(*without("reportal_ward_stays", "2025-06")), "adult_acute")
    assert state.reason == "no RePortal Ward Stays extract covers June 2025"


def test_a_mean_caseload_needs_the_census_before() -> None:
    state = state_of("MI-CM-10", 1.0, known(*without("reportal_caseload", "2025-04")))
    assert state.reason == "no RePortal Caseload extract is as at 30 April 2025"


def test_nothing_to_divide_by_is_not_applicable() -> None:
    state = state_of("MI-AC-03", None)
    assert state.state is State.NOT_APPLICABLE
    assert state.reason.startswith("nothing to divide by: the denominator (referral decision)")
    assert state_of("MI-AC-06a", None).reason == "nothing to average: no row is counted"


def test_beds_that_are_not_provided_are_not_applicable_even_without_extracts() -> None:
    state = decide(ASKED["MI-IP-07"], "picu", MAY, None, known(EVERY_MONTH[0]))
    assert state == CellState(
        State.NOT_APPLICABLE, reason="no beds of this type are provided in North Lincolnshire"
    )


def test_counted_rows_are_never_hidden_by_a_rule() -> None:
    assert state_of("MI-IP-07", 3.0, member="picu") == CellState(State.VALUE, 3.0)


def test_a_return_that_fails_a_check_is_withheld() -> None:
    state = state_of("MI-FN-02a", 80.0, known(failed_checks={"MI-FN-02a": "far from last year"}))
    assert (state.state, state.reason) == (State.WITHHELD, "far from last year")


def test_a_return_is_not_collected_until_given() -> None:
    lead = ASKED["MI-FN-02a"].metric.returned
    assert lead is not None
    assert decide(ASKED["MI-FN-02a"], ALL, MAY, None, known()) == CellState(
        State.NOT_COLLECTED, reason=lead.rationale, owner=lead.lead
    )
    given = figure("MI-FN-02a", 0.0, 1, ALL)
    assert decide(ASKED["MI-FN-02a"], ALL, MAY, given, known()) == CellState(State.TRUE_ZERO, 0.0)


def test_every_question_ends_in_a_state_whatever_is_known() -> None:
    nothing = Knowledge(Coverage(reports(), ()), north_lincolnshire())
    for question in ASKED.values():
        for member in (*catalogue().members(question.metric), ALL):
            state = decide(question, member, MAY, None, nothing)
            assert state.state in (State.NOT_COLLECTED, State.NOT_APPLICABLE), question.code
            assert state.reason


def test_an_unknown_rule_is_an_error_and_not_a_blank() -> None:
    metric = ASKED["MI-IP-07"].metric.model_copy(update={"applies": "on_sundays"})
    with pytest.raises(NhsbnError, match="'on_sundays' is not a rule; use one of service_provided"):
        decide(Question(metric, metric.items[0]), "picu", MAY, None, known())


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="nan is not a number"):
        state_of("MI-CM-03", float("nan"))


@pytest.mark.parametrize(
    ("state", "value", "reason", "owner"),
    [
        (State.VALUE, None, "", ""),
        (State.VALUE, 1.0, "a reason", ""),
        (State.NOT_APPLICABLE, None, "", ""),
        (State.WITHHELD, 1.0, "a reason", ""),
        (State.NOT_COLLECTED, None, "a reason", ""),
    ],
)
def test_a_state_without_what_it_needs_cannot_be_made(
    state: State, value: float | None, reason: str, owner: str
) -> None:
    with pytest.raises(ValueError, match="a cell that is"):
        CellState(state, value, reason, owner)
