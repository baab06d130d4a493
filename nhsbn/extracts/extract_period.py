"""What dates an extract covers and when it was taken, from its name and its title rows.

Here: reading both, and telling when they disagree. Not here: which issue of a row is current (staging), and
reporting periods of a return (periods).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from nhsbn.extracts.landing import RefusedError
from nhsbn.extracts.reports import Report
from nhsbn.periods import Month

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DATE = (
    r"(?:\d{1,2}[/.]\d{1,2}[/.]\d{4}|\d{4}-\d{2}-\d{2}"
    r"|\d{1,2}[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ -]\d{4})"
)
_TIME = r"(?:[T ,]*(?:at )?(\d{1,2}:\d{2}(?::\d{2})?))?"
_TAKEN = re.compile(
    rf"\b(?:run|printed|extracted|exported|generated|produced|refreshed)\b[^0-9\n]{{0,20}}({_DATE}){_TIME}", re.I
)
_TAKEN_NAME = re.compile(r"extracted-(\d{4})(\d{2})(\d{2})(?:-?T?(\d{2})(\d{2}))?", re.I)
_DATES = re.compile(_DATE, re.I)
_FINANCE_MONTH = (
    re.compile(r"\bperiod:? (?P<period>\d{1,2})\b.*?\b(?P<year>\d{4})[-/](?:\d{2})?\d{2}\b", re.I),
    re.compile(r"\byear:? (?P<year>\d{4})[-/](?:\d{2})?\d{2}\b.*?\bperiod:? (?P<period>\d{1,2})\b", re.I),
)
_FINANCE_YEAR = re.compile(r"\bfinancial year:? (\d{4})[-/](?:\d{2})?\d{2}\b", re.I)
_MONTH = re.compile(rf"\b(?:period|month):? ({'|'.join(_MONTHS)})[a-z]* (\d{{4}})\b", re.I)
_ASKED = re.compile(r"\b(period|dates?|from|between)\b", re.I)
_AS_AT = re.compile(r"\b(as at|as of|snapshot|position at)\b", re.I)


@dataclass(frozen=True)
class Span:
    """Days from the first to the last, both included."""

    start: date
    end: date

    def within(self, other: Span) -> bool:
        """Whether every day of this lies in ``other``."""
        return other.start <= self.start and self.end <= other.end

    def until(self, day: date) -> Span:
        """This span, cut short at ``day``."""
        return Span(min(self.start, day), min(self.end, day))

    def __str__(self) -> str:
        """As a person writes it."""
        if self.start == self.end:
            return f"{self.end:%d/%m/%Y}"
        return f"{self.start:%d/%m/%Y} to {self.end:%d/%m/%Y}"


@dataclass(frozen=True)
class ExtractPeriod:
    """What an extract covers.

    Attributes:
        span: its days, not later than the day it was taken.
        extracted_at: when it was taken.
        blocked: why it may not be used, or None.
        warning: what a person should know, or None.
    """

    span: Span
    extracted_at: datetime
    blocked: str | None = None
    warning: str | None = None


def extract_period(
    report: Report, name: str, titles: Iterable[str], several_sheets: bool = False
) -> ExtractPeriod:
    """Read a file's period and extract time.

    Args:
        report: the report, whose ``file_name`` groups and period shape read the name.
        name: the file's name, with ``%20`` already a space.
        titles: the title rows, each as one line.
        several_sheets: whether each sheet may be a part of the period.

    Raises:
        RefusedError: when the name's dates are impossible, or nothing says when it was taken.
    """
    lines = [" ".join(line.split()) for line in titles]
    taken = _taken(name, lines)
    if taken is None:
        raise RefusedError(
            "nothing says when it was extracted. Expected a title row such as 'Run at: 03/05/2025 09:12' or "
            "'Printed on 03/05/2025'. Ask for the report with its title rows, or add the date of the extract to "
            "the name, as in 'Name_extracted-20250503.csv'."
        )
    named = span_of_name(report, name)
    shape = report.period.shape
    blocked = None
    for span in spans_of_titles(lines):
        if shape in ("month_end", "day"):
            agrees = span.start <= named.end == span.end
        elif several_sheets:
            agrees = span.within(named)
        else:
            agrees = span == named or span.until(taken.date()) == named.until(taken.date())
        if not agrees:
            blocked = (
                f"the period of the file differs from its name: the title rows say {span}, the name says {named}. "
                "Rename the file if its contents are right, or replace it with the extract of the named period."
            )
            break
    warning = None
    if named.end > taken.date() and shape != "finance_year" and not blocked:
        warning = (
            f"it was extracted on {taken:%d/%m/%Y}, before the end of its period ({named}): days after the "
            "extract are not covered until a later issue comes."
        )
    return ExtractPeriod(named.until(taken.date()), taken, blocked, warning)


def span_of_name(report: Report, name: str) -> Span:
    """The days that a file's name says.

    Raises:
        RefusedError: when the name is not the report's, or its digits are no date.
    """
    match = re.search(report.file_name, name, re.IGNORECASE)
    if match is None:
        raise RefusedError(f"its name is not one of {report.title}; expected a name like {report.file_name}")
    try:
        return _span(report, match.groupdict())
    except ValueError:
        raise RefusedError(
            f"the period in its name, {match[0]!r}, is not a date. Rename the file after the period it covers."
        ) from None


def _span(report: Report, said: dict[str, str]) -> Span:
    match report.period.shape:
        case "month_end":
            day = _month(said["yyyymm"]).last_day
            return Span(day, day)
        case "day":
            day = _day(said["yyyymmdd"])
            return Span(day, day)
        case "month":
            month = _month(said["yyyymm"])
            return Span(month.first_day, month.last_day)
        case "range":
            start, end = _day(said["from"]), _day(said["to"])
            if end < start:
                raise ValueError("the range ends before it starts")
            return Span(start, end)
        case "rolling_year":
            if "yyyymm" in said:
                month = _month(said["yyyymm"])
                return Span(month.plus(-11).first_day, month.last_day)
            day = _day(said["yyyymmdd"])
            return Span(_year_before(day) + timedelta(days=1), day)
        case "finance_month":
            month = _finance_month(int(said["fin_year"][:4]), int(said["pp"]))
            return Span(month.first_day, month.last_day)
        case "finance_year":
            year = int(said["fin_year"][:4])
            return Span(date(year, 4, 1), date(year + 1, 3, 31))


def spans_of_titles(lines: Iterable[str]) -> Iterator[Span]:
    """Every period that the title rows say.

    Args:
        lines: title rows, each as one line with single spaces.
    """
    for line in lines:
        asked = _TAKEN.sub("", line)
        days = [day for text in _DATES.findall(asked) if (day := _read_day(text))]
        finance = next((match for pattern in _FINANCE_MONTH if (match := pattern.search(asked))), None)
        if len(days) == 2 and _ASKED.search(asked) and days[0] <= days[1]:
            yield Span(*days)
        elif len(days) == 1 and _AS_AT.search(asked):
            yield Span(days[0], days[0])
        elif finance and 1 <= int(finance["period"]) <= 12:
            month = _finance_month(int(finance["year"]), int(finance["period"]))
            yield Span(month.first_day, month.last_day)
        elif match := _FINANCE_YEAR.search(asked):
            yield Span(date(int(match[1]), 4, 1), date(int(match[1]) + 1, 3, 31))
        elif match := _MONTH.search(asked):
            month = Month(int(match[2]), _MONTHS.index(match[1].lower()) + 1)
            yield Span(month.first_day, month.last_day)


def _taken(name: str, lines: Iterable[str]) -> datetime | None:
    for line in lines:
        if (match := _TAKEN.search(line)) and (day := _read_day(match[1])):
            return _at(day, *(int(part) for part in (match[2] or "0:0").split(":")))
    if (match := _TAKEN_NAME.search(name)) and (day := _read_day("-".join(match.groups()[:3]))):
        return _at(day, int(match[4] or 0), int(match[5] or 0))
    return None


def _at(day: date, hour: int, minute: int, second: int = 0) -> datetime | None:
    try:
        return datetime.combine(day, time(hour, minute, second))
    except ValueError:
        return None


def _read_day(text: str) -> date | None:
    try:
        if re.match(r"\d{4}-", text):
            return date.fromisoformat(text)
        day, month, year = re.split(r"[/. -]", text)
        number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
        return date(int(year), number, int(day))
    except ValueError:
        return None


def _day(text: str) -> date:
    return datetime.strptime(text, "%Y%m%d").date()


def _month(text: str) -> Month:
    return Month.of(datetime.strptime(text, "%Y%m").date())


def _finance_month(year: int, period: int) -> Month:
    if not 1 <= period <= 12:
        raise ValueError("a finance period is a month, 1 (April) to 12 (March)")
    return Month(year, 4).plus(period - 1)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)
