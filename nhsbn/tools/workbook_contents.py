"""A workbook that came back: what each cell holds, how it is shown, and whether its results can be believed.

Here: reading it from bytes, by the reader that fills, so that no grid is ever allocated and a number is read as it
is written. Not here: what any cell answers (tool reading).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nhsbn.errors import NhsbnError
from nhsbn.tools.template_grid import Grid, Takes
from nhsbn.tools.template_reading import grid_of, number_formats, takes
from nhsbn.xlsx.cell_values import Held, held
from nhsbn.xlsx.package import read_package
from nhsbn.xlsx.references import Place
from nhsbn.xlsx.validations import Validations
from nhsbn.xlsx.values import Value
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import is_true, local, parsed

LARGEST_TOOL = 64 * 2**20
"""Bytes of a tool's parts, unpacked; NHSBN's are some 20 MB."""


@dataclass(frozen=True)
class WorkbookContents:
    """A collection tool, empty or filled, made by :meth:`read`."""

    book: WorkbookMap
    grid: Grid

    @classmethod
    def read(cls, data: bytes) -> WorkbookContents:
        """A workbook from its bytes.

        Raises:
            NhsbnError: when it is damaged, protected by a password, or far too large for a tool.
        """
        package = read_package(data)
        unpacked = sum(member.size for member in package.members)
        if unpacked > LARGEST_TOOL:
            raise NhsbnError(
                f"would unpack to {unpacked / 2**20:,.0f} MB, and no collection tool does; send the tool itself"
            )
        package.check()
        book = WorkbookMap(package)
        return cls(book, grid_of(book))

    def held(self, sheet: str, place: Place) -> Held:
        """What a cell holds; of a formula its last result."""
        return held(self.book, sheet, place)

    def shown_as(self, sheet: str, place: Place) -> Takes:
        """What a cell's number format makes of a number: ``percentage``, ``date``, ``time``, or none of these."""
        return takes("", self._formats.get(self.book.sheet(sheet).style(place), ""))

    def refusal(self, sheet: str, place: Place, value: Value) -> str:
        """Why a cell's own rule refuses a value; empty when it does not, or cannot be told."""
        if sheet not in self._rules:
            self._rules[sheet] = Validations(self.book, sheet, {})
        return self._rules[sheet].verdict(place, value).refusal

    @cached_property
    def is_stale(self) -> bool:
        """Whether results of formulas may be out of date: whoever saved it left working them out to the next."""
        root = parsed(self.book.part, self.book.package.part(self.book.part))
        asked = [one for one in root if local(one) == "calcPr"]
        return any(
            is_true(one.get("fullCalcOnLoad")) or not is_true(one.get("calcCompleted", "1")) for one in asked
        )

    @cached_property
    def _formats(self) -> Mapping[int, str]:
        return number_formats(self.book)

    @cached_property
    def _rules(self) -> dict[str, Validations]:
        return {}
