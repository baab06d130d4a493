"""What an extract covers and when it was taken: every shape of name and title."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from nhsbn.extracts.extract_period import Span, extract_period, span_of_name, spans_of_titles
from nhsbn.extracts.landing import RefusedError
from tests.landing_files import REGISTER

RUN = "Run at: 05/05/2026 09:12"


def days(start: str, end: str) -> Span:
    return Span(date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize(
    ("report", "name", "start", "end"),
    [
        ("esr_staff_in_post", "ESR_Staff_In_Post_202504.xlsx", "2025-04-30", "2025-04-30"),
        ("reportal_caseload", "reportal_caseload_20250415_v2.csv", "2025-04-15", "2025-04-15"),
        ("reportal_contacts", "RePortal_Contacts_202402.csv", "2024-02-01", "2024-02-29"),
        ("risk_incidents", "Incidents_20250401_20250630 (1).xlsx", "2025-04-01", "2025-06-30"),
        ("esr_leavers", "ESR_Leavers_202503.csv", "2024-04-01", "2025-03-31"),
        ("esr_leavers", "ESR_Leavers_202502.csv", "2024-03-01", "2025-02-28"),
        ("esr_absence", "ESR_Absence_Detail_20250502.csv", "2024-05-03", "2025-05-02"),
        ("esr_absence", "ESR_Absence_Detail_20240229.csv", "2023-03-01", "2024-02-29"),
        ("ledger_budget_statement", "Budget_Statement_M01_2025-26.xlsx", "2025-04-01", "2025-04-30"),
        ("ledger_budget_statement", "Budget_Statement_M12_2024-25.xlsx", "2025-03-01", "2025-03-31"),
        ("mha_ctos", "MHA_CTO_2024-25.xlsx", "2024-04-01", "2025-03-31"),
    ],
)
def test_a_name_says_the_period_in_its_reports_shape(report, name, start, end):
    assert span_of_name(REGISTER.reports[report], name) == days(start, end)


@pytest.mark.parametrize(
    ("report", "name"),
    [
        ("esr_staff_in_post", "ESR_Staff_In_Post_202513.xlsx"),
        ("ledger_budget_statement", "Budget_Statement_M13_2025-26.xlsx"),
        ("risk_incidents", "Incidents_20250630_20250401.xlsx"),
    ],
)
def test_an_impossible_period_is_refused(report, name):
    with pytest.raises(RefusedError, match=r"is not a date. Rename the file"):
        span_of_name(REGISTER.reports[report], name)


@pytest.mark.parametrize(
    ("line", "start", "end"),
    [
        ("Period: 01/04/2025 to 30/04/2025", "2025-04-01", "2025-04-30"),
        ("Parameters: Date From 01/04/2025 Date To 30/04/2025", "2025-04-01", "2025-04-30"),
        ("Period: 2025-04-01 2025-04-30 Printed on 03/05/2025 09:12 by SMITHJ", "2025-04-01", "2025-04-30"),
        ("As at 30/04/2025", "2025-04-30", "2025-04-30"),
        ("Period 1 (April) 2025-26", "2025-04-01", "2025-04-30"),
        ("Financial Year 2025-26, Period 12", "2026-03-01", "2026-03-31"),
        ("Financial Year 2025/26", "2025-04-01", "2026-03-31"),
        ("Month: April 2025", "2025-04-01", "2025-04-30"),
    ],
)
def test_a_title_says_the_period(line, start, end):
    assert list(spans_of_titles([line])) == [days(start, end)]


@pytest.mark.parametrize(
    "line", ["Report: Contacts", "Run at: 03/05/2025 09:12", "Version 2025-26", "Period: 31/02/2025 to 01/03/2025"]
)
def test_another_title_says_no_period(line):
    assert list(spans_of_titles([line])) == []


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("Run at: 03/05/2025 09:12", datetime(2025, 5, 3, 9, 12)),
        ("Printed on 03/05/2025 09:12 by SMITHJ", datetime(2025, 5, 3, 9, 12)),
        ("Run at: 2025-05-03 09:12:30", datetime(2025, 5, 3, 9, 12, 30)),
        ("Report run date: 3 May 2025", datetime(2025, 5, 3)),
        ("Extracted 03.05.2025", datetime(2025, 5, 3)),
    ],
)
def test_a_title_says_when_it_was_taken(line, taken):
    found = extract_period(REGISTER.reports["reportal_contacts"], "RePortal_Contacts_202504.csv", [line])
    assert found.extracted_at == taken


def test_the_name_says_when_it_was_taken_if_no_title_does():
    report = REGISTER.reports["reportal_contacts"]
    found = extract_period(report, "RePortal_Contacts_202504_extracted-20250503T0912.csv", [])
    assert found.extracted_at == datetime(2025, 5, 3, 9, 12)
    with pytest.raises(RefusedError, match="nothing says when it was extracted"):
        extract_period(report, "RePortal_Contacts_202504_extracted-20250532.csv", [])


def test_an_open_year_is_covered_up_to_the_day_it_was_taken():
    titles = ["Financial Year 2025-26", "Run at: 03/07/2025 09:12"]
    found = extract_period(REGISTER.reports["mha_ctos"], "MHA_CTO_2025-26.xlsx", titles)
    assert (found.span, found.blocked, found.warning) == (days("2025-04-01", "2025-07-03"), None, None)


def test_a_month_taken_before_its_end_is_covered_that_far_and_says_so():
    titles = ["Period: 01/04/2025 to 30/04/2025", "Run at: 20/04/2025 09:12"]
    found = extract_period(REGISTER.reports["reportal_contacts"], "RePortal_Contacts_202504.csv", titles)
    assert found.span == days("2025-04-01", "2025-04-20")
    assert "before the end of its period" in found.warning


@pytest.mark.parametrize(
    ("report", "name", "line", "agrees"),
    [
        ("esr_staff_in_post", "ESR_Staff_In_Post_202504.xlsx", "As at 30/04/2025", True),
        ("esr_staff_in_post", "ESR_Staff_In_Post_202504.xlsx", "Month: April 2025", True),
        ("esr_staff_in_post", "ESR_Staff_In_Post_202504.xlsx", "As at 31/05/2025", False),
        ("ledger_budget_statement", "Budget_Statement_M01_2025-26.xlsx", "Period 2 (May) 2025-26", False),
        ("reportal_contacts", "RePortal_Contacts_202504.csv", "Period: 01/04/2025 to 29/04/2025", False),
    ],
)
def test_title_and_name_must_agree(report, name, line, agrees):
    found = extract_period(REGISTER.reports[report], name, [line, RUN])
    assert (found.blocked is None) == agrees


def test_sheets_of_a_year_may_each_say_their_month():
    report, name = REGISTER.reports["mha_legal_status"], "MHA_Register_2025-26.xlsx"
    lines = ["Period: 01/04/2025 to 30/04/2025", "Period: 01/05/2025 to 31/05/2025", RUN]
    assert extract_period(report, name, lines, several_sheets=True).blocked is None
    outside = ["Period: 01/03/2025 to 31/03/2025", RUN]
    assert "01/03/2025 to 31/03/2025" in extract_period(report, name, outside, several_sheets=True).blocked
