"""The stand-in collection tool's colours, widths, formats and answer types.

Here: constants that say how it looks. Not here: drawing it.
"""

from __future__ import annotations

import math
from typing import Any

DARK_BLUE, BLUE, PALE, GREY, ANSWER = "#003087", "#005EB8", "#E8F1FA", "#E8EDEE", "#FFFBE6"
"""NHS identity colours, and the pale yellow of a cell to be answered."""

CODE, QUESTION, GUIDANCE, TYPE, FIRST_ANSWER = range(5)
WIDTHS = {CODE: 13, QUESTION: 37, GUIDANCE: 56, TYPE: 14}
ANSWER_WIDTH, POUNDS_WIDTH, SOURCE_WIDTH, COMMENTS_WIDTH = 9.5, 12, 46, 76
LINE = 12.5
"""Height of a line of the small text, in points."""
MONTHS = ("Month 1", "Month 2", "Month 3")
NOTES = ("Data source", "Comments")
A3, A4 = 8, 9
PRINT_SCALE, ANSWERS_ON_FIRST_PAGE = 47, 21
"""A page of A3 holds the questions and seven groups of three months; the rest goes on a second."""


UNITS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "count": ("Whole number", "#,##0", {"validate": "integer", "criteria": ">=", "value": 0}),
    "percent": ("Percentage (85 is 85%)", "0.0", {"validate": "decimal", "minimum": -1000, "maximum": 1000}),
    "rate": ("Rate", "#,##0.00", {"validate": "decimal", "criteria": ">=", "value": 0}),
    "days": ("Days", "#,##0.0", {"validate": "decimal", "criteria": ">=", "value": 0}),
    "wte": ("Whole-time equivalents", "#,##0.00", {"validate": "decimal", "criteria": ">=", "value": -100}),
    "pounds": ("Pounds", "£#,##0;-£#,##0", {"validate": "decimal", "minimum": -1e9, "maximum": 1e9}),
    "yes_no": ("Yes or No", "General", {"validate": "list", "source": "=YesNo"}),
}
"""Unit to answer type, number format and validation."""

_GRID = {"border": 1, "border_color": "#AEB7BD", "valign": "top"}
_HEAD = {
    "bold": True,
    "font_color": "white",
    "bg_color": BLUE,
    "border": 1,
    "border_color": "white",
    "text_wrap": True,
    "valign": "vcenter",
}

LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 18, "font_color": DARK_BLUE},
    "subtitle": {"font_size": 11, "font_color": "#425563"},
    "text": {"text_wrap": True, "valign": "top"},
    "bold": {"bold": True, "text_wrap": True, "valign": "top"},
    "head": _HEAD | {"align": "center"},
    "head_left": _HEAD | {"align": "left", "indent": 1},
    "block": {"bold": True, "font_size": 13, "font_color": DARK_BLUE, "bottom": 2, "bottom_color": BLUE},
    "group": {
        "bold": True,
        "font_size": 9,
        "font_color": DARK_BLUE,
        "bg_color": PALE,
        "align": "left",
        "indent": 1,
    },
    "cell": _GRID | {"text_wrap": True, "font_size": 9, "align": "left", "indent": 1},
    "code": _GRID | {"bold": True, "align": "left", "indent": 1},
    "answer": _GRID | {"bg_color": ANSWER, "locked": False},
    "total": _GRID | {"bg_color": GREY, "bold": True},
}
"""Formats by name, over Arial 10."""


def lines(text: str, width: float) -> int:
    """How many lines of small text a column needs: about 1.45 characters to a unit of width."""
    return math.ceil(len(text) / (width * 1.45)) if text else 1
