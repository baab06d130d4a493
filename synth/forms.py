"""What an extract is, before it is a file: its report, titles, cells, and the form its system prints it in.

Here: the extract, its print form, and its title rows. Not here: bytes (``writers``), and what the cells hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import pyarrow as pa

from nhsbn.extracts.reports import Report
from nhsbn.periods import Month, financial_year

INVENTED = "INVENTED DATA - not a real extract"


@dataclass(frozen=True)
class Form:
    """How one file is printed.

    Attributes:
        kind: file type.
        encoding: of a CSV.
        delimiter: of a CSV.
        date_form: key of ``cells.DATE_FORMS``.
        headings: which of each column's headings is printed: 0 the usual, 1 and up its aliases.
        blank: what a blank cell shows.
        open_end: what the blank of ``open_end_columns`` shows, such as ``31/12/4712``.
        open_end_columns: columns whose blank is an open end.
        footer: the text under the table; ``{rows}`` is the number of rows.
        blank_rows: blank rows under the table.
        money: how money is printed: numbers, or as text with signs and commas.
        first_column: 0-based sheet column of the table.
        group_heads: merged headings over the header, as (text, first column id, last column id).
        empty_sheet: an empty ``Sheet2`` follows.
        grand_total: a row under the table that adds up these columns.
        subtotal_by: column whose change prints a sub-total row and whose repeats are left blank.
        true_dates: dates are Excel dates, not text.
        padded: columns whose text ends in a space and a no-break space.
    """

    kind: Literal["csv", "xlsx", "xls"] = "csv"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    date_form: str = "dmy"
    headings: int = 0
    blank: str = ""
    open_end: str = ""
    open_end_columns: tuple[str, ...] = ()
    footer: str = ""
    blank_rows: int = 0
    money: Literal["number", "commas", "brackets", "trailing", "pounds"] = "number"
    first_column: int = 0
    group_heads: tuple[tuple[str, str, str], ...] = ()
    empty_sheet: bool = False
    grand_total: tuple[str, ...] = ()
    subtotal_by: str = ""
    true_dates: bool = False
    padded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """One sheet of a workbook: its name (a trailing space included), its cells and its own headings."""

    name: str
    cells: pa.Table
    headings: int | None = None


@dataclass(frozen=True)
class Extract:
    """One file to be written.

    Attributes:
        report: the declared report.
        name: file name without its ending.
        period: the title row that says the period.
        run_at: when the system printed it.
        sheets: one for a CSV.
        form: how it is printed.
        overrides: cells that do not read as their type: (row in its sheet, column id, text), first sheet only.
    """

    report: Report
    name: str
    period: str
    run_at: datetime
    sheets: tuple[Sheet, ...]
    form: Form = field(default_factory=Form)
    overrides: tuple[tuple[int, str, str], ...] = ()

    @property
    def file_name(self) -> str:
        """Name with its ending."""
        return f"{self.name}.{self.form.kind}"

    @property
    def rows(self) -> int:
        """Table rows over all sheets."""
        return sum(sheet.cells.num_rows for sheet in self.sheets)

    @property
    def titles(self) -> list[str]:
        """The title rows, top first."""
        run = f"{self.run_at:%d/%m/%Y %H:%M}"
        stamp = f"Run at: {run}" if self.report.source in ("reportal", "risk") else f"Printed on {run} by DEMO"
        return [f"Report: {self.report.title}", INVENTED, stamp, self.period]

    def heading(self, column: str, sheet: Sheet) -> str:
        """The heading printed over a column."""
        declared = self.report.columns[column]
        choices = (declared.heading, *declared.aliases)
        number = self.form.headings if sheet.headings is None else sheet.headings
        return choices[number % len(choices)] if number else declared.heading


def between(first: date, last: date) -> str:
    """The period title of a report asked for between two dates."""
    return f"Period: {first:%d/%m/%Y} to {last:%d/%m/%Y}"


def parameters(first: date, last: date) -> str:
    """The same, as report parameters are echoed."""
    return f"Parameters: Date From {first:%d/%m/%Y} Date To {last:%d/%m/%Y}"


def as_at(day: date) -> str:
    """The period title of a snapshot."""
    return f"As at {day:%d/%m/%Y}"


def finance_period(month: Month) -> str:
    """The period title of a ledger month."""
    number = (month.number - 4) % 12 + 1
    return f"Period {number} ({month.first_day:%B}) {financial_year(month)}"
