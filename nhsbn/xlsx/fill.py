"""Filling a template: every cell is checked, all refusals are raised at once, and only then are bytes made.

Here: the order of things. Not here: the checks themselves (guards, validations, values) or where bytes go (sheet).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nhsbn.errors import Problem, ProblemsError
from nhsbn.template_grid import Place
from nhsbn.xlsx.guards import Guard, sheet_fault
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.recalculation import outdated, recalculated
from nhsbn.xlsx.references import place_of
from nhsbn.xlsx.sheet import Content
from nhsbn.xlsx.validations import Validations
from nhsbn.xlsx.values import Entry, Value, content_of, value_fault
from nhsbn.xlsx.workbook_map import WorkbookMap


@dataclass(frozen=True)
class Filled:
    """A filled workbook.

    Attributes:
        data: its bytes; the same for the same template and cells.
        warnings: what a person should look at, though it was written.
        has_macros: whether it is a workbook with macros, which are left as they are.
    """

    data: bytes
    warnings: tuple[Problem, ...]
    has_macros: bool


def fill(template: bytes, cells: Sequence[Entry]) -> Filled:
    """Fill a template's cells, and change nothing else but what that forces.

    A touched sheet differs in the filled cells, in rows inserted for them, in its dimension and spans, and in
    results of formulas that are cleared because they are out of date; shared strings are added at the end; and
    Excel is asked to work out formulas on opening.

    Raises:
        ProblemsError: every cell that may not be written, with its reason; nothing is written then.
        NhsbnError: when the template is not a workbook that can be filled without harm.
    """
    package = read_package(template)
    package.check()
    book = WorkbookMap(package)
    wanted, problems = _placed(book, cells)
    warnings: list[Problem] = []
    guards = {title: Guard(book, title) for title, _ in wanted}
    rules = {title: Validations(book, title, wanted) for title in guards}
    addresses = {(cell.sheet, place_of(cell.address)): cell.address for cell in cells}
    for (title, place), value in wanted.items():
        where = _where(title, addresses[title, place])
        if fault := guards[title].fault(place) or value_fault(value, book.is_1904):
            problems.append(Problem(where, fault))
            continue
        verdict = rules[title].verdict(place, value)
        if verdict.refusal:
            problems.append(Problem(where, verdict.refusal))
        warnings += (Problem(where, said) for said in (guards[title].warning(place), verdict.warning) if said)
    if problems:
        raise ProblemsError(_in_order(problems, cells))
    data = package.replaced(_parts(book, wanted)) if wanted else template
    return Filled(data, tuple(warnings), book.has_macros)


def _placed(book: WorkbookMap, cells: Sequence[Entry]) -> tuple[dict[tuple[str, Place], Value], list[Problem]]:
    """The cells that stand on a sheet that may be filled, and problems of the others."""
    wanted: dict[tuple[str, Place], Value] = {}
    problems: list[Problem] = []
    for cell in cells:
        place, where = place_of(cell.address), _where(cell.sheet, cell.address)
        if fault := sheet_fault(book, cell.sheet):
            problems.append(Problem(where, fault))
        elif place is None:
            problems.append(Problem(where, "is no cell address; write it as B7"))
        elif (cell.sheet, place) in wanted:
            problems.append(Problem(where, "is given twice; keep one value"))
        else:
            wanted[cell.sheet, place] = cell.value
    return wanted, problems


def _parts(book: WorkbookMap, wanted: Mapping[tuple[str, Place], Value]) -> dict[str, bytes]:
    """The parts that change, by name."""
    contents: dict[str, dict[Place, Content]] = {}
    for (title, place), value in wanted.items():
        prefix = book.sheet(title).prefix
        contents.setdefault(title, {})[place] = content_of(value, book.is_1904, prefix, book.strings)
    edits = outdated(book, contents)
    parts = {
        book.tabs[title].part: book.sheet(title).spliced(contents.get(title, {}), edits.get(title, ()))
        for title in dict.fromkeys((*contents, *edits))
    }
    if book.strings and book.strings_part:
        parts[book.strings_part] = book.strings.data
    parts[book.part] = recalculated(book.part, book.package.part(book.part))
    return {name: data for name, data in parts.items() if data != book.package.part(name)}


def _in_order(problems: Sequence[Problem], cells: Sequence[Entry]) -> list[Problem]:
    order = {_where(cell.sheet, cell.address): index for index, cell in reversed(list(enumerate(cells)))}
    return sorted(problems, key=lambda problem: order[problem.where])


def _where(sheet: str, address: str) -> str:
    return f"sheet {sheet!r}, cell {address}"
