"""Small random extracts of staff and money.

Here: the ESR and ledger reports, issued once or again. Not here: patients (random_extracts).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.property.random_extracts import day, extracts, maybe, numbered, one_of, row, together

ORGANISATIONS = one_of("379 Brodsworth Ward", "379 Don CAMHS", "379 St John's Hospice", "379 Moon Base")
COST_CENTRES = one_of("041110", "47001", "047003", "047010", "041119", "041136", "999999")
GROUPS = one_of("Medical and Dental", "Nursing and Midwifery Registered", "Students", "Jesters")
FTE = one_of("1", "0.6", "0.6", "0.33333", "0", "1.2", "1.5")


def _of_assignment(cells: dict[str, Any]) -> dict[str, str]:
    """Give an assignment its employee; three hold several."""
    return {**cells, "employee_number": f"E{int(cells['assignment_number'][1:]) % 3}"}


ASSIGNMENTS = numbered("A", 12)

in_post = row(
    assignment_number=ASSIGNMENTS,
    organisation=ORGANISATIONS,
    cost_centre=maybe(COST_CENTRES),
    staff_group=GROUPS,
    assignment_category=one_of("Permanent", "Fixed Term Temp", "Bank", "Mascot"),
    assignment_status=one_of("Active Assignment", "Maternity & Adoption", "Career Break"),
    contracted_fte=FTE,
    latest_start_date=maybe(day(date(2024, 1, 1), date(2025, 3, 31))),
).map(_of_assignment)

leaver = row(
    assignment_number=ASSIGNMENTS,
    termination_date=day(date(2024, 4, 25), date(2025, 6, 30)),
    organisation=ORGANISATIONS,
    staff_group=GROUPS,
    assignment_category=one_of("Permanent", "Bank"),
    contracted_fte=FTE,
    latest_start_date=maybe(day(date(2024, 1, 1), date(2025, 6, 30))),
    leaving_reason=one_of("Voluntary Resignation - Promotion", "Employee Transfer", "Retirement Age", "Vanished"),
).map(_of_assignment)

absence = row(
    absence_id=one_of(*"123456"),
    assignment_number=ASSIGNMENTS,
    organisation=ORGANISATIONS,
    staff_group=GROUPS,
    absence_category=one_of("Sickness", "sickness", "Sickness", "Annual leave"),
    start_date=day(),
    end_date=maybe(day(end=date(2025, 9, 1))),
).map(_of_assignment)

POUNDS = one_of("1,234.56", "(250.10)", "99.99-", "-", "0", "£10", "1000000", "-3.5")

line = row(
    cost_centre=COST_CENTRES,
    subjective=one_of("50200", "50201", "50202", "50550", "84580", "44100", "39550", "12345"),
    annual_budget=POUNDS,
    month_budget=POUNDS,
    month_actual=POUNDS,
    budgeted_wte=one_of("", "12.34", "0", "(1.5)"),
)

workforce = together(
    extracts(
        "esr_staff_in_post", in_post, ("assignment_number",),
        ("202403", "2024-04-05T08:00"), ("202404", "2024-05-05T08:00"), ("202503", "2025-04-05T08:00"),
        ("202504", "2025-05-05T08:00"), ("202505", "2025-06-05T08:00"), ("202504", "2025-06-09T08:00"),
    ),
    extracts(
        "esr_leavers", leaver, ("assignment_number", "termination_date"),
        ("202504", "2025-05-05T08:00"), ("202506", "2025-07-05T08:00"),
    ),
    extracts(
        "esr_absence", absence, ("absence_id", "assignment_number"),
        ("20250503", "2025-05-03T08:00"), ("20250703", "2025-07-03T08:00"),
    ),
    extracts(
        "ledger_budget_statement", line, ("cost_centre", "subjective"),
        ("01_2025-26", "2025-05-10T08:00"), ("02_2025-26", "2025-06-10T08:00"),
        ("01_2025-26", "2025-06-11T08:00"),
    ),
)  # fmt: skip
