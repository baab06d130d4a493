"""What becomes of every landed row: set aside, superseded, withdrawn, duplicate or current."""

from __future__ import annotations

from pathlib import Path

import pytest

from nhsbn.errors import NhsbnError
from tests.hand_made import HandMade

CONTACTS = "reportal_contacts"
STAFF = "esr_staff_in_post"


@pytest.fixture
def made(tmp_path: Path) -> HandMade:
    return HandMade(tmp_path)


def contact(number: str, at: str, **cells: str) -> dict[str, str | None]:
    return {
        "contact_id": number, "activity_source": "Visit", "patient_id": "a" * 16, "team_id": "10101",
        "contact_at": at, "attendance": "Finished", **cells,
    }  # fmt: skip


def person(assignment: str, fte: str = "1", **cells: str) -> dict[str, str | None]:
    return {
        "organisation": "379 Brodsworth Ward", "employee_number": assignment, "assignment_number": assignment,
        "staff_group": "Medical and Dental", "assignment_category": "Permanent",
        "assignment_status": "Active Assignment", "contracted_fte": fte, **cells,
    }  # fmt: skip


def april(made: HandMade, rows: list[dict[str, str | None]], extracted: str = "2025-05-02") -> str:
    return made.lay(CONTACTS, rows, "2025-04-01", "2025-04-30", extracted).file


def test_a_reissue_supersedes_what_it_repeats_and_withdraws_what_it_leaves_out(made):
    old = april(made, [contact("1", "01/04/2025"), contact("2", "02/04/2025")])
    new = april(made, [contact("1", "01/04/2025", attendance="Did Not Attend")], "2025-06-02")
    assert made.outcomes(CONTACTS) == {(old, 5): "superseded", (old, 6): "withdrawn", (new, 5): "current"}


def test_a_row_issued_twice_and_then_left_out_is_withdrawn_once(made):
    first = april(made, [contact("1", "01/04/2025")], "2025-05-02")
    second = april(made, [contact("1", "01/04/2025")], "2025-06-02")
    third = april(made, [contact("2", "01/04/2025")], "2025-07-02")
    assert made.outcomes(CONTACTS) == {(first, 5): "superseded", (second, 5): "withdrawn", (third, 5): "current"}


def test_a_later_file_of_other_dates_takes_nothing_away(made):
    old = april(made, [contact("1", "01/04/2025")])
    new = made.lay(CONTACTS, [contact("2", "01/05/2025")], "2025-05-01", "2025-05-31", "2025-06-02").file
    assert made.outcomes(CONTACTS) == {(old, 5): "current", (new, 5): "current"}


def test_a_row_in_two_overlapping_files_stands_as_last_issued(made):
    stay = {
        "spell_id": "S1", "ward_stay_id": "W1", "patient_id": "p", "ward_code": "BRODS",
        "admission_at": "20/04/2025 10:00", "ward_start_at": "20/04/2025 10:00",
    }  # fmt: skip
    report = "reportal_ward_stays"
    old = made.lay(report, [stay], "2025-04-01", "2025-04-30", "2025-05-02").file
    ended = {**stay, "ward_end_at": "03/05/2025 09:00"}
    new = made.lay(report, [ended], "2025-05-01", "2025-05-31", "2025-06-02").file
    assert made.outcomes(report) == {(old, 5): "superseded", (new, 5): "current"}


def test_a_date_outside_its_file_belongs_to_the_nearest_day_of_it(made):
    old = april(made, [contact("1", "15/03/2025")])
    new = april(made, [contact("2", "01/04/2025")], "2025-06-02")
    assert made.outcomes(CONTACTS) == {(old, 5): "withdrawn", (new, 5): "current"}


def test_a_snapshot_replaces_only_the_snapshot_of_its_own_day(made):
    march = made.lay(STAFF, [person("1"), person("2")], "2025-03-31", "2025-03-31", "2025-04-02").file
    first = made.lay(STAFF, [person("1"), person("2")], "2025-04-30", "2025-04-30", "2025-05-02").file
    again = made.lay(STAFF, [person("1")], "2025-04-30", "2025-04-30", "2025-06-02").file
    assert made.outcomes(STAFF) == {
        (march, 5): "current", (march, 6): "current", (first, 5): "superseded", (first, 6): "withdrawn",
        (again, 5): "current",
    }  # fmt: skip


def test_an_exact_repeat_is_dropped_and_a_repeated_key_is_set_aside(made):
    file = april(
        made,
        [
            contact("1", "01/04/2025"),
            contact("1", "01/04/2025"),
            contact("2", "01/04/2025"),
            contact("2", "02/04/2025"),
        ],
    )
    assert made.outcomes(CONTACTS) == {
        (file, 5): "duplicate", (file, 6): "current", (file, 7): "set aside", (file, 8): "current"
    }  # fmt: skip
    (reason,) = made.conform("contact").set_aside
    assert "the key is repeated" in reason.reason


