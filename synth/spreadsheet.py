"""A workbook as bytes: cells, merged heads and dates and nothing else, several times faster than a general writer.

Here: the parts of the xlsx package and their XML. Not here: what stands in the cells (``writers``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

Merge = tuple[str, int, int]
Row = Sequence[Any]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'{_HEAD}<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="2"><xf/><xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
_UNIX_EPOCH = 25_569
"""1 January 1970 as a spreadsheet counts days."""
_MOMENT = (2024, 1, 1, 0, 0, 0)


def write_xlsx(path: Path, title: str, sheets: Sequence[tuple[str, Iterable[Row | tuple[Merge, ...]]]]) -> None:
    """Write a workbook, the same bytes for the same cells.

    Args:
        path: where to.
        title: its document property.
        sheets: name and rows of each: a list of cells, or a tuple of merged heads as (text, first, last column).
    """
    numbers = range(1, len(sheets) + 1)
    parts = {
        "[Content_Types].xml": _types(numbers),
        "_rels/.rels": _relations({
            "r1": (f"{_OFFICE}/officeDocument", "xl/workbook.xml"),
            "r2": (f"{_PACKAGE}/relationships/metadata/core-properties", "docProps/core.xml"),
        }),
        "docProps/core.xml": (
            f'{_HEAD}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
            f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
        ),
        "xl/workbook.xml": f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        + "".join(
            f'<sheet name="{escape(name)}" sheetId="{number}" r:id="s{number}"/>'
            for number, (name, _) in zip(numbers, sheets, strict=True)
        )
        + "</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": _relations({
            **{f"s{number}": (f"{_OFFICE}/worksheet", f"worksheets/sheet{number}.xml") for number in numbers},
            "styles": (f"{_OFFICE}/styles", "styles.xml"),
        }),
        "xl/styles.xml": _STYLES,
    }  # fmt: skip
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4) as package:
        for name, text in parts.items():
            package.writestr(_entry(name), text)
        for number, (_, rows) in zip(numbers, sheets, strict=True):
            package.writestr(_entry(f"xl/worksheets/sheet{number}.xml"), "".join(_sheet(rows)))


def _entry(name: str) -> ZipInfo:
    info = ZipInfo(name, _MOMENT)
    info.compress_type = ZIP_DEFLATED
    info.create_system = 0
    return info


def _types(numbers: Iterable[int]) -> str:
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    own = {
        "/xl/workbook.xml": f"{kind}.sheet.main+xml",
        "/xl/styles.xml": f"{kind}.styles+xml",
        **{f"/xl/worksheets/sheet{number}.xml": f"{kind}.worksheet+xml" for number in numbers},
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
    }
    parts = "".join(f'<Override PartName="{name}" ContentType="{of}"/>' for name, of in own.items())
    return (
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
        '"application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def _relations(of: dict[str, tuple[str, str]]) -> str:
    each = "".join(f'<Relationship Id="{key}" Type="{kind}" Target="{at}"/>' for key, (kind, at) in of.items())
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _sheet(rows: Iterable[Row | tuple[Merge, ...]]) -> Iterator[str]:
    merged: list[str] = []
    yield f'{_HEAD}<worksheet xmlns="{_MAIN}"><sheetData>'
    for number, row in enumerate(rows, 1):
        if isinstance(row, tuple):
            cells = {first: text for text, first, _ in row}
            merged += [
                f"{_letters(first)}{number}:{_letters(last)}{number}" for _, first, last in row if last > first
            ]
        else:
            cells = {index: value for index, value in enumerate(row) if value is not None and value != ""}
        if cells:
            yield f'<row r="{number}">'
            yield "".join([_cell(f"{_letters(index)}{number}", value) for index, value in cells.items()])
            yield "</row>"
    yield "</sheetData>"
    if merged:
        each = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
        yield f'<mergeCells count="{len(merged)}">{each}</mergeCells>'
    yield "</worksheet>"


def _cell(at: str, value: object) -> str:
    if isinstance(value, str):
        return f'<c r="{at}" t="inlineStr"><is><t xml:space="preserve">{escape(value, quote=False)}</t></is></c>'
    if isinstance(value, datetime):
        return f'<c r="{at}" s="1"><v>{value.toordinal() - datetime(1970, 1, 1).toordinal() + _UNIX_EPOCH}</v></c>'
    return f'<c r="{at}"><v>{value!r}</v></c>'


@cache
def _letters(index: int) -> str:
    """The column letters of a 0-based index."""
    text = ""
    while index >= 0:
        text = chr(65 + index % 26) + text
        index = index // 26 - 1
    return text
