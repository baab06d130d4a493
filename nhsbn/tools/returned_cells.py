"""Cells of a tool that came back: what was answered, what was left blank, and what does not fit.

Here: what is said of each, and a typed text that would be a number. Not here: finding them (tool reading).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from nhsbn.periods import Month


class Misfit(StrEnum):
    """A way in which a cell, a sheet or a whole workbook does not fit its edition."""

    EDITION = "the tool of another edition"
    SHEET = "a sheet is missing or was added"
    REWORDED = "the sender's text was changed"
    MOVED = "the question does not stand here"
    OVERWRITTEN = "a formula was overwritten"
    UNBOUND = "no question asks for it"
    PERIOD = "no period of this edition"
    LOCALITY = "no locality of this trust"
    DETAIL = "another detail than expected"
    FORMULA = "a formula where a value is expected"
    TEXT = "a text where a number is expected"
    STORED_AS_TEXT = "a number stored as text"
    NO_NUMBER = "no number that a tool can hold"
    PERCENT = "typed as a percentage"
    DATE = "typed as a date or time"
    LIST = "not in the cell's list"
    RULE = "refused by the cell's rule"


@dataclass(frozen=True)
class ReadCell:
    """A requested cell as it came back.

    Attributes:
        month: None where one answer stands for the period, and where the period is not known.
        column: which of the period's months it stands under, from 1; None where one answer stands for the period.
        locality: a locality's id, or ``trust``; None where it is not known.
        value: a number in the unit of the question, or a word of its list; None where it was not taken.
    """

    sheet: str
    address: str
    question: str
    item: str
    member: str
    month: Month | None
    column: int | None
    locality: str | None
    value: float | str | None = None


@dataclass(frozen=True)
class FoundMisfit:
    """One thing that does not fit.

    Attributes:
        sheet: empty where it is the whole workbook.
        address: empty where it is a whole sheet.
        question: the question code or label of its row; empty where it has none.
        found: what stands there, as a person sees it.
        why: what was expected, and what to do.
        would_be: the value that the cell seems to mean; nothing is taken for it until a person says so.
        cell: the requested cell, where it is one.
    """

    kind: Misfit
    sheet: str
    address: str
    question: str
    found: str
    why: str
    would_be: float | str | None = None
    cell: ReadCell | None = None

    @property
    def where(self) -> str:
        """Where a person looks for it."""
        cell = f", cell {self.address}" if self.address else ""
        return f"sheet {self.sheet!r}{cell}" if self.sheet else "the workbook"


_TYPED = re.compile(
    r"(?P<open>\()?\s*(?P<sign>[-+])?\s*£?\s*(?P<digits>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+|(?=\.[0-9]))"
    r"(?P<part>\.[0-9]*)?(?P<power>[eE][-+]?[0-9]{1,3})?\s*(?P<percent>%)?\s*(?P<close>\))?"
)


def typed_number(text: str, unit: str) -> float | None:
    """The number that a person typed as a text: ``1,234``, ``£5.20``, ``(12)``; None when it is not sure.

    A percent sign is taken off in the unit ``percent``, where 85 is 85%; in any other the number is not sure.
    """
    match = _TYPED.fullmatch(text.replace("\u00a0", " ").replace("\u2212", "-").strip())
    if match is None or bool(match["open"]) != bool(match["close"]) or (match["open"] and match["sign"]):
        return None
    if match["percent"] and unit != "percent":
        return None
    whole = match["digits"].replace(",", "") + (match["part"] or "") + (match["power"] or "")
    number = float(whole)
    return -number if match["open"] or match["sign"] == "-" else number
