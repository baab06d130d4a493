"""Where each answer goes in a collection tool, said by what a person sees on the sheet.

Here: the binding declaration, and finding its addresses: a question by its code, a column by the headings above.
Not here: what a template looks like (its grid), and what is written in the cells found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.tools.answer_types import CHOICE, TEXT, YES_NO, Written, misfit, number
from nhsbn.tools.template_grid import Grid, SheetGrid, seen
from nhsbn.values import ALL
from nhsbn.xlsx.references import Place, address

Asks = Literal["metric", "provided"]


# What binding.yaml says ------------------------------------------------------------------------------------------


class BoundQuestion(Declared):
    """One question of the tool.

    Attributes:
        item: the catalogue's item, where its code differs from the question code.
        asks: ``metric``, a number from the catalogue; ``provided``, Yes or No, whether each member is provided.
        breakdown: which members its columns are headed by, if any.
        total: whether the column over all members is an answer too, and not a formula.
    """

    item: str | None = None
    asks: Asks = "metric"
    breakdown: str | None = None
    total: bool = False


class BoundDetails(Declared):
    """The submission details: a sheet of labels with one answer each.

    Attributes:
        label: heading of the column of labels.
        answer: heading of the column of answers.
        comments: heading of the column of comments.
        rows: what is known of a submission (``ods_code``) to the label that asks for it.
    """

    sheet: str
    label: str
    answer: str
    comments: str
    rows: dict[str, str]


class BoundColumns(Declared):
    """The headings that every answer table has."""

    question: str
    data_source: str
    comments: str


class Binding(Declared):
    """A tool's binding, as declared in ``projects/<id>/<edition>/binding.yaml``.

    Attributes:
        template: file name of the template, beside the binding.
        tool: name of the filled tool, without its ending.
        months: headings of the month columns, first to last.
        members: breakdown to member to its heading; the member ``all`` is the total over members.
        sheets: sheet to question code to question.
    """

    template: str
    tool: str
    details: BoundDetails
    columns: BoundColumns
    months: tuple[str, ...]
    members: dict[str, dict[str, str]]
    sheets: dict[str, dict[str, BoundQuestion]]

    def questions(self) -> Iterator[tuple[str, str, BoundQuestion]]:
        """Every question with its sheet and code."""
        for sheet, questions in self.sheets.items():
            for code, question in questions.items():
                yield sheet, code, question


# Where the answers are -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Target:
    """A cell to be written, and the words it takes where it takes only some."""

    sheet: str
    address: str
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class AnswerCell:
    """A requested cell.

    Attributes:
        month: index into the period's months, or None where one answer stands for the period.
    """

    target: Target
    question: str
    item: str
    asks: Asks
    breakdown: str | None
    member: str
    month: int | None


@dataclass(frozen=True)
class NoteCells:
    """Where a question's data source and comments go."""

    source: Target
    comments: Target


@dataclass(frozen=True)
class DetailCell:
    """A submission detail, its label, and where its answer and comment go."""

    name: str
    label: str
    target: Target
    comments: Target


@dataclass(frozen=True)
class ResolvedBinding:
    """A binding whose every target is known to be an answer cell of the template."""

    binding: Binding
    answers: tuple[AnswerCell, ...]
    notes: Mapping[str, NoteCells]
    details: tuple[DetailCell, ...]


def load_binding(
    text: str,
    where: str,
    grid: Grid,
    items: Iterable[tuple[str, str | None]] | None,
    units: Mapping[str, str] | None = None,
) -> ResolvedBinding:
    """Read a binding and find its cells in the template.

    Args:
        text: the YAML.
        where: its file name, for messages.
        grid: the template, as it is before filling.
        items: each item of the catalogue with its breakdown; all must be bound, and nothing else. None where the
            edition has no catalogue yet, and only the template can be held against.
        units: each item's unit; without it an item may be a whole number or any other.

    Raises:
        ProblemsError: every question, column or detail that points to no cell, to several, to one that may not be
            written or that takes something else; every answer cell left unbound; every item left out. Each with
            its line.
    """
    document = Document(text, where)
    binding = document.validate(Binding)
    with Collector() as problems:
        finder = _Finder(document, binding, grid, problems, units or {})
        details = tuple(finder.details())
        answers = tuple(cell for entry in binding.questions() for cell in finder.question(*entry))
        if items is not None:
            finder.check_items(dict(items))
        finder.check_nothing_is_left()
    return ResolvedBinding(binding, answers, finder.notes, details)


