"""Collection-tool workbooks: a template's grid read, and its answer cells filled.

Here: the writer's interface, and the writer that splices cells in and proves what it did. Not here: what is
written where (the core's collection tool), the splicing itself (its xlsx), and reading (its template reading).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nhsbn.errors import Problem
from nhsbn.tools.collection_tool import CellWrite
from nhsbn.tools.template_grid import Grid
from nhsbn.tools.template_reading import read_template
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import CLEARED, REFRESHED, Comparison, prove
from resources.recalculation import LibreOffice, LibreOfficeError, asked_for, trusted_results


@dataclass(frozen=True)
class FilledTool:
    """A filled workbook.

    Attributes:
        verification: what was proved of it, to be kept with it.
    """

    data: bytes
    verification: Mapping[str, Any]


class WorkbookWriter(Protocol):
    """Fills a template. Always from the pristine template, with the whole set of values."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> FilledTool:
        """The template with the cells written, and nothing else changed.

        Raises:
            ProblemsError: every cell that may not be written, each with its reason; nothing is written then.
            NhsbnError: when the template is not a workbook that can be read.
        """
        ...


@dataclass(frozen=True)
class SpliceWriter:
    """A writer for any sender's workbook: it splices cells in, and compares the outcome with the template.

    Attributes:
        works_out: whether LibreOffice, where it is installed, works out the formulas that depend on what is
            filled; else their results are cleared, and Excel works them out on opening.
    """

    works_out: bool = field(default_factory=asked_for)

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> FilledTool:
        """See :meth:`WorkbookWriter.fill`. The filled file is proved before it is handed out."""
        filled = fill_and_prove(
            template, [Entry(cell.sheet, cell.address, cell.value) for cell in cells], self.works_out
        )
        differences = [one.what for one in filled.comparison.differences]
        verification = {
            "cells written and read back": len(cells),
            "parts as they were, byte for byte": filled.comparison.untouched,
            "formula results cleared": differences.count(CLEARED),
            "formula results worked out by LibreOffice": differences.count(REFRESHED),
            "differences that filling does not explain": len(filled.comparison.harm),
            "to look at": [str(warning) for warning in filled.warnings],
        }
        return FilledTool(filled.data, verification)


@dataclass(frozen=True)
class Proved:
    """A filled workbook, and what was proved of it.

    Attributes:
        warnings: what a person should look at, though it was written.
        ending: the ending that its file's name must have.
    """

    data: bytes
    comparison: Comparison
    warnings: tuple[Problem, ...]
    ending: str


def fill_and_prove(template: bytes, entries: Sequence[Entry], works_out: bool) -> Proved:
    """Fill a workbook, work out what depends on it where that is asked for, and prove the outcome.

    Args:
        template: the workbook as its sender made it.
        entries: what to fill.
        works_out: whether LibreOffice, where it is installed, works out formulas.

    Raises:
        ProblemsError: every cell that may not be written, each with its reason.
        NhsbnError: when the template is not a workbook that can be filled without harm.
    """
    filled, results, said = fill(template, entries), None, []
    office = LibreOffice.found() if works_out else None
    if office:
        try:
            results = trusted_results(template, filled, office)
            filled = fill(template, entries, results) if results else filled
        except LibreOfficeError as error:
            said.append(Problem("totals", f"{error}; Excel works them out on opening"))
    comparison = prove(template, filled.data, entries, results)
    return Proved(filled.data, comparison, (*filled.warnings, *said), filled.ending)


def read_grid(template: bytes) -> Grid:
    """A template as a person sees it, for binding.

    Raises:
        NhsbnError: when it is not a workbook that can be filled.
    """
    return read_template(template)
