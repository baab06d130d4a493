"""Conformed tables: mappings as on the day, shares that keep their sum, and what maps nowhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.hand_made import SITE, HandMade

TABLES = list(SITE.library.conformed)
WARD = "379 Brodsworth Ward"
APRIL = ("2025-04-01", "2025-04-30", "2025-05-02")


@pytest.fixture
def made(tmp_path: Path) -> HandMade:
    return HandMade(tmp_path)


def person(assignment: str, fte: str = "1", **cells: str) -> dict[str, str | None]:
    return {
        "organisation": WARD, "employee_number": "e" + assignment, "assignment_number": assignment,
        "staff_group": "Nursing and Midwifery Registered", "assignment_category": "Permanent",
        "assignment_status": "Active Assignment", "contracted_fte": fte, **cells,
    }  # fmt: skip


def staff(made: HandMade, day: str, *people: dict[str, str | None]) -> None:
    made.lay("esr_staff_in_post", people, day, day, f"{day}T23:00:00")


def ledger(made: HandMade, day: str, **cells: str) -> None:
    row = {
        "cost_centre": "047001", "subjective": "50200", "annual_budget": "1,200.00", "month_budget": "100.00",
        "month_actual": "90.01", "budgeted_wte": "10", **cells,
    }  # fmt: skip
    first = date.fromisoformat(day).replace(day=1).isoformat()
    made.lay("ledger_budget_statement", [row], first, day, f"{day}T23:00:00")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_without_any_extract_is_empty_and_has_its_columns(made, table):
    account = made.conform(table)
    assert account.rows == 0
    if table != "unmapped":
        types = SITE.library.conformed[table].header.types
        with made.lake.connect(made.inputs, [table]) as connection:
            described = connection.execute(f"describe conformed.{table}").fetchall()
        assert {name: kind.lower() for name, kind, *_ in described} == types


def test_money_of_a_shared_cost_centre_is_split_as_on_the_day_and_keeps_its_sum(made):
    ledger(made, "2025-03-31")
    ledger(made, "2025-04-30")
    rows = made.rows(
        "ledger_line", "month, fin_year, finance_period, locality, round(month_actual, 6)", "month, locality"
    )
    assert rows == [
        (date(2025, 3, 1), "2024-25", 12, "doncaster", round(90.01 * 0.42, 6)),
        (date(2025, 3, 1), "2024-25", 12, "north_lincolnshire", round(90.01 * 0.24, 6)),
        (date(2025, 3, 1), "2024-25", 12, "rotherham", round(90.01 * 0.34, 6)),
        (date(2025, 4, 1), "2025-26", 1, "doncaster", round(90.01 * 0.40, 6)),
        (date(2025, 4, 1), "2025-26", 1, "north_lincolnshire", round(90.01 * 0.24, 6)),
        (date(2025, 4, 1), "2025-26", 1, "rotherham", round(90.01 * 0.36, 6)),
    ]
    kept = {total.column: total for total in made.conform("ledger_line").conserved}
    assert kept["month_actual"].staged == pytest.approx(180.02)
    assert all(total.holds for total in kept.values())


def test_money_that_maps_nowhere_stays_and_is_counted_in_pounds(made):
    ledger(made, "2025-04-30", cost_centre="999999", month_actual="(12.50)")
    account = made.conform("ledger_line")
    assert [(one.map_name, one.key_text, one.rows, one.pounds) for one in account.unmapped] == [
        ("map_cost_centre", "999999", 1, -12.5)
    ]
    assert made.rows("ledger_line", "locality, service, share, month_actual") == [("unmapped", None, 1.0, -12.5)]
    for table in SITE.library.conformed["unmapped"].header.tables:
        made.conform(table)
    made.conform("unmapped")
    with made.lake.connect(made.inputs, ["unmapped"]) as connection:
        assert connection.execute("from conformed.unmapped").fetchall() == [
            ("ledger_line", "map_cost_centre", "999999", 1, -12.5)
        ]


def test_staff_in_post_by_category_and_status_and_by_their_own_cost_centre_first(made):
    staff(
        made, "2025-04-30",
        person("1", "0.8"),
        person("2", assignment_category="Bank", contracted_fte="0"),
        person("3", assignment_status="Out on External Secondment - Paid"),
        person("4", cost_centre="047001", pay_grade="NHS|XR05|Review Body Band 5"),
        person("5", organisation="Nowhere"),
    )  # fmt: skip
    rows = made.rows("staff_in_post", "assignment_id, locality, share, in_post, round(fte, 6), band", "1, 2")
    assert rows == [
        ("1", "doncaster", 1.0, True, 0.8, None),
        ("2", "doncaster", 1.0, False, 0.0, None),
        ("3", "doncaster", 1.0, False, 1.0, None),
        ("4", "doncaster", 0.40, True, 0.40, "5"),
        ("4", "north_lincolnshire", 0.24, True, 0.24, "5"),
        ("4", "rotherham", 0.36, True, 0.36, "5"),
        ("5", "unmapped", 1.0, True, 1.0, None),
    ]
    account = made.conform("staff_in_post")
    assert [(one.map_name, one.key_text) for one in account.unmapped] == [("map_esr_organisation", "Nowhere")]
    assert {total.column for total in account.conserved} == {"rows", "fte"}


def absence(**cells: str) -> dict[str, str | None]:
    return {
        "absence_id": "A1", "employee_number": "e1", "assignment_number": "1", "organisation": WARD,
        "staff_group": "Nursing and Midwifery Registered", "absence_category": "Sickness", **cells,
    }  # fmt: skip


def test_an_absence_is_split_by_day_and_weighs_the_fte_of_each_month(made):
    staff(made, "2025-03-31", person("1", "1"))
    staff(made, "2025-04-30", person("1", "0.6"))
    rows = [absence(start_date="30/03/2025", end_date="02/04/2025")]
    made.lay("esr_absence", rows, "2024-05-01", "2025-04-30", "2025-05-01")
    assert made.rows("absence_day", "absence_date, fte, is_sickness", "absence_date") == [
        (date(2025, 3, 30), 1.0, True),
        (date(2025, 3, 31), 1.0, True),
        (date(2025, 4, 1), 0.6, True),
        (date(2025, 4, 2), 0.6, True),
    ]


def test_an_open_absence_runs_to_the_last_day_of_its_file(made):
    rows = [absence(start_date="29/04/2025", end_date="31/12/4712", absence_category="Special Leave")]
    made.lay("esr_absence", rows, "2024-05-01", "2025-04-30", "2025-05-01")
    assert made.rows("absence_day", "absence_date, fte, is_sickness", "absence_date") == [
        (date(2025, 4, 29), None, False),
        (date(2025, 4, 30), None, False),
    ]


def test_an_absence_before_any_snapshot_weighs_the_nearest_later_fte(made):
    staff(made, "2025-05-31", person("1", "0.5"))
    staff(made, "2025-06-30", person("1", "0.7"))
    rows = [
        absence(start_date="30/04/2025", end_date="30/04/2025"),
        absence(absence_id="A2", start_date="01/08/2025"),
    ]
    made.lay("esr_absence", rows, "2024-08-02", "2025-08-01", "2025-08-01")
    assert made.rows("absence_day", "absence_date, fte", "absence_date") == [
        (date(2025, 4, 30), 0.5),
        (date(2025, 8, 1), 0.7),
    ]


def test_a_contact_keeps_its_outcome_medium_and_the_team_of_the_day(made):
    rows = [
        {
            "contact_id": str(number), "activity_source": "Visit", "patient_id": "p", "team_id": team,
            "contact_at": "01/04/2025 09:30", "attendance": attendance, "contact_method": method,
        }
        for number, (team, attendance, method) in enumerate(
            [("10101", "Did not  attend", "TELEPHONE"), ("99999", "Unheard of", "Pigeon")]
        )
    ]  # fmt: skip
    made.lay("reportal_contacts", rows, *APRIL)
    assert made.rows("contact", "locality, service, outcome, method_code, medium") == [
        ("doncaster", "adult", "3", "02", "telephone"),
        ("unmapped", None, "unmapped", None, None),
    ]
    assert {(one.map_name, one.key_text) for one in made.conform("contact").unmapped} == {
        ("map_team", "99999"), ("map_attendance", "Unheard of"), ("map_contact_method", "Pigeon"),
    }  # fmt: skip


def test_an_internal_referral_is_marked(made):
    rows = [
        {
            "patient_id": "p",
            "referral_id": code,
            "team_id": "10101",
            "received_at": "01/04/2025",
            "source_of_referral": code,
        }
        for code in ("P1", "H1", "A1")
    ]
    made.lay("reportal_referrals", rows, *APRIL)
    assert made.rows("referral", "is_internal, from_emergency_department") == [
        (True, False), (False, True), (False, False)
    ]  # fmt: skip


def test_the_ward_says_the_bed_type_and_a_printed_one_that_differs_is_counted(made):
    stay = {"spell_id": "S", "patient_id": "p", "admission_at": "01/04/2025", "ward_start_at": "01/04/2025"}
    rows = [
        {**stay, "ward_stay_id": "1", "ward_code": "BRODS", "bed_type_code": "200"},
        {**stay, "ward_stay_id": "2", "ward_code": "BRODS", "bed_type_code": "202"},
        {**stay, "ward_stay_id": "3", "ward_code": "BRODS", "bed_type_code": "10"},
    ]
    made.lay("reportal_ward_stays", rows, *APRIL)
    assert made.rows("ward_stay", "bed_type, locality") == [("adult_acute", "doncaster")] * 3
    account = made.conform("ward_stay")
    assert [(one.map_name, one.key_text) for one in account.differs] == [("differs_bed_type", "BRODS | 202")]
    assert [(one.map_name, one.key_text) for one in account.unmapped] == [("map_bed_type", "10")]


def test_an_incident_is_placed_by_ward_then_by_team_and_an_act_by_its_incident(made):
    incident = {"person_seq": "1", "incident_date": "05/04/2025", "approval_status": "Finally approved"}
    rows = [
        {**incident, "incident_ref": "W1", "location": "brodsworth ward", "category": "Restrictive Intervention",
         "sub_category": "Planned", "harm": "Low physical harm"},
        {**incident, "incident_ref": "W2", "location": "Doncaster CMHT North", "category": "Medication",
         "approval_status": "Rejected", "harm": "Low harm"},
        {**incident, "incident_ref": "W3", "category": "Unheard of"},
    ]  # fmt: skip
    made.lay("risk_incidents", rows, *APRIL)
    assert made.rows("incident", "ward_code, service, bed_type, locality, incident_group, harm, is_rejected") == [
        ("BRODS", "adult", "adult_acute", "doncaster", "restraint", "low", False),
        (None, "adult", None, "doncaster", "medication", None, True),
        (None, None, None, "unmapped", None, None, False),
    ]
    assert {(one.map_name, one.key_text) for one in made.conform("incident").unmapped} == {
        ("map_ward_alias", "(blank)"), ("map_incident_category", "Unheard of | (blank)"), ("map_harm", "Low harm"),
    }  # fmt: skip
    acts = [
        {
            "incident_ref": "W1",
            "seq": "1",
            "incident_date": "05/04/2025",
            "intervention_type": "Prone",
            "duration": "00:10",
        },
        {"incident_ref": "W9", "seq": "1", "incident_date": "05/04/2025", "intervention_type": "Prone"},
    ]
    made.lay("risk_restrictive_interventions", acts, *APRIL)
    assert made.rows("restrictive_intervention", "type_code, duration_minutes, ward_code, bed_type, locality") == [
        ("01", 10, "BRODS", "adult_acute", "doncaster"),
        ("01", None, None, None, "unmapped"),
    ]


def test_a_section_as_typed_becomes_a_code(made):
    rows = [
        {"period_id": text, "patient_id": "p", "section": text, "start_at": "01/04/2025", "end_at": "ongoing",
         "ward_at_start": "Brodsworth"}
        for text in ("s.5(2)", "Sec 3", "136")
    ]  # fmt: skip
    made.lay("mha_legal_status", rows, *APRIL)
    assert made.rows("detention", "status_code, is_detained, is_short_term, end_at, ward_code, locality") == [
        ("05", True, True, None, "BRODS", "doncaster"),
        ("03", True, False, None, "BRODS", "doncaster"),
        ("20", False, True, None, "BRODS", "doncaster"),
    ]


def test_an_order_is_placed_by_the_name_of_its_team(made):
    rows = [{"cto_id": "C1", "patient_id": "p", "start_date": "01/04/2025", "team": "Doncaster CMHT North"}]
    made.lay("mha_ctos", rows, *APRIL)
    assert made.rows("cto", "cto_id, locality") == [("C1", "doncaster")]
