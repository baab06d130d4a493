"""What every report's files are made from: the trust, its calendar and people, and a stream of chance for each.

Here: the shared inputs and the answer each report gives (its extracts and its truth). Not here: any report.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from nhsbn.extracts.reports import Report
from synth.calendar import Calendar
from synth.forms import Extract, Form, Sheet
from synth.people import People
from synth.shape import Shape


@dataclass(frozen=True)
class World:
    """The inputs of every simulation.

    Attributes:
        scale: 1 is a whole trust.
        seed: the same seed draws the same world.
    """

    shape: Shape
    calendar: Calendar
    people: People
    scale: float
    seed: int

    @classmethod
    def invent(cls, shape: Shape, calendar: Calendar, scale: float, seed: int) -> World:
        """Draw the people of a world."""
        return cls(shape, calendar, People.invent(np.random.default_rng([seed, 0]), scale), scale, seed)

    def chance(self, name: str) -> np.random.Generator:
        """The stream of random numbers of one thing: changing one report leaves the others as they were."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])

    def report(self, name: str) -> Report:
        """A declared report."""
        return self.shape.register.reports[name]


@dataclass(frozen=True)
class Told:
    """What one simulation yields: files, one after another, and the truth they came from."""

    extracts: Iterable[Extract]
    truth: dict[str, pa.Table]


def sheet(cells: dict[str, pa.Array] | pa.Table, name: str = "Sheet1") -> tuple[Sheet, ...]:
    """The only sheet of a file."""
    return (Sheet(name, pa.table(cells)),)


def reportal_form(index: int, **changes: object) -> Form:
    """RePortal's print form, which differs from month to month: encodings, dates, headings, blanks and footers."""
    settings: dict[str, object] = {
        "kind": "csv",
        "encoding": "cp1252" if index % 7 == 3 else "utf-8-sig",
        "date_form": ("dmy", "dmy", "dmy", "dmony", "iso")[index % 5],
        "headings": int(index % 6 == 5),
        "blank": "NULL" if index % 8 == 6 else "",
        "blank_rows": 2 * (index % 3 == 0),
        "footer": "End of report: {rows} rows" if index % 2 == 0 else "",
    }
    if index == 4:
        settings |= {"encoding": "utf-16", "delimiter": "\t"}
    return Form(**(settings | changes))  # type: ignore[arg-type]