def test_an_id_is_unique_only_within_its_activity_source(made):
    file = april(made, [contact("1", "01/04/2025"), contact("1", "01/04/2025", activity_source="Appointment")])
    assert set(made.outcomes(CONTACTS).values()) == {"current"}
    assert len(made.outcomes(CONTACTS)) == 2
    assert made.conform("contact").counts[0].current == 2
    assert file


def test_a_key_is_the_same_in_whichever_form_a_file_prints_its_date(made):
    beds = {"ward_code": "BRODS", "available_beds": "20"}
    report = "reportal_ward_beds"
    old = made.lay(report, [{**beds, "bed_date": "01/04/2025"}], "2025-04-01", "2025-04-30", "2025-05-02").file
    new = made.lay(report, [{**beds, "bed_date": "1-Apr-25"}], "2025-04-01", "2025-04-30", "2025-06-02").file
    assert made.outcomes(report) == {(old, 5): "superseded", (new, 5): "current"}


def test_a_blocked_file_is_not_there(made):
    april(made, [contact("1", "01/04/2025")])
    made.lay(CONTACTS, [contact("2", "01/04/2025")], "2025-04-01", "2025-04-30", "2025-06-02", status="blocked")
    assert [row[0] for row in made.rows("contact", "contact_id")] == ["1"]


def test_reasons_name_the_column_and_what_was_expected_and_show_only_harmless_values(made):
    april(
        made,
        [
            contact("1", "31/02/2025"),
            contact("2", "Jane Smith"),
            contact("3", "01/04/2025", age="140"),
            contact("4", "01/04/2025", duration_minutes="-3"),
            {**contact("5", "01/04/2025"), "attendance": None},
            {**contact("6", "01/04/2025"), "_set_aside": "formula text"},
        ],
    )
    account = made.conform("contact")
    said = {reason.reason: reason.examples for reason in account.set_aside}
    name = made.files[CONTACTS][0].name
    assert said == {
        "column 'Contact Date / Time': expected a date and time, day first": (
            f"{name}, row 5: 31/02/2025", f"{name}, row 6",
        ),
        "column 'Age': expected a whole number from 0 to 120": (f"{name}, row 7",),
        "column 'Duration (mins)': expected a whole number of 0 or more": (f"{name}, row 8: -3",),
        "column 'Attendance': is blank, and is required": (f"{name}, row 9",),
        "formula text": (f"{name}, row 10",),
    }  # fmt: skip
    assert account.counts[0].set_aside == 6
    assert account.rows == 0


def test_an_fte_of_37_5_is_hours_and_is_set_aside(made):
    made.lay(STAFF, [person("1", "37.5"), person("2", "0.8")], "2025-04-30", "2025-04-30", "2025-05-02")
    (reason,) = made.conform("staff_in_post").set_aside
    assert reason.reason == "column 'Contracted FTE': expected a number from 0 to 1.2"
    assert reason.examples == (f"{made.files[STAFF][0].name}, row 5: 37.5",)
    assert made.rows("staff_in_post", "fte") == [(0.8,)]


def test_an_end_before_its_start_is_set_aside_by_the_rule_of_the_report(made):
    leave = {"leave_id": "L1", "ward_stay_id": "W1", "patient_id": "p", "leave_type": "3"}
    rows = [
        {**leave, "start_at": "05/04/2025 10:00", "end_at": "04/04/2025 10:00"},
        {**leave, "leave_id": "L2", "start_at": "05/04/2025 10:00", "end_at": "05/04/2025 10:00"},
    ]
    made.lay("reportal_leave", rows, "2025-04-01", "2025-04-30", "2025-05-02")
    assert [reason.reason for reason in made.conform("leave").set_aside] == ["the leave ends before it starts"]
    assert made.rows("leave", "leave_id, leave_type") == [("L2", "03")]


def test_a_code_that_is_not_listed_is_set_aside(made):
    rows = [
        {
            "patient_id": "p",
            "referral_id": code,
            "team_id": "10101",
            "received_at": "01/04/2025",
            "source_of_referral": code,
        }
        for code in ("A1", "a1", "ZZ")
    ]
    made.lay("reportal_referrals", rows, "2025-04-01", "2025-04-30", "2025-05-02")
    (reason,) = made.conform("referral").set_aside
    assert "'Source of Referral': expected a code of source_of_referral_for_mental_health" in reason.reason
    assert reason.examples[0].endswith("row 7: ZZ")
    assert made.rows("referral", "source_code") == [("A1",), ("A1",)]


def test_an_optional_cell_that_cannot_be_read_is_blank_and_counted(made):
    april(made, [contact("1", "01/04/2025", duration_minutes="a while"), contact("2", "01/04/2025")])
    account = made.conform("contact")
    assert [(one.heading, one.rows) for one in account.unread] == [("Duration (mins)", 1)]
    assert made.rows("contact", "duration_minutes") == [(None,), (None,)]


def test_rows_missing_from_the_lake_are_noticed(made):
    april(made, [contact("1", "01/04/2025")])
    file = made.files[CONTACTS][0]
    object.__setattr__(file, "rows", type(file.rows)(read=2, landed=2))
    with pytest.raises(NhsbnError, match="landing counted 2 rows and the lake holds 1"):
        made.conform("contact")
