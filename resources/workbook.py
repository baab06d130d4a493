"""Collection-tool workbooks: a template's grid read, and its answer cells filled.

Here: the writer's interface, and the writer that splices cells in and proves what it did. Not here: what is
written where (the core's collection tool), the splicing itself (its xlsx), and reading (its template reading).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from nhsbn.collection_tool import CellWrite
from nhsbn.template_grid import Grid
from nhsbn.template_reading import read_template
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry
from nhsbn.xlsx.verify import CLEARED, prove


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


class SpliceWriter:
    """A writer for any sender's workbook: it splices cells in, and compares the outcome with the template."""

    def fill(self, template: bytes, cells: Sequence[CellWrite]) -> FilledTool:
        """See :meth:`WorkbookWriter.fill`. The filled file is proved before it is handed out."""
        entries = [Entry(cell.sheet, cell.address, cell.value) for cell in cells]
        filled = fill(template, entries)
        comparison = prove(template, filled.data, entries)
        verification = {
            "cells written and read back": len(cells),
            "parts as they were, byte for byte": comparison.untouched,
            "formula results cleared": sum(one.what == CLEARED for one in comparison.differences),
            "differences that filling does not explain": len(comparison.harm),
            "to look at": [str(warning) for warning in filled.warnings],
        }
        return FilledTool(filled.data, verification)


def read_grid(template: bytes) -> Grid:
    """A template as a person sees it, for binding.

    Raises:
        NhsbnError: when it is not a workbook that can be filled.
    """
    return read_template(template)
