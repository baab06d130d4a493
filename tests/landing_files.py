"""Small extracts for the tests of landing: a restrictive interventions report, and a ledger, in many guises."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import xlsxwriter

from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister
from resources.extract_store import extract_path
from resources.inbox import Limits
from resources.landing import land_inbox
from resources.site import Site

KEY = b"a key for the tests only"
REGISTER: SourceRegister = Site().register
TITLES = (
    "Report: Restrictive Interventions",
    "INVENTED DATA - not a real extract",
    "Period: 01/04/2025 to 30/06/2025",
    "Run at: 03/07/2025 09:12",
)
HEADER = (
    "Incident Ref",
    "Seq",
    "Incident Date",
    "Intervention Type",
    "Start Time",
    "Duration",
    "Legal Status",
    "Patient Injured",
)
ROWS = (
    ("I1", "1", "02/04/2025", "Prone", "09:12", "5", "02", "N"),
    ("I1", "2", "02/04/2025", "Seated", "09:20", "12", "02", "N"),
    ("I2", "1", "03/05/2025", "Seclusion", "22:05", "240", "03", "Y"),
)
NAME = "Restrictive_Interventions_20250401_20250630.csv"


def text(
    rows: Sequence[Sequence[str]] = ROWS, header: Sequence[str] = HEADER, titles: Sequence[str] = TITLES
) -> str:
    """A CSV extract."""
    return "\r\n".join([*titles, ",".join(header), *(",".join(row) for row in rows), ""])


def xlsx(sheets: dict[str, Sequence[Sequence[Any]]], column: int = 0) -> bytes:
    """A workbook of sheets of rows, the tables beginning at a column."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for index, row in enumerate(rows):
            for offset, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(index, column + offset, cell)
                else:
                    sheet.write(index, column + offset, cell)
    book.close()
    return out.getvalue()


@dataclass
class Desk:
    """An inbox and a lake to try things on."""

    root: Path
    register: SourceRegister = field(default_factory=lambda: REGISTER)
    limits: Limits = field(default_factory=Limits)

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    def put(self, content: str | bytes, name: str = NAME, source: str = "risk") -> Path:
        path = self.inbox / source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def land(self, **options: Any) -> list[LandedFile]:
        return land_inbox(self.inbox, self.lake, self.register, KEY, limits=self.limits, **options)

    def land_one(self, content: str | bytes, name: str = NAME, source: str = "risk") -> LandedFile:
        self.put(content, name, source)
        (landed,) = self.land()
        return landed

    def rows(self, landed: LandedFile) -> list[dict[str, Any]]:
        path = extract_path(self.lake, self.register.reports[landed.report], landed.sha256)
        return pq.read_table(path).to_pylist()

    def column(self, landed: LandedFile, name: str) -> list[Any]:
        return [row[name] for row in self.rows(landed)]


def said(landed: LandedFile) -> str:
    """Everything said of a file."""
    return "\n".join(str(problem) for problem in (*landed.problems, *landed.warnings))
