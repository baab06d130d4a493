"""The lake: landed extracts, conformed tables and measures as Parquet, and DuckDB over them.

Here: where Parquet lies, opening a DuckDB connection with every relation that SQL may name, and making a conformed
table or a measure once for each version. Not here: what the SQL says (sql, nhsbn.conformed), and landing files.

Nothing is kept between calls but files; each connection is its caller's own.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa

from nhsbn.conformed.conforming import TOLERANCE, ConformedTable, Conserved, Inputs, Missing, UsedFile
from nhsbn.conformed.mappings import MappingTable
from nhsbn.conformed.sqlfiles import ConformedSql
from nhsbn.conformed.staging import MACROS
from nhsbn.errors import NhsbnError
from resources.kept import keep_text
from resources.landing import extract_path
from resources.staging import Staged, keep_left_out, left_out_path, one, parquet, stage

SCHEMAS = ("landed", "issue", "staged", "map", "conformed", "unmapped", "measure", "ref")
_HIDDEN = ("_map_", "_differs_")


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

    def conformed_path(self, table: str, version: str) -> Path:
        """Where a version of a conformed table lies."""
        return self.root / "conformed" / table / f"{version}.parquet"

    def measure_path(self, measure: str, version: str) -> Path:
        """Where the rows of a version of a measure lie."""
        return self.root / "measures" / measure / f"{version}.parquet"

    def account(self, table: str, version: str) -> ConformedTable | None:
        """The account of a version already made, or nothing."""
        path = self.conformed_path(table, version)
        if not path.exists():
            return None
        return ConformedTable.from_json(path.with_suffix(".json").read_text(encoding="utf-8"))

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

    def stage(self, connection: duckdb.DuckDBPyConnection, inputs: Inputs, report: str) -> Staged:
        """Add ``landed.<report>`` and ``staged.<report>`` to a connection.

        Raises:
            NhsbnError: when the rows of the lake are not those that landing counted.
        """
        files = inputs.admitted(report)
        declared = inputs.register.reports[report]
        paths = [extract_path(self.root, declared, file.sha256) for file in files]
        return stage(connection, inputs.staging(report), files, paths)

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
            staged = [self.stage(connection, inputs, report) for report in file.header.reports]
            path = self.conformed_path(table, version)
            draft = self._write(connection, file, path)
            account = ConformedTable(
                table,
                version,
                rows=one(connection, f"select count(*) from {parquet([draft])}"),
                seconds=time.perf_counter() - started,
                counts=tuple(one.counts for one in staged),
                conserved=_conserved(connection, file, draft),
                unmapped=_missing(connection, file, draft, "_map_"),
                differs=_missing(connection, file, draft, "_differs_"),
                set_aside=tuple(reason for one in staged for reason in one.set_aside),
                unread=tuple(unread for one in staged for unread in one.unread),
                files=tuple(UsedFile.of(one) for report in file.header.reports for one in inputs.admitted(report)),
                maps={name: inputs.maps[name].version for name in file.header.maps},
                tables={name: inputs.versions[name] for name in file.header.tables},
                sql=file.text,
            )
            try:
                account.reconcile()
                for report in file.header.reports:
                    keep_left_out(connection, inputs.staging(report), left_out_path(path, report))
                for name in file.header.maps:
                    self._keep_map(inputs.maps[name])
                # The Parquet is what says that a version is made, so its account is in place before it.
                path.with_suffix(".json").write_text(account.to_json(), encoding="utf-8")
                draft.replace(path)
            finally:
                draft.unlink(missing_ok=True)
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
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        try:
            connection.execute(f"copy measure.{name} to '{_quoted(draft)}' (format parquet, parquet_version v2)")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def _create_conformed(self, connection: duckdb.DuckDBPyConnection, file: ConformedSql, version: str) -> None:
        """Views of a conformed table, and of the keys it could not map."""
        path = self.conformed_path(file.name, version)
        if not path.exists():
            raise NhsbnError(f"conformed.{file.name} has not been made for these extracts; make it first")
        columns = ", ".join(file.header.types)
        connection.execute(f"create view conformed.{file.name} as select {columns} from {parquet([path])}")
        connection.execute(f"create view unmapped.{file.name} as {_missing_sql(connection, file, path, '_map_')}")

    def _write(self, connection: duckdb.DuckDBPyConnection, file: ConformedSql, path: Path) -> Path:
        """Run the SELECT into a draft beside ``path``."""
        columns = _checked_columns(connection, file)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        connection.execute(
            f"copy (select {columns} from ({file.select}\n)) to '{_quoted(draft)}' "
            "(format parquet, parquet_version v2)"
        )
        return draft


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _checked_columns(connection: duckdb.DuckDBPyConnection, file: ConformedSql) -> str:
    """The columns to keep, in the order of the header, hidden ones last.

    Raises:
        NhsbnError: when the SELECT returns other columns or types than the header says.
    """
    described = connection.execute(f"describe {file.select}").fetchall()
    found = {name: kind.lower() for name, kind, *_ in described}
    hidden = [name for name in found if name.startswith(_HIDDEN)]
    returned = {name: kind for name, kind in found.items() if name not in hidden}
    expected: dict[str, str] = dict(file.header.types)
    faults = [
        f"{name} is {kind}, not {expected.get(name, 'declared')}"
        for name, kind in returned.items()
        if expected.get(name) != kind
    ]
    faults += [f"{name} is declared and not returned" for name in expected if name not in returned]
    maps = {f"_{name}" for name in file.header.maps}
    faults += [
        f"{name} is of no mapping table it reads" for name in hidden if "_map_" in name and name not in maps
    ]
    if faults:
        raise NhsbnError(f"{file.where}: the SELECT and the header's columns differ: {'; '.join(faults)}")
    return ", ".join([*expected, *hidden])


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


def _missing_sql(connection: duckdb.DuckDBPyConnection, file: ConformedSql, path: Path, prefix: str) -> str:
    """Keys in the hidden columns of one kind, with their rows and pounds."""
    described = connection.execute(f"describe select * from {parquet([path])}").fetchall()
    hidden = [name for name, *_ in described if name.startswith(prefix)]
    pounds = f"sum({file.header.pounds})" if file.header.pounds else "cast(null as double)"
    parts = [
        f"""select '{file.name}' as table_name, '{name.removeprefix("_")}' as map_name, {name} as key_text,
            count(*) as rows, {pounds} as pounds
        from {parquet([path])} where {name} is not null group by {name}"""
        for name in hidden
    ]
    nothing = "select '' as table_name, '' as map_name, '' as key_text, 0::bigint as rows"
    return " union all ".join(parts) or f"{nothing}, null::double as pounds where false"


def _missing(
    connection: duckdb.DuckDBPyConnection, file: ConformedSql, path: Path, prefix: str
) -> tuple[Missing, ...]:
    found = connection.execute(
        f"select map_name, key_text, rows, pounds from ({_missing_sql(connection, file, path, prefix)}) "
        "order by rows desc, map_name, key_text"
    ).fetchall()
    return tuple(Missing(*row) for row in found)


def _conserved(connection: duckdb.DuckDBPyConnection, file: ConformedSql, path: Path) -> tuple[Conserved, ...]:
    """The totals that the header says are kept, before and after."""
    if not file.header.conserves:
        return ()
    report = file.header.reports[0]
    totals = []
    for column, staged in file.header.conserves.items():
        if column == "rows":
            totals.append(_conserved_rows(connection, file, path))
            continue
        before, after = (
            connection.execute(f"select coalesce(sum({name}), 0)::double from {relation}").fetchone()[0]
            for name, relation in ((staged, f"staged.{report}"), (column, parquet([path])))
        )
        totals.append(Conserved(column, before, after))
    return tuple(totals)


def _conserved_rows(connection: duckdb.DuckDBPyConnection, file: ConformedSql, path: Path) -> Conserved:
    """Current rows, and those of them that the table holds: as many of each file, with the same row numbers.

    A row shared out over localities counts by its shares.
    """
    report, share = file.header.reports[0], "share" if "share" in file.header.columns else "1.0"
    before = one(connection, f"select sum(rows) from issue.kept_{report}")
    after = one(
        connection,
        f"""with held as (
            select _file, sum({share}) as rows, sum({share} * _row) as row_sum
            from {parquet([path])} group by _file
        )
        select sum(kept.rows) from held join issue.kept_{report} as kept
            on kept._file = held._file
            and abs(kept.rows - held.rows) < {TOLERANCE}
            and abs(kept.row_sum - held.row_sum) < {TOLERANCE} * kept.rows""",
    )
    return Conserved("rows", before, after)
