"""A small report, and landed files of it made by hand, for tests of expectations.

Here: no test. The Parquet is as landing writes it: text, identifiers hashed, each row's place, what is set aside.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from expectations.suites import EVERY_REPORT, Suite, load_suites
from nhsbn.extracts.landing import LandedFile, RowCounts
from nhsbn.extracts.reports import SourceRegister

REPORT = """
report: reportal_stays
source: reportal
title: Stays
description: Stays of invented patients.
file_name: 'Stays_(?P<yyyymm>\\d{6})'
kind: events
grain: one stay
key: [stay_id, patient_id]
covers: start_date
period: {shape: month}
columns:
  stay_id: {heading: Stay ID, type: text, required: true}
  patient_id: {heading: Patient ID, type: text, required: true, personal: hash}
  start_date: {heading: Start Date, type: date, required: true}
  end_date: {heading: End Date, type: date}
  fte: {heading: FTE, type: number}
  priority: {heading: Priority, type: code, codes: priority}
  ward: {heading: Ward, type: text}
"""
CODES = "lists: {priority: {'1': Emergency, '2': Urgent, '3': Routine}}"
COMMON = """
gates:
  - {id: required_columns, title: Headings, notes: Needed., instruction: Ask again.}
  - {id: period, title: Dates, notes: Needed., instruction: Rename it.}
  - {id: unique_key, title: Key, notes: Needed., instruction: Ask which.}
expectations: []
"""


def suite_of(*expectations: str) -> tuple[Suite, SourceRegister]:
    """A suite of the report with expectations written as YAML flow mappings without notes and instruction."""
    register = SourceRegister.load({"sources/reportal/stays.yaml": REPORT}, CODES, "sources/codelists.yaml")
    listed = "".join(
        f"\n  - {{{text}, title: So, notes: Because., instruction: Mend it.}}" for text in expectations
    )
    own = f"report: reportal_stays\nowner: Head of stays\nexpectations:{listed or ' []'}"
    texts = {EVERY_REPORT: COMMON, "expectations/reportal/stays.yaml": own}
    return load_suites(texts, register)["reportal_stays"], register


@dataclass
class Lake:
    """Landed files in a folder.

    Attributes:
        folder: where the Parquet goes.
        files: the files landed so far.
        parquet: the Parquet of each, by SHA-256.
    """

    folder: Path
    files: list[LandedFile] = field(default_factory=list)
    parquet: dict[str, Path] = field(default_factory=dict)

    def land(self, *rows: dict[str, str | None], month: int = 4, **facts: object) -> LandedFile:
        """Land a month of 2025; a row gives the cells that are not blank, and ``aside``, why it is set aside."""
        columns = ("stay_id", "patient_id", "start_date", "end_date", "fte", "priority", "ward")
        sha256 = hashlib.sha256(f"{month} {rows} {facts}".encode()).hexdigest()
        name = f"Stays_2025{month:02}.csv"
        table = {column: pa.array([row.get(column) for row in rows], pa.string()) for column in columns}
        table |= {
            "_file": pa.array([sha256[:12]] * len(rows), pa.string()),
            "_file_name": pa.array([name] * len(rows), pa.string()),
            "_sheet": pa.array([None] * len(rows), pa.string()),
            "_row": pa.array(range(5, 5 + len(rows)), pa.int64()),
            "_set_aside": pa.array([row.get("aside") for row in rows], pa.string()),
        }
        aside = sum(row.get("aside") is not None for row in rows)
        landed = LandedFile(
            sha256=sha256,
            report="reportal_stays",
            name=name,
            sheet=None,
            size=100,
            period_start=date(2025, month, 1),
            period_end=date(2025, month, 28),
            extracted_at=datetime(2025, month, 28, 9, 12),
            rows=RowCounts(read=len(rows), landed=len(rows) - aside, set_aside=aside),
            status="admitted",
            source="reportal",
        )
        landed = replace(landed, **facts)
        self.parquet[sha256] = self.folder / f"{sha256}.parquet"
        pq.write_table(pa.table(table), self.parquet[sha256])
        self.files.append(landed)
        return landed


def stay(stay_id: str = "S1", **cells: str | None) -> dict[str, str | None]:
    """A row that is as it should be, but for the cells given."""
    return {"stay_id": stay_id, "patient_id": "9f86d081884c7d65", "start_date": "01/04/2025", **cells}
