"""What a template asks, found on its sheets without a binding: questions, their words, and their answer cells.

Here: which row is a question, what its code, text and definition are, and what stands above its cells. Not here:
what a question means to us (binding), and last year's questions beside this year's (rebinding).

A question stands in a table below a heading such as "Question code". Where no sheet has one, each row with cells
to be answered is a question, known by the text to their left.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from nhsbn.tools.template_grid import Grid, GridCell, SheetGrid, Takes, seen
from nhsbn.xlsx.references import Place

CODE_HEADINGS = frozenset(
    f"{thing} {word}"
    for thing in ("question", "metric", "indicator", "item", "line", "row")
    for word in ("code", "id", "no", "no.", "number", "ref", "ref.", "reference")
) | {"code", "id", "ref", "ref.", "reference", "no.", "#"}
"""Headings under which templates keep codes, as :func:`seen` makes them."""

_DEFINITION = re.compile(r"definition|guidance|descri|note|instruction|explan|help")
_TYPE = re.compile(r"\btype\b|\bunits?\b|format")
_LABEL_DEPTH = 3


@dataclass(frozen=True)
class AskedCell:
    """A cell of a question that is answered, or that adds answers up.

    Attributes:
        headings: what stands above it, top to bottom, as written.
        is_answer: whether it is to be typed in; if not, it holds a formula.
    """

    place: Place
    headings: tuple[str, ...]
    is_answer: bool
    takes: Takes
    choices: tuple[str, ...] | None = None


@dataclass(frozen=True)
class AskedQuestion:
    """A question of a template.

    Attributes:
        code: empty where the sheet has no codes.
        text: the code itself where nothing else on its row says what is asked.
        kind: what its row says it takes ("Whole number"), where a column does.
        under: the heading of its column of codes; empty where the sheet has none.
    """

    sheet: str
    row: int
    code: str
    text: str
    definition: str
    kind: str
    under: str
    cells: tuple[AskedCell, ...]

    @property
    def answers(self) -> tuple[AskedCell, ...]:
        """The cells to be typed in."""
        return tuple(cell for cell in self.cells if cell.is_answer)


def is_asked(sheet: SheetGrid, place: Place) -> bool:
    """Whether a cell is to be answered; on a sheet that is not protected, whether it is laid out and empty."""
    return sheet.is_answer(place) and (sheet.is_protected or not sheet.cells[place].text)


def code_heading(grid: Grid, codes: Iterable[str] = ()) -> str | None:
    """The heading below which a template keeps its question codes, as written; None when it has none.

    Args:
        grid: the template.
        codes: codes known to be asked. The column that holds most of them is the column of codes, whatever its
            heading; without any, a heading must be one of :data:`CODE_HEADINGS`.
    """
    wanted = {seen(code) for code in codes}
    found: Counter[str] = Counter()
    for sheet in grid.values():
        if not sheet.is_visible:
            continue
        asked = {row for row, column in sheet.cells if is_asked(sheet, (row, column))}
        said = {place: cell.text for place, cell in sorted(sheet.cells.items()) if cell.text}
        for (row, column), text in said.items():
            if wanted and seen(text) in wanted and row in asked:
                found[_first_above(sheet, (row, column), asked)] += 1
            elif not wanted and seen(text) in CODE_HEADINGS:
                found[text] += sum(one == column and below > row and below in asked for below, one in said)
    found.pop("", None)
    best = found.most_common(1)
    return best[0][0] if best and best[0][1] else None


def questions(grid: Grid, heading: str | None) -> tuple[AskedQuestion, ...]:
    """Every question on the sheets that a person sees, in the template's order.

    Args:
        grid: the template.
        heading: the heading of question codes; rows outside its tables are known by the text to their left.
    """
    found: list[AskedQuestion] = []
    for sheet in grid.values():
        if not sheet.is_visible or not sheet.cells:
            continue
        coded = list(_coded(sheet, heading)) if heading else []
        taken = {question.row for question in coded}
        rows = sorted({row for row, column in sheet.cells if is_asked(sheet, (row, column))} - taken)
        above: dict[Place, tuple[str, ...]] = {}
        labelled = (_labelled(sheet, row, above) for row in rows)
        found += sorted([*coded, *labelled], key=lambda question: question.row)
    return tuple(found)


def _first_above(sheet: SheetGrid, place: Place, asked: set[int]) -> str:
    """The heading of a column of codes: the first text above a code that is on no question's row."""
    for row in range(place[0] - 1, 0, -1):
        text = sheet.text(row, place[1])
        if text and row not in asked:
            return text
    return ""


