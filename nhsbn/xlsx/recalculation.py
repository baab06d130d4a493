"""Formula results that no longer hold once cells are filled, and the request to work them out.

Here: which cached results to clear, and ``fullCalcOnLoad``. Not here: working formulas out (Excel does).

Dependence is followed sheet by sheet, so that more is cleared than need be, and never less: a formula is out of
date when it refers to a sheet that has a filled cell or an out-of-date formula, or to what cannot be told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.sheet import Edit, Formula, Sheet
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import attributes, is_true, masked, tag, unescaped, with_attribute, without

ANY = "*"
"""A formula that depends on what cannot be told."""

_STRING = re.compile(r'"(?:[^"]|"")*"')
_CELL, _COLUMN, _ROW = r"\$?[A-Za-z]{1,3}\$?[0-9]+", r"\$?[A-Za-z]{1,3}", r"\$?[0-9]+"
_CELLS = rf"{_CELL}(?::{_CELL})?|{_COLUMN}:{_COLUMN}|{_ROW}:{_ROW}"
_QUALIFIED = re.compile(
    rf"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^\s'!,()\"+*/&<>=^;{{}}-]+))!(?P<cells>{_CELLS})?"
)
_OWN = re.compile(rf"(?<![\w.])(?:{_CELLS})(?![\w(.])")
_NAME = re.compile(r"(?<![\w.$])([^\W\d][\w.\\?]*)(\s*\()?")
_UNTOLD = frozenset(
    ("INDIRECT", "OFFSET", "NOW", "TODAY", "RAND", "RANDBETWEEN", "RANDARRAY", "CELL", "INFO", "RTD")
)


def outdated(book: WorkbookMap, filled: Iterable[str]) -> dict[str, list[Edit]]:
    """The edits that clear out-of-date results, by sheet.

    Args:
        book: the workbook.
        filled: titles of sheets with filled cells.
    """
    known: dict[tuple[str, str], frozenset[str]] = {}
    waiting: list[tuple[str, Formula, frozenset[str]]] = []
    for title in (tab.title for tab in book.tabs.values() if tab.part):
        sheet = book.sheet(title)
        shared = {one.group: one.text for one in sheet.formulas if one.kind == "shared" and one.text}
        for formula in sheet.formulas:
            text = formula.text or shared.get(formula.group, "")
            key = title, text
            if key not in known:
                is_told = bool(text) and formula.kind != "dataTable"
                known[key] = frozenset(_sheets(book, title, unescaped(text), 0)) if is_told else frozenset({ANY})
            waiting.append((title, formula, known[key]))
    stale, clear = {ANY, *filled}, []
    while True:
        found = [one for one in waiting if not stale.isdisjoint(one[2])]
        if not found:
            break
        waiting = [one for one in waiting if stale.isdisjoint(one[2])]
        stale |= {title for title, _, _ in found}
        clear += found
    edits: dict[str, list[Edit]] = {}
    for title, formula, _ in clear:
        made = list(_cleared(book.sheet(title), formula))
        if made:
            edits.setdefault(title, []).extend(made)
    return edits


def _cleared(sheet: Sheet, formula: Formula) -> Iterator[Edit]:
    """The edits that take a formula's cached result away, and those of the cells that it fills."""
    if formula.result:
        yield (*formula.tag, without(sheet.data[slice(*formula.tag)], frozenset({b"t"})))
        yield (*formula.result, b"")
    if formula.area is None or formula.kind not in ("array", "dataTable"):
        return
    for row in sheet.rows:
        if formula.area.top <= row <= formula.area.bottom:
            for column, cell in sheet.cells(row).items():
                if (row, column) in formula.area and cell.outside > cell.body and not sheet.holds_formula(cell):
                    kept = without(cell.attributes, frozenset({b"t", b"vm"}))
                    yield cell.start, cell.end, b"<%bc%b/>" % (sheet.prefix, kept)


def recalculated(part: str, workbook: bytes) -> bytes:
    """The workbook part with Excel asked to work everything out on opening.

    Raises:
        NhsbnError: when the part lists no sheets.
    """
    mask = masked(workbook)
    sheets = re.search(rb"<((?:[^\s<>/:!?]+:)?)sheets[\s/>]", mask)
    if sheets is None:
        raise NhsbnError(f"{part} lists no sheets; the workbook is damaged: ask for it again")
    prefix = sheets[1]
    match = tag(prefix, b"calcPr").search(mask)
    if match is not None:
        if is_true(attributes(match[1]).get("fullCalcOnLoad")):
            return workbook
        changed = with_attribute(match[1], b"fullCalcOnLoad", b"1")
        return workbook[: match.start(1)] + changed + workbook[match.end(1) :]
    before = b"|".join((b"sheets", b"functionGroups", b"externalReferences", b"definedNames"))
    name = re.escape(prefix)
    ends = [one.end() for one in re.finditer(rb"</%b(?:%b)\s*>" % (name, before), mask)]
    ends += [one.end() for one in re.finditer(rb"<%b(?:%b)%b/>" % (name, before, rb"[^>]*"), mask)]
    if not ends:
        raise NhsbnError(f"{part} lists no sheets; the workbook is damaged: ask for it again")
    at = max(ends)
    return workbook[:at] + b'<%bcalcPr fullCalcOnLoad="1"/>' % prefix + workbook[at:]


def _sheets(book: WorkbookMap, title: str, formula: str, depth: int) -> set[str]:
    """The sheets that a formula refers to, and ANY when that cannot be told."""
    text = _STRING.sub("", formula)
    if "[" in text or "#" in text or depth > 8:
        return {ANY}
    found: set[str] = set()
    for match in _QUALIFIED.finditer(text):
        quoted = match["quoted"]
        sheet = book.title(quoted.replace("''", "'") if quoted is not None else match["plain"])
        found.add(sheet or ANY)
    text = _QUALIFIED.sub(" ", text)
    if _OWN.search(text):
        found.add(title)
    for match in _NAME.finditer(_OWN.sub(" ", text)):
        name = match[1]
        if match[2]:
            found |= {ANY} if name.upper().rpartition(".")[2] in _UNTOLD else set()
        elif name.upper() not in ("TRUE", "FALSE"):
            meaning = book.name(name, title)
            found |= {ANY} if meaning is None else _sheets(book, title, meaning, depth + 1)
    return found
