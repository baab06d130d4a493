"""An invented trace: a ratio with both terms, rows left out, files, tables, maps and a lapsed workbook.

Here: values for the tests of pages. Not here: traces of a real return (tests/golden).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from nhsbn.periods import Month
from nhsbn.tools.cells import State
from nhsbn.tracing.trace import (
    Difference,
    FileShare,
    LeftOut,
    RowPlace,
    StagedOut,
    Step,
    Trace,
    TracedCell,
    TracedFile,
    TracedMap,
    TracedMeasure,
    TracedQuestion,
    TracedRow,
    TracedTable,
    TracedTerm,
    TracedTool,
)
from nhsbn.values import MetricValue

FILE = "3f9a1c77b0de"
QUESTION = TracedQuestion(
    "mhlda_indicators",
    "2025-26",
    "2025-26-Q1",
    "MI-IP-03",
    "Bed occupancy, excluding leave",
    "Bed occupancy",
    "Occupied bed days in the month, without days on leave, of the bed days that were available.",
    "A day counts where the bed is occupied at midnight. Beds closed for works are not available.",
    "Inpatient performance lead",
    "percent",
    ("reportal_ward_stays", "reportal_beds"),
    "bed_type",
    "Bed type",
)


def trace(rows: int = 60) -> Trace:
    """A trace with some rows of each term; there are twelve more than are shown."""
    kept = tuple(
        TracedRow(
            RowPlace(FILE, "Ward stays", number + 2),
            Decimal(31),
            1,
            "" if number % 9 else "referral_id as in row 2",
            RowPlace(FILE, "Ward stays", 2) if number % 9 == 0 and number else None,
            (date(2025, 5, 1 + number % 28), "Kingfisher <Ward>", number % 2 == 0, None),
        )
        for number in range(rows)
    )
    numerator = TracedTerm(
        "numerator",
        "occupied_bed_day",
        "sum",
        "days",
        1,
        ("month is 2025-05", "locality is rotherham", "bed_type is adult_acute", "is_on_leave is no"),
        "",
        ("starts_on", "ward", "is_current", "ends_on"),
        kept,
        rows + 12,
        rows + 12,
        Decimal(31) * (rows + 12),
        31.0 * (rows + 12),
        (FileShare(FILE, rows + 12, Decimal(31) * (rows + 12)),),
        (
            LeftOut("measure", "the bed day is a day of leave", 14, kept[:3]),
            LeftOut("metric", "bed type is PICU", 5, ()),
        ),
    )
    denominator = replace(
        numerator,
        name="denominator",
        measure="available_bed_day",
        left_out=(),
        rows=kept[:4],
        rows_in_all=4,
        counted=4,
        total=Decimal("2294.50"),
        amount=2294.5,
        lent="Beds are counted for the whole site.",
    )
    value = numerator.amount / 2294.5 * 100
    sql = "select *\nfrom conformed.ward_stay\nwhere starts_on <= '2025-05-31' -- </script>"
    return Trace(
        QUESTION,
        "rotherham",
        "Rotherham",
        "2025-05",
        "adult_acute",
        "Adult acute",
        TracedTool(2, "ab" * 32, "out/mhlda_indicators/2025-26-Q1/rotherham/tool.xlsx", _at(9), 3),
        TracedCell("Activity", "H14", State.VALUE, value, "", "", "RePortal, ward stays, extracted 3 June 2025"),
        (("Bed type", "Adult acute"),),
        MetricValue("MI-IP-03", Month(2025, 5), "rotherham", "adult_acute", value, numerator.amount, 2294.5, rows),
        _at(8),
        "0f" * 8,
        "1e" * 8,
        sql,
        {"month": "2025-05"},
        (numerator, denominator),
        (
            Step("numerator", "sum of days over 72 rows", numerator.amount),
            Step("denominator", "sum of days over 4 rows", 2294.5),
            Step("value", "2,232 / 2,294.5 x 100", value),
        ),
        (
            TracedMeasure(
                "occupied_bed_day",
                "Occupied bed days",
                "one bed on one day",
                "A bed with a patient.",
                "aa",
                "bb",
                sql,
            ),
        ),
        (
            TracedTable(
                "ward_stay",
                "Ward stays",
                "cc",
                12_345,
                ("reportal_ward_stays",),
                (),
                (TracedMap("map_ward", "dd", ""),),
                sql,
            ),
        ),
        (
            TracedFile(
                FILE,
                FILE + "0" * 52,
                "ward_stays_202505.xlsx",
                "reportal_ward_stays",
                date(2025, 5, 1),
                date(2025, 5, 31),
                _at(7),
                rows,
            ),
        ),
        (
            StagedOut(
                "reportal_ward_stays", "superseded", "", 3, ((RowPlace(FILE, None, 9), RowPlace(FILE, None, 12)),)
            ),
        ),
        (Difference("Activity", "H14", "MI-IP-03", 97.3, None),),
        ("Definitions have changed since; this is what held on the day.",),
    )


def _at(hour: int) -> datetime:
    return datetime(2025, 6, 3, hour, 40, tzinfo=UTC)
