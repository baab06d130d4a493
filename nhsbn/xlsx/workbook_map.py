"""A workbook's map: which part each sheet is, what it depends on, and what names mean.

Here: the workbook part and relationships. Not here: what is on a sheet (sheet).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from posixpath import dirname, join, normpath
from xml.etree import ElementTree

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.package import Package
from nhsbn.xlsx.references import Area, area_of
from nhsbn.xlsx.sheet import Sheet
from nhsbn.xlsx.strings import SharedStrings
from nhsbn.xlsx.xml_bytes import is_true, local, parsed, whole

_TYPES = "[Content_Types].xml"
_MACROS = frozenset({"vbaProject", "xlMacrosheet", "xlIntlMacrosheet"})
"""Kinds of relationship that lead to macros, those of Excel 4 among them."""


@dataclass(frozen=True)
class Tab:
    """A sheet as the workbook lists it.

    Attributes:
        part: its part; empty for one that is no worksheet, such as a chart.
        state: ``visible``, ``hidden`` or ``veryHidden``.
    """

    title: str
    part: str
    state: str


@dataclass(frozen=True)
class Table:
    """A table on a sheet: the rows of its headings and of its totals."""

    name: str
    headings: Area | None
    totals: Area | None


@dataclass(frozen=True)
class _Relation:
    kind: str
    target: str


class WorkbookMap:
    """What the workbook part and the relationships say.

    Args:
        package: the workbook.
        checks_rows: whether all rows of its sheets are checked to be well formed as they are read.
        signed_too: whether it is only looked at, so that it may be signed.

    Raises:
        NhsbnError: when it is not an Excel workbook, is signed, or holds macros that its type does not allow.
    """

    def __init__(self, package: Package, *, checks_rows: bool = True, signed_too: bool = False) -> None:
        self.package, self._checks_rows = package, checks_rows
        start = _relations(package, "")
        self.is_signed = any(relation.kind == "origin" for relation in start.values()) or any(
            name.startswith("_xmlsignatures/") for name in package.names
        )
        if self.is_signed and not signed_too:
            raise NhsbnError("the workbook is digitally signed, and filling it would break the signature")
        parts = [relation.target for relation in start.values() if relation.kind == "officeDocument"]
        part = package.find(parts[0]) if parts else None
        if part is None:
            raise NhsbnError("the package holds no workbook; save it in Excel as .xlsx")
        self.part = part
        self._root = parsed(part, package.part(part))
        self._relations = _relations(package, part)
        if local(self._root) != "workbook":
            raise NhsbnError(f"{part} holds no workbook that Excel keeps as XML; save it in Excel as .xlsx")
        holds_macros = package.find("xl/vbaProject.bin") or any(
            one.kind in _MACROS for one in self._relations.values()
        )
        if holds_macros and "macroEnabled" not in self._type:
            raise NhsbnError("the workbook holds macros but does not say so; ask for it as .xlsm")

    @cached_property
    def _type(self) -> str:
        for element in parsed(_TYPES, self.package.part(_TYPES)):
            if element.get("PartName", "").lower() == "/" + self.part.lower():
                return element.get("ContentType", "")
        return ""

    @property
    def has_macros(self) -> bool:
        """Whether it is a workbook with macros."""
        return "macroEnabled" in self._type

    @property
    def ending(self) -> str:
        """The ending of its file's name, without which Excel does not open it: ``.xlsx``, ``.xltm``."""
        return f".xl{'t' if 'template' in self._type else 's'}{'m' if self.has_macros else 'x'}"

    @cached_property
    def tabs(self) -> Mapping[str, Tab]:
        """Sheets by title, in the workbook's order."""
        tabs: dict[str, Tab] = {}
        for element in self._root.iter():
            if local(element) != "sheet" or "name" not in element.attrib:
                continue
            relation = self._relations.get(_id(element))
            is_sheet = relation is not None and relation.kind == "worksheet"
            part = self.package.find(relation.target) if relation and is_sheet else None
            if is_sheet and part is None:
                raise NhsbnError(
                    f"the part of sheet {element.get('name')!r} is missing; ask for the workbook again"
                )
            tab = Tab(element.get("name", ""), part or "", element.get("state", "visible"))
            if tab.title in tabs or (part and any(one.part == part for one in tabs.values())):
                raise NhsbnError(f"sheet {tab.title!r} is listed twice; ask for the workbook again")
            tabs[tab.title] = tab
        return tabs

    @cached_property
    def _sheets(self) -> dict[str, Sheet]:
        return {}

    def sheet(self, title: str) -> Sheet:
        """A worksheet; it must be one of :attr:`tabs` with a part."""
        if title not in self._sheets:
            part = self.tabs[title].part
            self._sheets[title] = Sheet(part, self.package.part(part), checks_rows=self._checks_rows)
        return self._sheets[title]

    def title(self, written: str) -> str | None:
        """A worksheet's title from how a formula writes it, whatever its case; None when there is none."""
        return self._titles.get(written.casefold())

    @cached_property
    def _titles(self) -> Mapping[str, str]:
        return {title.casefold(): title for title, tab in self.tabs.items() if tab.part}

    @cached_property
    def is_1904(self) -> bool:
        """Whether days are counted from 1904."""
        return any(is_true(one.get("date1904")) for one in self._root if local(one) == "workbookPr")

    def name(self, name: str, sheet: str) -> str | None:
        """What a defined name stands for on a sheet, else in the workbook; None when it is not defined."""
        key = name.casefold()
        return self._names.get((key, sheet), self._names.get((key, None)))

    @cached_property
    def _names(self) -> Mapping[tuple[str, str | None], str]:
        titles = list(self.tabs)
        names: dict[tuple[str, str | None], str] = {}
        for element in self._root.iter():
            if local(element) == "definedName":
                on = element.get("localSheetId")
                index = whole(on, -1)
                sheet = titles[index] if on is not None and 0 <= index < len(titles) else None
                names[element.get("name", "").casefold(), sheet] = "".join(element.itertext())
        return names

    @cached_property
    def strings(self) -> SharedStrings | None:
        """Shared strings; None when the workbook has no such part."""
        part = self.strings_part
        return SharedStrings(part, self.package.part(part)) if part else None

    @cached_property
    def strings_part(self) -> str | None:
        """The part of shared strings."""
        return self._related("sharedStrings")

    @cached_property
    def styles(self) -> ElementTree.Element | None:
        """The part of styles; None when the workbook has none."""
        part = self._related("styles")
        return parsed(part, self.package.part(part)) if part else None

    @cached_property
    def cell_formats(self) -> tuple[ElementTree.Element, ...]:
        """What each cell style is, by its number."""
        groups = () if self.styles is None else self.styles
        return tuple(next((one for one in groups if local(one) == "cellXfs"), ()))

    @cached_property
    def unlocked(self) -> frozenset[int]:
        """Cell styles that are not locked."""
        return frozenset(
            number
            for number, one in enumerate(self.cell_formats)
            for child in one
            if local(child) == "protection" and child.get("locked") and not is_true(child.get("locked"))
        )

    def tables(self, title: str) -> tuple[Table, ...]:
        """The tables on a worksheet."""
        found = []
        for relation in _relations(self.package, self.tabs[title].part).values():
            if relation.kind == "table":
                root = parsed(relation.target, self.package.part(relation.target))
                area = area_of(root.get("ref", ""))
                if area is None:
                    continue
                head, total = whole(root.get("headerRowCount"), 1), whole(root.get("totalsRowCount"))
                top = Area(area.top, area.left, area.top + head - 1, area.right) if head else None
                end = Area(area.bottom - total + 1, area.left, area.bottom, area.right) if total else None
                found.append(Table(root.get("displayName", ""), top, end))
        return tuple(found)

    def _related(self, kind: str) -> str | None:
        found = (relation.target for relation in self._relations.values() if relation.kind == kind)
        target = next(found, None)
        return self.package.find(target) if target else None


def _relations(package: Package, source: str) -> Mapping[str, _Relation]:
    """A part's relationships by id, targets made absolute; those outside the package are left out."""
    folder, name = dirname(source), source.rpartition("/")[2]
    part = package.find(join(folder, "_rels", f"{name}.rels"))
    if part is None:
        return {}
    found = {}
    for element in parsed(part, package.part(part)):
        if local(element) == "Relationship" and element.get("TargetMode") != "External":
            target = element.get("Target", "").replace("\\", "/")
            absolute = normpath(target if target.startswith("/") else join("/", folder, target)).lstrip("/")
            found[element.get("Id", "")] = _Relation(element.get("Type", "").rpartition("/")[2], absolute)
    return found


def _id(element: ElementTree.Element) -> str:
    """The relationship that a sheet points to, whatever namespace its attribute is in."""
    return next((value for name, value in element.attrib.items() if name.endswith("}id")), "")