def _coded(sheet: SheetGrid, heading: str) -> Iterator[AskedQuestion]:
    """Questions in the tables below a heading, each table down to the next."""
    heads = sorted(sheet.places.get(seen(heading), ()))
    rows = list(sheet.rows)
    for head, (end, _) in pairwise((*heads, (rows[-1] + 1, 0))):
        paths = sheet.heading_texts(head)
        for row in rows[bisect_left(rows, head[0] + sheet.depth(head)) : bisect_left(rows, end)]:
            code = sheet.text(row, head[1])
            if code:
                cells = tuple(_cells(sheet, row, paths))
                if any(cell.is_answer for cell in cells):
                    yield _question(sheet, row, code, heading, head[1], paths, cells)


def _cells(sheet: SheetGrid, row: int, paths: Mapping[int, tuple[str, ...]]) -> Iterator[AskedCell]:
    for column, headings in paths.items():
        place = (row, column)
        cell = sheet.cells.get(place)
        if cell is not None and headings and (is_asked(sheet, place) or cell.is_formula):
            yield _asked_cell(place, cell, headings)


def _asked_cell(place: Place, cell: GridCell, headings: tuple[str, ...]) -> AskedCell:
    return AskedCell(place, headings, not cell.is_formula, cell.takes, cell.choices)


def _question(
    sheet: SheetGrid,
    row: int,
    code: str,
    under: str,
    code_column: int,
    paths: Mapping[int, tuple[str, ...]],
    cells: tuple[AskedCell, ...],
) -> AskedQuestion:
    """A question with the words on its row, sorted by what stands above them."""
    answered = {cell.place[1] for cell in cells}
    texts: list[str] = []
    definitions: list[str] = []
    kinds: list[str] = []
    for column, headings in paths.items():
        said = sheet.text(row, column) if sheet.anchor((row, column)) == (row, column) else ""
        if column in answered or column == code_column or not said:
            continue
        above = seen(" ".join(headings))
        (definitions if _DEFINITION.search(above) else kinds if _TYPE.search(above) else texts).append(said)
    return AskedQuestion(
        sheet=sheet.title,
        row=row,
        code=code,
        text=texts[0] if texts else code,
        definition="\n".join((*texts[1:], *definitions)),
        kind="; ".join(kinds),
        under=under,
        cells=cells,
    )


def _labelled(sheet: SheetGrid, row: int, above: dict[Place, tuple[str, ...]]) -> AskedQuestion:
    """A row without a code: known by the texts left of its first answer, the nearest one last."""
    places = [(row, column) for column in sheet.rows[row] if is_asked(sheet, (row, column))]
    left = [sheet.text(row, column) for column in sheet.rows[row] if column < places[0][1]]
    for place in places:
        above[place] = _labels_above(sheet, place, above)
    cells = tuple(_asked_cell(place, sheet.cells[place], above[place]) for place in places)
    return AskedQuestion(sheet.title, row, "", " / ".join(filter(None, left)), "", "", "", cells)


def _labels_above(sheet: SheetGrid, place: Place, known: Mapping[Place, tuple[str, ...]]) -> tuple[str, ...]:
    """The nearest text above a cell, and those that stand directly upon it.

    Args:
        sheet: the sheet.
        place: the cell.
        known: the same of cells above, which share theirs with those below them.
    """
    labels: list[str] = []
    for row in range(place[0] - 1, 0, -1):
        if not labels and (row, place[1]) in known:
            return known[row, place[1]]
        text = "" if is_asked(sheet, (row, place[1])) else sheet.text(row, place[1])
        if text and text not in labels:
            labels.append(text)
        if (labels and not text) or len(labels) == _LABEL_DEPTH:
            break
    return tuple(reversed(labels))
