"""A workbook looked over before it is bound: its sheets, its questions, and what the writer cannot promise.

Here: what is found, as plain values. Not here: how it is shown (the command line), and last year's questions
beside it (rebinding).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nhsbn.rebinding.asked import AskedQuestion, code_heading, is_asked, questions
from nhsbn.tools.answer_types import SPOKEN
from nhsbn.tools.template_grid import ranges
from nhsbn.tools.template_reading import grid_of
from nhsbn.xlsx.guards import Guard
from nhsbn.xlsx.package import Package, read_package
from nhsbn.xlsx.references import Areas, Place
from nhsbn.xlsx.validations import Rule, Validations
from nhsbn.xlsx.workbook_map import WorkbookMap

_STATES = {"visible": "visible", "hidden": "hidden", "veryHidden": "very hidden"}
_UNTRACED = re.compile(r"\b(INDIRECT|OFFSET|RTD|CUBE\w+|WEBSERVICE)\s*\(", re.IGNORECASE)
_PARTS = (
    ("xl/externallinks/externallink", "links to other workbooks; what they bring is as old as when it was sent"),
    ("xl/connections.xml", "data connections; they are left alone and never followed"),
    ("xl/pivotcache/pivotcachedefinition", "pivot tables; they show what was sent until Excel refreshes them"),
    ("xl/ctrlprops/ctrlprop", "form controls; one that is linked to a filled cell follows only in Excel"),
    ("xl/charts/chart", "charts; they are redrawn when Excel opens the workbook"),
)
_SHOWN = 6
"""Cells of a kind that are named; of the others only how many."""


@dataclass(frozen=True)
class InspectedSheet:
    """A sheet.

    Attributes:
        state: ``visible``, ``hidden``, ``very hidden``, or ``not a worksheet``.
        answers: cells to be answered that belong to its questions, as ranges; empty where the sheet is hidden.
    """

    title: str
    state: str
    is_protected: bool
    questions: int
    formulas: int
    answers: str


@dataclass(frozen=True)
class InspectedQuestion:
    """A question; see :class:`nhsbn.rebinding.asked.AskedQuestion`.

    Attributes:
        takes: what its cells take, the most common first, cells that take anything left out where others do not.
        lists: each list that its cells choose from.
        answers: its cells, as ranges.
        columns: what stands above them, left to right.
    """

    sheet: str
    row: int
    code: str
    text: str
    definition: str
    kind: str
    takes: tuple[str, ...]
    lists: tuple[tuple[str, ...], ...]
    answers: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Limit:
    """Something that the writer cannot promise, and where."""

    where: str
    what: str


@dataclass(frozen=True)
class Inspection:
    """A workbook looked over.

    Attributes:
        heading: the heading of question codes; None where the workbook has none, and questions are rows known by
            the text to the left of their cells.
    """

    heading: str | None
    sheets: tuple[InspectedSheet, ...]
    questions: tuple[InspectedQuestion, ...]
    limits: tuple[Limit, ...]

    @property
    def data(self) -> dict[str, Any]:
        """All of it as plain data, for machines."""
        return asdict(self)


def inspect(data: bytes, heading: str | None = None) -> Inspection:
    """Look a workbook over.

    Args:
        data: the workbook.
        heading: the heading of question codes, where a person knows it.

    Raises:
        NhsbnError: when it is not a workbook that can be read.
    """
    package = read_package(data)
    package.check()
    book = WorkbookMap(package, signed_too=True)
    grid = grid_of(book)
    under = code_heading(grid) if heading is None else heading
    asked = questions(grid, under)
    counts = Counter(question.sheet for question in asked)
    sheets = []
    for title, tab in book.tabs.items():
        sheet = grid.get(title)
        if sheet is None:
            sheets.append(InspectedSheet(title, "not a worksheet", False, 0, 0, ""))
            continue
        places = (place for place in sheet.cells if sheet.is_visible and is_asked(sheet, place))
        formulas = sum(cell.is_formula for cell in sheet.cells.values())
        state = _STATES.get(tab.state, tab.state)
        sheets.append(InspectedSheet(title, state, sheet.is_protected, counts[title], formulas, ranges(places)))
    limits = tuple(_limits(book, package, asked))
    return Inspection(under, tuple(sheets), tuple(map(_inspected, asked)), limits)


def _inspected(question: AskedQuestion) -> InspectedQuestion:
    kinds = Counter(cell.takes for cell in question.answers)
    if len(kinds) > 1:
        del kinds["anything"]
    lists = dict.fromkeys(cell.choices for cell in question.answers if cell.choices)
    return InspectedQuestion(
        sheet=question.sheet,
        row=question.row,
        code=question.code,
        text=question.text,
        definition=question.definition,
        kind=question.kind,
        takes=tuple(SPOKEN[kind] for kind, _ in kinds.most_common()),
        lists=tuple(lists),
        answers=ranges(cell.place for cell in question.answers),
        columns=tuple(" / ".join(cell.headings) for cell in question.answers),
    )


def _limits(book: WorkbookMap, package: Package, asked: tuple[AskedQuestion, ...]) -> Iterator[Limit]:
    if book.is_signed:
        yield Limit("the workbook", "is digitally signed; it is not filled, as that would break the signature")
    if book.has_macros:
        yield Limit("the workbook", "holds macros; they are left as they are and never run")
    for start, what in _PARTS:
        count = sum(name.startswith(start) for name in package.names)
        if count:
            yield Limit("the workbook", f"holds {what}")
    for title, tab in book.tabs.items():
        if not tab.part:
            continue
        yield from _formula_limits(book, title)
        if tab.state == "visible":
            places = [cell.place for question in asked if question.sheet == title for cell in question.answers]
            yield from _cell_limits(book, title, places)


def _formula_limits(book: WorkbookMap, title: str) -> Iterator[Limit]:
    found = Counter(name.upper() for one in book.sheet(title).formulas for name in _UNTRACED.findall(one.text))
    for name, count in found.items():
        what = (
            f"{count} formulas with {name}; what they read cannot be told, so their results count as out of date"
        )
        yield Limit(f"sheet {title!r}", what)


def _cell_limits(book: WorkbookMap, title: str, places: list[Place]) -> Iterator[Limit]:
    """What is not known of the cells to be answered: rules that are not evaluated, and cells that nobody sees."""
    guard, validations = Guard(book, title), Validations(book, title, {})
    rules = Areas((area, rule) for rule in validations.rules for area in rule.areas)
    ruled: dict[Rule, list[Place]] = {}
    for place in places:
        for rule in rules.over(place)[:1]:
            ruled.setdefault(rule, []).append(place)
    said: dict[str, list[Place]] = {}
    for rule, inside in ruled.items():
        if what := _unevaluated(validations, rule, inside[0]):
            said.setdefault(what, []).extend(inside)
    hidden = [place for place in places if guard.warning(place)]
    if hidden:
        said["lie in hidden rows or columns; they are written, though nobody sees them"] = hidden
    for what, cells in said.items():
        shown = ranges(cells).split(", ")
        more = f" and {len(shown) - _SHOWN} more ranges" if len(shown) > _SHOWN else ""
        yield Limit(f"sheet {title!r}, cells {', '.join(shown[:_SHOWN])}{more}", what)


def _unevaluated(validations: Validations, rule: Rule, place: Place) -> str:
    """What the writer says of a rule that it cannot evaluate; empty when it can."""
    probe = "x" if rule.kind in ("list", "textLength") else 1
    warning = validations.verdict(place, probe).warning
    if "not evaluated" not in warning:
        return ""
    return f"have a validation that is not evaluated ({rule.kind}: {rule.first}); check what is written there"
