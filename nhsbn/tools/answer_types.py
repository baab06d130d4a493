"""What an answer cell takes, held against what is to be written in it.

Here: kinds of answer, and why one does not fit a cell. Not here: which cell it is (binding), and one value against
a cell's own rule (the writer's validations).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nhsbn.tools.template_grid import GridCell, Takes

SPOKEN: Mapping[Takes, str] = {
    "number": "a number",
    "whole number": "whole numbers only",
    "percentage": "a percentage",
    "date": "a date",
    "time": "a time",
    "list": "an item of a list",
    "text": "a text",
    "anything": "anything",
}
"""What a cell takes, in words."""


@dataclass(frozen=True)
class Written:
    """What is written in a cell: in words, the cells that take it, and the words that a list must hold."""

    words: str
    fits: frozenset[Takes]
    items: frozenset[str] = frozenset()


_TEXTS: frozenset[Takes] = frozenset({"text", "anything"})
_NUMBERS: frozenset[Takes] = frozenset({"number", "anything"})

TEXT = Written("a text", _TEXTS)
CHOICE = Written("a text", _TEXTS | {"list"})
YES_NO = Written("Yes or No", _TEXTS | {"list"}, frozenset({"Yes", "No"}))


def number(unit: str) -> Written:
    """A figure in a unit of the catalogue."""
    whole: frozenset[Takes] = frozenset({"whole number"})
    return Written(f"a number ({unit})", _NUMBERS | whole if unit == "count" else _NUMBERS)


def misfit(cell: GridCell, written: Written) -> str:
    """Why a cell does not take what is written in it; empty when it does."""
    if cell.takes == "percentage" and "number" in written.fits:
        return (
            "shows 0.85 as 85%, and percentages here run from 0 to 100; declare the metric as a rate from 0 to 1, "
            "without its multiplier"
        )
    if cell.takes not in written.fits:
        return f"takes {SPOKEN[cell.takes]}, and {written.words} is written there; bind the right question to it"
    if cell.choices is not None and not written.items <= set(cell.choices):
        return f"takes one of {', '.join(cell.choices)}, and {written.words} is written there"
    return ""
