"""What the records keep for checks, on SQLite and on PostgreSQL alike; and how a result stands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from nhsbn.checks.comparisons import OtherFigure
from nhsbn.checks.results import Finding, Judged, Outcome, judged
from nhsbn.checks.standing import Acceptance, Held, Status, held, stand
from nhsbn.periods import Month, Period
from nhsbn.values import MetricValue
from resources.records import Records
from resources.records_checks import CheckRecords, SubmittedFile
from resources.records_rows import Calculated, Collection

OF = Collection("RXE", "small", "2025-26", "2025-26-Q1")
LAST_YEAR = replace(OF, edition="2024-25", period="2024-25-Q1")
APRIL, LAST_APRIL = Month(2025, 4), Month(2024, 4)
TODAY = date(2025, 7, 20)
FINDING = Finding("all", "2025-04", 12.5, None, "April 2025: too many")
FAILED = judged("range", "warns", "XX-AA-01", "trust", [FINDING], 3)
PASSED = judged("range", "warns", "XX-AA-02", "trust", [], 3)
UNJUDGED = judged("change", "warns", "XX-AA-01", "trust", [], 0, "nothing was submitted")
FILE = SubmittedFile(
    LAST_YEAR,
    "trust",
    "tool.xlsx",
    "a" * 64,
    1,
    (
        ("XX-AA-01", "all", "2024-04", 10.0),
        ("XX-AA-01", "cyp", "2024-04", None),
        ("XX-SM-01", "adult", "", "Yes"),
    ),
)


@pytest.fixture
def kept(records: Records) -> CheckRecords:
    return CheckRecords(records)


def acceptance(result: Judged = FAILED, until: date = date(2025, 9, 30)) -> Acceptance:
    return Acceptance(
        result.check, result.subject, result.locality, result.content, "One ward opened", "J Lead", until, TODAY
    )


# Submissions ---------------------------------------------------------------------------------------------------


def test_the_same_tool_loaded_twice_changes_nothing(kept: CheckRecords) -> None:
    assert kept.keep_submission(FILE, "me")
    assert not kept.keep_submission(replace(FILE, file_name="copy.xlsx"), "you")
    assert [row.loaded_by for row in kept.submissions(LAST_YEAR, "trust")] == ["me"]
    assert [(one.item, one.member, one.value) for one in kept.submitted("RXE", "small", [LAST_APRIL])] == [
        ("XX-AA-01", "all", 10.0)
    ]


def test_a_later_correction_stands_and_the_first_is_kept(kept: CheckRecords) -> None:
    kept.keep_submission(FILE, "me")
    corrected = replace(FILE, sha256="b" * 64, values=(("XX-AA-01", "all", "2024-04", 11.0),))
    assert kept.keep_submission(corrected, "me")
    assert not kept.keep_submission(FILE, "me")
    (one,) = kept.submitted("RXE", "small", [LAST_APRIL, APRIL])
    assert (one.edition, one.value) == ("2024-25", 11.0)
    assert len(kept.submissions(LAST_YEAR, "trust")) == 2


def test_where_two_periods_hold_a_month_the_one_loaded_last_comes_last(kept: CheckRecords) -> None:
    whole_year = replace(FILE, of=replace(LAST_YEAR, period="2024-25"), sha256="c" * 64)
    quarter = replace(FILE, values=(("XX-AA-01", "all", "2024-04", 11.0),))
    kept.keep_submission(whole_year, "me")
    kept.keep_submission(quarter, "me")
    assert [one.value for one in kept.submitted("RXE", "small", [LAST_APRIL])] == [10.0, 11.0]


def test_what_was_submitted_is_apart_from_what_we_compute(kept: CheckRecords, records: Records) -> None:
    value = MetricValue("XX-AA-01", LAST_APRIL, "trust", "all", 99.0, 99.0, None, 99)
    records.begin_run("r1", LAST_YEAR)
    records.keep_metrics("r1", LAST_YEAR, [Calculated("XX-AA-01", "d", "in-1", (value,))])
    kept.keep_submission(FILE, "me")
    assert [one.value for one in kept.submitted("RXE", "small", [LAST_APRIL])] == [10.0]
    assert [one.value for one in kept.computed("RXE", "small", [LAST_APRIL], OF.period)] == [99.0]
    assert kept.computed("RXE", "small", [LAST_APRIL], LAST_YEAR.period) == []


def test_versions_rise_with_every_load_and_earlier_run(kept: CheckRecords, records: Records) -> None:
    period = Period.parse(OF.period)
    versions = [kept.versions("RXE", "small", period)]
    kept.keep_submission(FILE, "me")
    versions.append(kept.versions("RXE", "small", period))
    kept.keep_comparisons("RXE", "x.csv", "c" * 64, [OtherFigure("S", "i", "trust", APRIL, 1.0)], "me")
    versions.append(kept.versions("RXE", "small", period))
    records.begin_run("r1", LAST_YEAR)
    records.keep_metrics("r1", LAST_YEAR, [Calculated("XX-AA-01", "d", "in-1", ())])
    versions.append(kept.versions("RXE", "small", period))
    records.keep_metrics("r1", OF, [Calculated("XX-AA-01", "d", "in-2", ())])
    assert versions.count(versions[-1]) == 1 == versions.count(versions[0])
    assert kept.versions("RXE", "small", period) == versions[-1]  # the period's own figures are no history


def test_a_comparison_file_is_kept_once_and_a_later_one_comes_last(kept: CheckRecords) -> None:
    first, later = (OtherFigure("S", "i", "trust", APRIL, value) for value in (1.0, 2.0))
    assert kept.keep_comparisons("RXE", "x.csv", "c" * 64, [first], "me") == 1
    assert kept.keep_comparisons("RXE", "y.csv", "c" * 64, [first], "me") == 0
    assert kept.keep_comparisons("RXE", "z.csv", "d" * 64, [later], "me") == 1
    assert kept.comparisons("RXE") == [first, later]
    assert kept.comparisons("RDY") == []


# Judgements ----------------------------------------------------------------------------------------------------


def test_every_result_is_kept_whether_it_passed_or_failed(kept: CheckRecords) -> None:
    number = kept.keep_judgement(
        "r1", OF, "basis-1", "checks-1", {"figures": {"XX-AA-01": "in-1"}}, [FAILED, PASSED]
    )
    kept.keep_judgement(None, OF, "basis-2", "checks-1", {}, [FAILED, PASSED, UNJUDGED])
    assert [one.basis for one in kept.judgements(OF)] == ["basis-2", "basis-1"]
    assert kept.judgements(LAST_YEAR) == []
    assert kept.results(number) == [FAILED, PASSED]
    assert kept.results(number, failed_only=True) == [FAILED]
    assert kept.outcomes(number) == {FAILED.key: Outcome.FAILED, PASSED.key: Outcome.PASSED}


@pytest.mark.parametrize(
    "table",
    ["submitted_tool", "submitted_value", "comparison_value", "judgement", "judged_check", "check_acceptance"],
)
def test_nothing_kept_can_be_changed_or_deleted(kept: CheckRecords, records: Records, table: str) -> None:
    kept.keep_submission(FILE, "me")
    kept.keep_comparisons("RXE", "x.csv", "c" * 64, [OtherFigure("S", "i", "trust", APRIL, 1.0)], "me")
    kept.keep_judgement(None, OF, "basis", "checks", {}, [FAILED])
    kept.keep_acceptance(OF, acceptance())
    for statement in (f"delete from {table}", f"update {table} set {_column(records, table)} = null"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), records.engine.begin() as connection:
            connection.execute(sa.text(statement))


def _column(records: Records, table: str) -> str:
    return str(sa.inspect(records.engine).get_columns(table)[-1]["name"])


def test_the_last_acceptance_of_a_result_stands(kept: CheckRecords) -> None:
    kept.keep_acceptance(OF, acceptance())
    later = replace(acceptance(), reason="Two wards opened")
    kept.keep_acceptance(OF, later)
    assert kept.acceptances(OF) == {FAILED.key: later}
    assert kept.acceptances(replace(OF, period="2025-26-Q2")) == {}


# Standing ------------------------------------------------------------------------------------------------------


def standing(
    result: Judged, before: Outcome | None = None, accepted: Acceptance | None = None
) -> tuple[Status, str]:
    (one,) = stand(
        [result],
        {result.key: before} if before else {},
        {accepted.key: accepted} if accepted else {},
        TODAY,
    )
    return one.status, one.note


def test_a_failure_is_new_once_and_then_persists_until_it_is_resolved() -> None:
    assert standing(FAILED) == (Status.NEW, "")
    assert standing(FAILED, Outcome.PASSED) == (Status.NEW, "")
    assert standing(FAILED, Outcome.FAILED) == (Status.PERSISTING, "")
    assert standing(replace(PASSED, subject="XX-AA-01"), Outcome.FAILED) == (Status.RESOLVED, "")
    assert standing(PASSED) == (Status.PASSED, "")
    assert standing(UNJUDGED, Outcome.FAILED) == (Status.NOT_JUDGED, "")


def test_an_accepted_failure_passes_visibly() -> None:
    status, note = standing(FAILED, Outcome.FAILED, acceptance())
    assert status is Status.ACCEPTED
    assert not status.is_open
    assert note == "accepted by J Lead until 30 September 2025: One ward opened"


def test_an_acceptance_holds_on_its_last_day_and_lapses_the_day_after() -> None:
    assert standing(FAILED, None, acceptance(until=TODAY))[0] is Status.ACCEPTED
    status, note = standing(FAILED, None, acceptance(until=date(2025, 7, 19)))
    assert status is Status.LAPSED
    assert "until 19 July 2025, which has passed" in note


def test_an_acceptance_lapses_when_what_was_found_changes() -> None:
    other = judged("range", "warns", "XX-AA-01", "trust", [replace(FINDING, value=13.0)], 3)
    status, note = standing(other, Outcome.FAILED, acceptance())
    assert status is Status.LAPSED
    assert status.is_open
    assert "what was found has changed since" in note


def test_what_needs_a_look_comes_first_and_the_gravest_of_it() -> None:
    def one(check: str, severity: str) -> Judged:
        return judged(check, severity, "XX-AA-01", "trust", [FINDING], 1)  # type: ignore[arg-type]

    taken = one("b_taken", "stops")
    results = [
        PASSED,
        one("c_warns", "warns"),
        taken,
        UNJUDGED,
        one("d_stops", "stops"),
        one("a_withholds", "withholds"),
    ]
    found = stand(results, {}, {taken.key: acceptance(taken)}, TODAY)
    assert [one.result.check for one in found] == [
        "d_stops",
        "a_withholds",
        "c_warns",
        "b_taken",
        "change",
        "range",
    ]


def test_open_failures_stop_and_withhold_their_own_place_alone() -> None:
    stops = judged("complete", "stops", "tool", "trust", [FINDING], 1)
    withholds = judged("share", "withholds", "XX-AA-01", "trust", [FINDING], 1)
    elsewhere = judged("share", "withholds", "XX-AA-02", "doncaster", [FINDING], 1)
    told = {"complete": "Give it an owner.", "share": "Look at it."}
    found = stand([stops, withholds, elsewhere, FAILED], {}, {}, TODAY)
    assert held(found, "trust", told) == Held(
        ("tool, check complete: April 2025: too many. Give it an owner.",),
        {"XX-AA-01": "check share: April 2025: too many. Look at it."},
    )
    assert held(found, "doncaster", told).withheld.keys() == {"XX-AA-02"}
    accepted = {stops.key: acceptance(stops), withholds.key: acceptance(withholds)}
    assert held(stand([stops, withholds], {}, accepted, TODAY), "trust", told) == Held()
