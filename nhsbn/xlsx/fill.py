"""Filling a template: every cell is checked, all refusals are raised at once, and only then are bytes made.

Here: the order of things. Not here: the checks themselves (guards, validations, values) or where bytes go (sheet).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nhsbn.errors import Problem, ProblemsError
from nhsbn.xlsx.guards import Guard, sheet_fault
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.recalculation import Results, outdated, recalculated, result_edits
from nhsbn.xlsx.references import Place, place_of
from nhsbn.xlsx.splice import Changes, Content, Edit, changes, spliced
from nhsbn.xlsx.validations import Validations
from nhsbn.xlsx.values import Entry, Value, content_of, value_fault
from nhsbn.xlsx.workbook_map import WorkbookMap


@dataclass(frozen=True)
class Filled:
    """A filled workbook.

    Attributes:
        data: its bytes; the same for the same template and cells.
        warnings: what a person should look at, though it was written.
        ending: the ending that its file's name must have: ``.xlsm`` where it holds macros, which are left as they
            are, ``.xltx`` where it is a template to Excel too.
        stale: cells of formulas that depend on filled ones and give the same results whenever they are worked out,
            by sheet; what stands in them is what ``results`` said, or nothing.
    """

    data: bytes
    warnings: tuple[Problem, ...]
    ending: str
    stale: tuple[tuple[str, Place], ...]


def fill(template: bytes, cells: Sequence[Entry], results: Results | None = None) -> Filled:
    """Fill a template's cells, and change nothing else but what that forces.

    A touched sheet differs in the filled cells, in rows inserted for them, in its dimension and spans, and in
    results of formulas that are cleared because they are out of date; shared strings are added at the end; and
    Excel is asked to work out formulas on opening.

    Args:
        template: the workbook.
        cells: what to fill.
        results: what out-of-date formulas were worked out to, to stand in place of what is cleared.

    Raises:
        ProblemsError: every cell that may not be written, with its reason; nothing is written then.
        NhsbnError: when the template is not a workbook that can be filled without harm.
    """
    package = read_package(template)
    package.check()
    book = WorkbookMap(package, checks_rows=False)
    wanted, problems = _placed(book, cells)
    values = {title: {place: cell.value for place, cell in asked.items()} for title, asked in wanted.items()}
    warnings: list[Problem] = []
    for title, asked in wanted.items():
        guard, rules = Guard(book, title), Validations(book, title, values)
        for place, cell in asked.items():
            if fault := guard.fault(place) or value_fault(cell.value, book.is_1904):
                problems.append(Problem(_where(cell), fault))
                continue
            refusal, warning = rules.verdict(place, cell.value)
            if refusal:
                problems.append(Problem(_where(cell), refusal))
            if warning:
                warnings.append(Problem(_where(cell), warning))
            if said := guard.warning(place):
                warnings.append(Problem(_where(cell), said))
    if problems:
        raise ProblemsError(_in_order(problems, cells))
    made = {title: changes(book.sheet(title), contents) for title, contents in _contents(book, values)}
    stale = outdated(book, {title: one.places for title, one in made.items()})
    edits = result_edits(book, stale, results or {})
    data = package.replaced(_parts(book, made, edits)) if wanted else template
    return Filled(data, tuple(_in_order(warnings, cells)), book.ending, stale.steady)


def _placed(book: WorkbookMap, cells: Sequence[Entry]) -> tuple[dict[str, dict[Place, Entry]], list[Problem]]:
    """The cells that stand on sheets that may be filled, by sheet, and problems of the others."""
    wanted: dict[str, dict[Place, Entry]] = {}
    problems: list[Problem] = []
    faults = {title: sheet_fault(book, title) for title in dict.fromkeys(cell.sheet for cell in cells)}
    for cell in cells:
        if fault := faults[cell.sheet]:
            problems.append(Problem(_where(cell), fault))
            continue
        place, asked = place_of(cell.address), wanted.setdefault(cell.sheet, {})
        if place is None:
            problems.append(Problem(_where(cell), "is no cell address; write it as B7"))
        elif place in asked:
            problems.append(Problem(_where(cell), "is given twice; keep one value"))
        else:
            asked[place] = cell
    return wanted, problems


def _contents(
    book: WorkbookMap, values: Mapping[str, Mapping[Place, Value]]
) -> Iterator[tuple[str, dict[Place, Content]]]:
    """What cells come to hold, by sheet."""
    strings, is_1904 = book.strings, book.is_1904
    for title, asked in values.items():
        prefix = book.sheet(title).prefix
        yield title, {place: content_of(value, is_1904, prefix, strings) for place, value in asked.items()}


def _parts(book: WorkbookMap, cells: Mapping[str, Changes], results: Mapping[str, list[Edit]]) -> dict[str, bytes]:
    """The parts that change, by name."""
    parts = {
        book.tabs[title].part: spliced(
            book.sheet(title), cells.get(title, Changes([], [], {})), results.get(title, ())
        )
        for title in dict.fromkeys((*cells, *results))
    }
    if book.strings and book.strings_part:
        parts[book.strings_part] = book.strings.data
    parts[book.part] = recalculated(book.part, book.package.part(book.part))
    return {name: data for name, data in parts.items() if data != book.package.part(name)}


def _in_order(problems: Sequence[Problem], cells: Sequence[Entry]) -> list[Problem]:
    """Problems in the order in which the cells were asked for."""
    if not problems:
        return []
    order = {_where(cell): index for index, cell in reversed(list(enumerate(cells)))}
    return sorted(problems, key=lambda problem: order[problem.where])


def _where(cell: Entry) -> str:
    return f"sheet {cell.sheet!r}, cell {cell.address}"
