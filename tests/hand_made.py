"""Landed extracts made by hand, for tests that begin after landing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from nhsbn.conformed.conforming import ConformedTable, Inputs
from nhsbn.extracts.landing import LandedFile, RowCounts
from resources.lake import Lake
from resources.landing import extract_path
from resources.site import Site

SITE = Site()


@dataclass
class HandMade:
    """A lake into which files are laid row by row."""

    root: Path
    site: Site = SITE
    files: dict[str, list[LandedFile]] = field(default_factory=dict)

    def lay(
        self,
        report: str,
        rows: Sequence[Mapping[str, str | None]],
        start: str,
        end: str,
        extracted: str,
        *,
        name: str = "",
        status: str = "admitted",
    ) -> LandedFile:
        """Lay one landed file; columns not given are blank; rows are numbered from 5 and may say ``_sheet``."""
        declared = self.site.register.reports[report]
        numbered = list(enumerate(rows, start=5))
        sha256 = hashlib.sha256(repr((report, start, end, extracted, name, rows)).encode()).hexdigest()
        columns = {
            column: pa.array([row.get(column) for _, row in numbered], pa.string())
            for column in declared.kept_columns
        }
        said = [row.get("_set_aside") for _, row in numbered]
        file = LandedFile(
            sha256=sha256,
            report=report,
            name=name or f"{report}_{extracted}.csv",
            sheet=None,
            size=1,
            period_start=date.fromisoformat(start),
            period_end=date.fromisoformat(end),
            extracted_at=datetime.fromisoformat(extracted),
            rows=RowCounts(
                read=len(rows),
                landed=len(rows) - len([s for s in said if s]),
                set_aside=len([s for s in said if s]),
            ),
            status=status,
        )
        table = pa.table(
            {
                **columns,
                "_row": pa.array([number for number, _ in numbered], pa.int64()),
                "_set_aside": pa.array(said, pa.string()),
                "_file": pa.array([file.file] * len(rows), pa.string()),
                "_file_name": pa.array([file.name] * len(rows), pa.string()),
                "_sheet": pa.array([row.get("_sheet") for row in rows], pa.string()),
            }
        )
        path = extract_path(self.root, declared, sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path)
        self.files.setdefault(report, []).append(file)
        return file

    @property
    def lake(self) -> Lake:
        return Lake(self.root)

    @property
    def inputs(self) -> Inputs:
        return self.site.inputs({report: tuple(files) for report, files in self.files.items()})

    def conform(self, table: str) -> ConformedTable:
        """The table, after those that it reads."""
        inputs = self.inputs
        for upstream in inputs.tables[table].header.tables:
            self.conform(upstream)
        return self.lake.conform(table, inputs)

    def rows(self, table: str, columns: str = "*", order: str = "_file, _row") -> list[tuple]:
        """Columns of a conformed table, made if it is not."""
        self.conform(table)
        with self.lake.connect(self.inputs, [table]) as connection:
            return connection.execute(f"select {columns} from conformed.{table} order by {order}").fetchall()

    def staged(self, report: str) -> duckdb.DuckDBPyConnection:
        """A connection with ``staged.<report>`` and ``issue.gone_<report>``."""
        connection = self.lake.connect(self.inputs)
        self.lake.stage(connection, self.inputs, report)
        return connection

    def outcomes(self, report: str) -> dict[tuple[str, int], str]:
        """What became of every landed row, by file and row."""
        with self.staged(report) as connection:
            gone = connection.execute(f"select _file, _row, outcome from issue.gone_{report}").fetchall()
            kept = connection.execute(f"select _file, _row from staged.{report}").fetchall()
        outcomes = {(file, row): outcome for file, row, outcome in gone}
        current = dict.fromkeys(kept, "current")
        assert not outcomes.keys() & current.keys()
        return outcomes | current
