"""What a workbook's cells hold, as its validations and its proof need to know it.

Here: a cell read to a number, a text, a truth or a blank. Not here: where a cell stands (sheet).
"""

from __future__ import annotations

import re

from nhsbn.xlsx.references import Place
from nhsbn.xlsx.sheet import Sheet
from nhsbn.xlsx.strings import rich_text
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import text_of

Held = float | str | bool | None

_RESULT = re.compile(rb"<(?:[^\s<>/:]+:)?v(?:\s[^>]*)?>(.*?)</(?:[^\s<>/:]+:)?v\s*>", re.DOTALL)


def held(book: WorkbookMap, title: str, place: Place) -> Held:
    """What a cell holds; of a formula its cached result, which may be out of date and an empty text.

    An error value such as ``#N/A`` is given as its text.
    """
    sheet = book.sheet(title)
    cell = sheet.cell(place)
    if cell is None or cell.body == cell.outside:
        return None
    kind, body = cell.looks.type, sheet.body(cell)
    if kind == "inlineStr":
        return rich_text(body)
    found = _RESULT.search(body)
    if found is None:
        return None
    if not found[1]:  # XlsxWriter leaves an empty text that a formula gives without a type
        return "" if kind == "str" or sheet.holds_formula(cell) else None
    return _typed(book, kind, text_of(found[1]))


def is_formula(sheet: Sheet, place: Place) -> bool:
    """Whether a cell's value is worked out, by itself or by an array it belongs to."""
    return sheet.has_formula(place) or bool(sheet.blocks.over(place))


def _typed(book: WorkbookMap, kind: str, text: str) -> Held:
    if kind in ("str", "e", "d"):
        return text
    if kind == "b":
        return text.strip() == "1"
    try:
        if kind != "s":
            return float(text)
        texts = book.strings.texts if book.strings else ()
        return texts[int(text)] if 0 <= int(text) < len(texts) else None
    except ValueError:
        return text
