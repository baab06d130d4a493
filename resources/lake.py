"""The lake: landed extracts, conformed tables and measures as Parquet, and DuckDB over them.

Here: where Parquet lies, opening a DuckDB connection with every relation that SQL may name, and making a conformed
table or a measure once for each version. Not here: what the SQL says (sql, nhsbn.conformed), landing files, and
how the rows of a conformed table are written and counted (conformed_parts).

Nothing is kept between calls but files; each connection is its caller's own.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from nhsbn.conformed.conforming import ConformedTable, Inputs, UsedFile
from nhsbn.conformed.mappings import MappingTable
from nhsbn.conformed.sqlfiles import ConformedSql
from nhsbn.conformed.staging import MACROS
from nhsbn.errors import NhsbnError
from resources.conformed_parts import checked_select, conserved, missing, missing_sql, parts_of
from resources.kept import keep_text
from resources.landing import extract_path
from resources.staging import Staged, keep_left_out, left_out_path, one, parquet, stage
from resources.workbook_files import write_whole
from resources.write_once import drafted, write_once

SCHEMAS = ("landed", "issue", "staged", "map", "conformed", "unmapped", "measure", "ref")


@dataclass(frozen=True)
class Lake:
    """A lake in a folder.

    Attributes:
        root: the folder.
        memory_limit: what DuckDB may hold in one connection before it spills to disk. Two may work at once.
        threads: of DuckDB; its own choice if none.
    """

    root: Path
    memory_limit: str = "640MB"
    threads: int | None = None

    def account_path(self, table: str, version: str) -> Path:
        """Where the account of a version of a conformed table lies, its Parquet beside it."""
        return self.root / "conformed" / table / f"{version}.json"

    def parts(self, account: ConformedTable) -> list[Path]:
        """The Parquet files that hold a version of a conformed table."""
        folder = self.account_path(account.table, account.version).parent
        return [folder / name for name in account.parts]

    def measure_path(self, measure: str, version: str) -> Path:
        """Where the rows of a version of a measure lie."""
        return self.root / "measures" / measure / f"{version}.parquet"

    def account(self, table: str, version: str) -> ConformedTable | None:
        """The account of a version already made, or nothing."""
        path = self.account_path(table, version)
        if not path.exists():
            return None
        account = ConformedTable.from_json(path.read_text(encoding="utf-8"))
        return account if all(part.exists() for part in self.parts(account)) else None

    def open(self) -> duckdb.DuckDBPyConnection:
        """A connection of the caller's own with nothing in it, which spills to the lake's folder and no other."""
        return duckdb.connect(
            config={
                "memory_limit": self.memory_limit,
                # DuckDB names its spill files alike in every connection, so that each needs a folder of its own.
                "temp_directory": str(self.root / f"spill-{uuid4().hex}"),
                "preserve_insertion_order": False,
                **({"threads": self.threads} if self.threads else {}),
            }
        )

    def connect(
        self, inputs: Inputs, tables: Iterable[str] = (), maps: Iterable[str] = ()
    ) -> duckdb.DuckDBPyConnection:
        """A connection of the caller's own, with every schema and macro that SQL may name.

        Args:
            inputs: of this run.
            tables: made before; opened as ``conformed.<table>`` and ``unmapped.<table>``.
            maps: opened as ``map.<name>``.

        Raises:
            NhsbnError: when one of the tables has not been made.
        """
        connection = self.open()
        for statement in (*(f"create schema {schema}" for schema in SCHEMAS), *MACROS):
            connection.execute(statement)
        for name in maps:
            _create_map(connection, inputs.maps[name])
        for name in tables:
            self._create_conformed(connection, inputs.tables[name], inputs.versions[name])
        return connection

    def stage(
        self, connection: duckdb.DuckDBPyConnection, inputs: Inputs, report: str, *, by_file: bool = False
    ) -> Staged:
        """Add ``landed.<report>`` and ``staged.<report>`` to a connection.

        Args:
            connection: of this lake.
            inputs: of this run.
            report: its id.
            by_file: add a view of each file's rows too, and keep what examining it gives, so that it is examined
                once.

        Raises:
            NhsbnError: when the rows of the lake are not those that landing counted.
        """
        files = inputs.admitted(report)
        declared = inputs.register.reports[report]
        paths = [extract_path(self.root, declared, file.sha256) for file in files]
        folder = self.root / "examined" / report
        examined = [folder / f"{inputs.examined_version(file)}.parquet" for file in files] if by_file else []
        return stage(connection, inputs.staging(report), files, paths, examined)

    def conform(self, table: str, inputs: Inputs) -> ConformedTable:
        """Make a conformed table, unless this version of it is there.

        The tables it reads must have been made. A report without files gives an empty table.

        Returns:
            The account of it, whether made now or before.

        Raises:
            NhsbnError: when the SELECT does not return the columns its header says, or a total is not kept.
        """
        version = inputs.versions[table]
        if made := self.account(table, version):
            return made
        started = time.perf_counter()
        file = inputs.tables[table]
        with self.connect(inputs, file.header.tables, file.header.maps) as connection:
            by_file = file.header.by_file
            staged = [self.stage(connection, inputs, report, by_file=by_file) for report in file.header.reports]
            path = self.account_path(table, version)
            parts = parts_of(connection, inputs, table, checked_select(connection, file))
            with drafted(connection, {path.with_name(name): rows for name, rows in parts.items()}) as held:
                account = ConformedTable(
                    table,
                    version,
                    rows=one(connection, f"select count(*) from {parquet(held)}"),
                    seconds=time.perf_counter() - started,
                    counts=tuple(one.counts for one in staged),
                    conserved=conserved(connection, file, held),
                    unmapped=missing(connection, file, held, "_map_"),
                    differs=missing(connection, file, held, "_differs_"),
                    set_aside=tuple(reason for one in staged for reason in one.set_aside),
                    unread=tuple(unread for one in staged for unread in one.unread),
                    files=tuple(
                        UsedFile.of(one) for report in file.header.reports for one in inputs.admitted(report)
                    ),
                    maps={name: inputs.maps[name].version for name in file.header.maps},
                    tables={name: inputs.versions[name] for name in file.header.tables},
                    sql=file.text,
                    parts=tuple(parts),
                )
                account.reconcile()
                for report in file.header.reports:
                    keep_left_out(connection, inputs.staging(report), left_out_path(path, report))
                for name in file.header.maps:
                    self._keep_map(inputs.maps[name])
            # The account is what says that a version is made, so everything else is in place before it.
            write_whole(path, account.to_json().encode())
        return account

    def map_path(self, name: str, version: str) -> Path:
        """Where the text of a version of a mapping table lies."""
        return self.root / "maps" / name / f"{version}.csv"

    def _keep_map(self, mapping: MappingTable) -> None:
        """Keep a mapping table as it was used, so that a past version can be read when it has moved on."""
        keep_text(self.map_path(mapping.name, mapping.version), mapping.text)

    def measure(self, connection: duckdb.DuckDBPyConnection, name: str, version: str, select: str) -> None:
        """Add ``measure.<name>`` to a connection: its rows as kept, or made by ``select`` and kept from now on."""
        path = self.measure_path(name, version)
        if path.exists():
            connection.execute(f"create table measure.{name} as select * from {parquet([path])}")
            return
        connection.execute(f"create table measure.{name} as {select}")
        write_once(connection, {path: f"from measure.{name}"})

    def _create_conformed(self, connection: duckdb.DuckDBPyConnection, file: ConformedSql, version: str) -> None:
        """Views of a conformed table, and of the keys it could not map."""
        account = self.account(file.name, version)
        if account is None:
            raise NhsbnError(f"conformed.{file.name} has not been made for these extracts; make it first")
        held = self.parts(account)
        columns = ", ".join(file.header.types)
        connection.execute(f"create view conformed.{file.name} as select {columns} from {parquet(held)}")
        connection.execute(f"create view unmapped.{file.name} as {missing_sql(connection, file, held, '_map_')}")


def _create_map(connection: duckdb.DuckDBPyConnection, mapping: MappingTable) -> None:
    """``map.<name>``: keys normalised, open validity made of far days."""
    types = {"text": "varchar", "flag": "boolean", "number": "double", "integer": "integer"}
    columns = {name: types[column.type] for name, column in mapping.declaration.columns.items()}
    columns |= {"valid_from": "date", "valid_to": "date"}
    listed = pa.table({name: [row[name] for row in mapping.rows] for name in columns})
    typed = ", ".join(
        f"norm({name}) as {name}" if name in mapping.declaration.key else f"cast({name} as {kind}) as {name}"
        for name, kind in columns.items()
    )
    connection.register("listed", listed)
    connection.execute(f"create table map.{mapping.name} as select {typed} from listed")
    connection.unregister("listed")