@dataclass
class _Finder:
    """Finds cells, and notes what cannot be found."""

    document: Document
    binding: Binding
    grid: Grid
    problems: Collector
    units: Mapping[str, str]
    taken: dict[tuple[str, Place], str] = field(default_factory=dict)
    notes: dict[str, NoteCells] = field(default_factory=dict)
    seen_headings: dict[tuple[str, Place], dict[int, tuple[str, ...]]] = field(default_factory=dict)

    def details(self) -> Iterator[DetailCell]:
        wanted = self.binding.details
        sheet = self.sheet(wanted.sheet, "details", "sheet")
        if sheet is None:
            return
        for name, label in wanted.rows.items():
            path = ("details", "rows", name)
            row = self.row_of(sheet, label, wanted.label, path)
            if row is None:
                continue
            answer = self.target(sheet, row, (wanted.answer,), wanted.label, label, path, CHOICE)
            comments = self.target(sheet, row, (wanted.comments,), wanted.label, label, path, TEXT)
            if answer and comments:
                yield DetailCell(name, label, answer, comments)

    def question(self, sheet_title: str, code: str, question: BoundQuestion) -> Iterator[AnswerCell]:
        path = ("sheets", sheet_title, code)
        columns = self.binding.columns
        sheet = self.sheet(sheet_title, *path)
        row = self.row_of(sheet, code, columns.question, path) if sheet else None
        if sheet is None or row is None:
            return
        source = self.target(sheet, row, (columns.data_source,), columns.question, code, path, TEXT)
        comments = self.target(sheet, row, (columns.comments,), columns.question, code, path, TEXT)
        if source and comments:
            self.notes[code] = NoteCells(source, comments)
        for member, month, headings in self.columns_of(question, path):
            target = self.target(sheet, row, headings, columns.question, code, path, self.wanted(code, question))
            if target:
                yield AnswerCell(
                    target, code, question.item or code, question.asks, question.breakdown, member, month
                )

    def wanted(self, code: str, question: BoundQuestion) -> Written:
        """What is written in a question's answer cells."""
        if question.asks == "provided":
            return YES_NO
        return number(self.units.get(question.item or code, "count"))

    def columns_of(
        self, question: BoundQuestion, path: tuple[str, ...]
    ) -> Iterator[tuple[str, int | None, tuple[str, ...]]]:
        """Member, month and headings of each answer column of a question."""
        members: dict[str, str] = {ALL: ""}
        if question.breakdown is not None:
            if question.breakdown not in self.binding.members:
                self.problems.add(
                    self.document.at(*path, "breakdown"),
                    f"breakdown {question.breakdown!r} is not under members; it has "
                    f"{', '.join(self.binding.members)}",
                )
                return
            members = dict(self.binding.members[question.breakdown])
            if not question.total:
                members.pop(ALL, None)
        months: list[tuple[int | None, str]] = [(None, "")]
        if question.asks == "metric":
            months = list(enumerate(self.binding.months))
        for member, heading in members.items():
            for index, month in months:
                yield member, index, tuple(text for text in (heading, month) if text)

    def sheet(self, title: str, *path: str) -> SheetGrid | None:
        sheet = self.grid.get(title)
        if sheet is None or not sheet.is_visible:
            state = "is hidden in" if sheet else "is not in"
            seen = ", ".join(repr(name) for name, one in self.grid.items() if one.is_visible)
            self.problems.add(
                self.document.at(*path), f"sheet {title!r} {state} {self.binding.template}; a person sees {seen}"
            )
            return None
        return sheet

    def row_of(self, sheet: SheetGrid, text: str, heading: str, path: tuple[str, ...]) -> int | None:
        """The one row whose cell below ``heading`` says ``text``."""
        heads = sheet.places.get(seen(heading), ())
        rows = [
            row
            for row, column in sheet.places.get(seen(text), ())
            if any(column == head_column and row > head_row for head_row, head_column in heads)
        ]
        if len(rows) == 1:
            return rows[0]
        found = f"in rows {', '.join(map(str, rows))}; one is needed" if rows else f"nowhere below {heading!r}"
        self.problems.add(self.document.at(*path), f"sheet {sheet.title!r}: question {text!r} stands {found}")
        return None

    def target(
        self,
        sheet: SheetGrid,
        row: int,
        headings: tuple[str, ...],
        corner: str,
        question: str,
        path: tuple[str, ...],
        written: Written,
    ) -> Target | None:
        """The one cell of a row under a path of headings, if it may be written and takes what is."""
        wanted = tuple(seen(text) for text in headings)
        headed = [column for column, path_seen in self.headings(sheet, row, corner).items() if path_seen == wanted]
        places = sorted({sheet.anchor((row, column)) for column in headed})
        spoken = f"sheet {sheet.title!r}, question {question!r}, column {' / '.join(headings)!r}"
        if len(places) != 1:
            found = f"{len(places)} cells are" if places else "no column of its table is"
            self.problems.add(self.document.at(*path), f"{spoken}: {found} headed so; one is needed")
            return None
        place = places[0]
        cell = sheet.cells.get(place)
        if not sheet.is_answer(place):
            kind = (
                "holds a formula"
                if cell and cell.is_formula
                else "is not an answer cell (locked, merged or absent)"
            )
            self.problems.add(self.document.at(*path), f"{spoken}: cell {address(place)} {kind}")
            return None
        if other := self.taken.get((sheet.title, place)):
            self.problems.add(
                self.document.at(*path), f"{spoken}: cell {address(place)} is bound to {other} already"
            )
            return None
        self.taken[sheet.title, place] = repr(question)
        if cell and (fault := misfit(cell, written)):
            self.problems.add(self.document.at(*path), f"{spoken}: cell {address(place)} {fault}")
            return None
        return Target(sheet.title, address(place), cell.choices if cell else None)

    def headings(self, sheet: SheetGrid, row: int, corner: str) -> dict[int, tuple[str, ...]]:
        """Column to the headings above it in the table that holds ``row``."""
        heads = [place for place in sheet.places.get(seen(corner), ()) if place[0] < row]
        if not heads:
            return {}
        key = (sheet.title, max(heads))
        if key not in self.seen_headings:
            self.seen_headings[key] = sheet.headings(key[1])
        return self.seen_headings[key]

    def check_items(self, items: Mapping[str, str | None]) -> None:
        """Every item of the catalogue is bound once, with its own breakdown."""
        bound = Counter[str]()
        for sheet, code, question in self.binding.questions():
            if question.asks != "metric":
                continue
            item, at = question.item or code, self.document.at("sheets", sheet, code)
            bound[item] += 1
            if item not in items:
                self.problems.add(at, f"question {code!r}: no metric of the catalogue has item {item!r}")
            elif items[item] != question.breakdown:
                self.problems.add(
                    at,
                    f"question {code!r} is broken down by {question.breakdown or 'month only'}, its metric by "
                    f"{items[item] or 'month only'}",
                )
        for item in items:
            if bound[item] != 1:
                count = "no question" if not bound[item] else f"{bound[item]} questions"
                self.problems.add(
                    self.document.at("sheets"), f"item {item!r} of the catalogue is bound to {count}"
                )

    def check_nothing_is_left(self) -> None:
        """Every cell that the template asks to be filled is bound."""
        for sheet in self.grid.values():
            if not (sheet.is_visible and sheet.is_protected):
                continue
            left: dict[int, list[str]] = {}
            for place in sorted(sheet.cells):
                if sheet.is_answer(place) and (sheet.title, place) not in self.taken:
                    left.setdefault(place[0], []).append(address(place))
            for row, cells in left.items():
                at, question = self._asked(sheet, row)
                which = f"answer cells {', '.join(cells)} are" if len(cells) > 1 else f"answer cell {cells[0]} is"
                self.problems.add(at, f"sheet {sheet.title!r}, question {question!r}: {which} bound to nothing")

    def _asked(self, sheet: SheetGrid, row: int) -> tuple[str, str]:
        """The line for a question of the template, and its code or label."""
        if sheet.title == self.binding.details.sheet:
            corner, path = self.binding.details.label, ("details", "rows")
        else:
            corner, path = self.binding.columns.question, ("sheets", sheet.title)
        heads = [column for above, column in sheet.places.get(seen(corner), ()) if above < row]
        code = sheet.text(row, heads[-1] if heads else 1)
        return self.document.at(*path, code), code
