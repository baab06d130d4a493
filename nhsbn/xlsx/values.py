"""Values that cells come to hold: numbers, texts, days, times, truths and blanks, as a workbook writes them.

Here: a value's faults and its content. Not here: whether the cell takes it (guards, validations).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from nhsbn.xlsx.splice import Content
from nhsbn.xlsx.strings import SharedStrings, text_fault, text_markup

Value = float | int | str | bool | date | datetime | time | None
"""What may be put into a cell; None makes it blank. A text is never taken for a formula."""

LARGEST_NUMBER = 9.99999999999999e307
"""The largest number, either side of zero, that may be typed in an Excel cell."""

_DAY_SECONDS = 86_400
_LEAP_BUG = date(1900, 3, 1)
"""From this day on the 1900 system is a day ahead, as it counts a 29 February 1900 that never was."""


@dataclass(frozen=True)
class Entry:
    """One cell to be filled."""

    sheet: str
    address: str
    value: Value


def value_fault(value: Value, is_1904: bool) -> str:
    """Why no cell can hold a value; empty when one can."""
    if type(value) is float and abs(value) <= LARGEST_NUMBER:
        return ""
    if isinstance(value, str):
        return text_fault(value)
    if isinstance(value, bool | time) or value is None:
        return ""
    if isinstance(value, date):
        first = date(1904, 1, 1) if is_1904 else date(1900, 1, 1)
        day = value.date() if isinstance(value, datetime) else value
        return "" if day >= first else f"{value} is before {first}, where this workbook's days begin"
    return "" if abs(value) <= LARGEST_NUMBER else f"{value} is not a number that Excel can hold"


def number_of(value: Value, is_1904: bool) -> float | None:
    """The number that a cell holds for a value; None for a text, a truth and a blank."""
    if type(value) is float:
        return value
    if isinstance(value, bool | str) or value is None:
        return None
    if isinstance(value, time):
        return _of_day(value)
    if isinstance(value, date):
        day = value.date() if isinstance(value, datetime) else value
        part = _of_day(value.time()) if isinstance(value, datetime) else 0.0
        if is_1904:
            return (day - date(1904, 1, 1)).days + part
        return (day - date(1899, 12, 30 if day >= _LEAP_BUG else 31)).days + part
    return value


def content_of(value: Value, is_1904: bool, prefix: bytes, strings: SharedStrings | None) -> Content:
    """What a cell comes to hold for a value that has no fault.

    Args:
        value: the value.
        is_1904: whether the workbook's days count from 1904.
        prefix: the sheet's prefix of names.
        strings: where a text is added; without it the cell holds its text itself.
    """
    if type(value) is float or type(value) is int:
        return Content(b"", _element(prefix, shortest(value).encode()))
    if value is None:
        return Content()
    if isinstance(value, str):
        if strings is None:
            return Content(b"inlineStr", b"<%bis>%b</%bis>" % (prefix, text_markup(prefix, value), prefix))
        return Content(b"s", _element(prefix, b"%d" % strings.add(value)))
    if isinstance(value, bool):
        return Content(b"b", _element(prefix, b"1" if value else b"0"))
    number = number_of(value, is_1904)
    return Content(b"", _element(prefix, shortest(number or 0).encode()))


def shortest(number: float) -> str:
    """A number in the fewest digits that read back as the same number."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e15:
        return str(int(number))
    return repr(number)


def _of_day(value: time) -> float:
    seconds = value.hour * 3600 + value.minute * 60 + value.second + value.microsecond / 1e6
    return seconds / _DAY_SECONDS


def _element(prefix: bytes, text: bytes) -> bytes:
    return b"<%bv>%b</%bv>" % (prefix, text, prefix)
