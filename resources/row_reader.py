"""What became of one row of one file: landed or not, staged or not, and every answer that it reaches.

Here: finding the row in what is kept, and following it onward. Not here: the way back from an answer
(``trace_reader``), and showing any of it. Nothing of the row itself is given out but its place.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb

from nhsbn.conformed.conforming import ConformedTable
from nhsbn.errors import NhsbnError
from nhsbn.tracing.recipe import Recipe
from nhsbn.tracing.row_trace import RowTrace
from nhsbn.tracing.trace import RowPlace, TracedFile
from resources.records_models import ToolVersion
from resources.row_follower import IS_PLACE, Follower, at
from resources.staging import left_out_path, parquet
from resources.trace_reader import TraceReader
from resources.traced_tools import Meant
from resources.workbook_files import read_whole

_HASH = re.compile(r"[0-9a-f]{6,64}")


@dataclass(frozen=True)
class SeenFile:
    """A file of the inbox as the records have it.

    Attributes:
        status: admitted, blocked or refused.
        read: its rows, titles and blanks included.
        why: the first problem found with it, or empty.
    """

    file: TracedFile
    status: str
    read: int
    why: str


class RowReader:
    """Follows rows of one home.

    Args:
        traces: of the same home.
    """

    def __init__(self, traces: TraceReader) -> None:
        self.traces = traces
        self._lost: dict[str, None] = {}

    def file(self, text: str) -> SeenFile:
        """A file by its path, its name, or the beginning of its SHA-256.

        Raises:
            NhsbnError: when there is none, or several, or it cannot be read.
        """
        seen = self._seen
        path = Path(text)
        if path.is_file():
            sha256 = hashlib.sha256(read_whole(path)).hexdigest()
            found = [sha256] if sha256 in seen else []
            if not found and any(one.file.name == path.name for one in seen.values()):
                raise NhsbnError(f"{path.name} was changed since it was landed, or never landed: run again first.")
        else:
            name = path.name.lower()
            found = [sha256 for sha256, one in seen.items() if one.file.name.lower() == name]
            if not found and _HASH.fullmatch(text.lower()):
                found = [sha256 for sha256 in seen if sha256.startswith(text.lower())]
        if len(found) > 1:
            listed = "; ".join(f"{one[:12]}, extracted {seen[one].file.extracted_at}" for one in found)
            raise NhsbnError(f"{len(found)} files are called {text}: {listed}. Give the one meant by that hash.")
        if not found:
            names = sorted({one.file.name for one in seen.values()})
            near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.4)
            like = f" Those most like it: {', '.join(near)}." if near else ""
            raise NhsbnError(f"No file {text!r} was ever landed here.{like} Files are listed by name or SHA-256.")
        return seen[found[0]]

    def follow(self, seen: SeenFile, row: int, sheet: str | None) -> RowTrace:
        """What became of a row.

        Raises:
            NhsbnError: when the file has no such row or sheet, or the row is on several sheets.
        """
        file = seen.file
        landed = next(iter(self.traces.home.lake.glob(f"extracts/*/{file.report}/{file.sha256}.parquet")), None)
        if landed is None:
            return RowTrace(
                RowPlace(file.file, sheet, row), file, "not landed", seen.why or "the file was refused"
            )
        with self.traces.lake.open() as connection:
            connection.execute("create schema measure")
            place, aside = _landed(connection, landed, seen, row, sheet)
            if aside is None:
                said = "a title, a heading, a total or a blank row: nothing for a table"
                return RowTrace(place, file, "not landed", said)
            if seen.status == "blocked":
                return RowTrace(place, file, "held back", seen.why)
            return self._onward(connection, place, file, aside)

    def _onward(
        self, connection: duckdb.DuckDBPyConnection, place: RowPlace, file: TracedFile, aside: str
    ) -> RowTrace:
        tables = self._tables(file)
        if not tables:
            of = "that can still be traced" if self._lost else "calculated so far"
            outcome, why = ("set aside", aside) if aside else ("landed", f"no period {of} used this file")
            return RowTrace(place, file, outcome, why, notes=tuple(self._lost))
        outcome, reason, instead = self._staged(connection, tables, place, file)
        held = {}
        for name, account in tables.items():
            parts = self.traces.lake.parts(account)
            if there := [part for part in parts if part.exists()]:
                held[name] = _count(connection, there, place)
            if lacks := len(parts) - len(there):
                self._lost[
                    f"Of the {len(parts)} files that hold {name} (version {account.version}), {lacks} cannot be "
                    "found in the lake: the row may be there. The next run makes the newest version's again."
                ] = None
        follower = Follower(self.traces, connection, place)
        reached, missed = follower.follow(self._followed)
        return RowTrace(
            place=place,
            file=file,
            outcome=outcome,
            reason=reason,
            instead=instead,
            tables=tuple((name, rows) for name, rows in held.items() if rows),
            measures=tuple(follower.held.items()),
            reached=tuple(reached),
            not_reached=tuple(missed),
            notes=(*self._lost, *follower.lost),
        )

    def _staged(
        self,
        connection: duckdb.DuckDBPyConnection,
        tables: dict[str, ConformedTable],
        place: RowPlace,
        file: TracedFile,
    ) -> tuple[str, str, RowPlace | None]:
        """What staging made of the row, in the newest table that read its file."""
        for name, account in tables.items():
            path = left_out_path(self.traces.lake.account_path(name, account.version), file.report)
            reads = any(one.file == file.file for one in account.files)
            if reads and not path.exists():
                self._lost[f"{path} is not there: what {name} left out of the file cannot be told."] = None
            if not path.exists():
                continue
            found = connection.execute(
                f"select outcome, reason, _instead from {parquet([path])} where {IS_PLACE}", at(place)
            ).fetchone()
            if found:
                instead = RowPlace(place.file, place.sheet, found[2]) if found[2] else None
                return found[0], found[1] or "", instead
            if reads:
                return "current", "", None
        return "current", "", None

    def _tables(self, file: TracedFile) -> dict[str, ConformedTable]:
        """The conformed tables behind every answer, newest of each, that hold or may hold rows of a file."""
        found: dict[str, ConformedTable] = {}
        reading: set[str] = set()
        for recipe in self._recipes():
            for table in recipe.tables:
                if table not in found:
                    account = self.traces.account(recipe, table)
                    if any(one.file == file.file for one in account.files) or reading.intersection(account.tables):
                        found[table] = account
                        reading.add(table)
        return found

    def _recipes(self) -> Iterator[Recipe]:
        """The recipe of every metric of the newest tools, those last made first."""
        done: set[str] = set()
        for version in self._followed:
            kept = self.traces.tool_recipe(Meant(version, ()))
            for code, metric_id in kept.codes.items():
                if kept.metrics[metric_id] not in done:
                    done.add(kept.metrics[metric_id])
                    yield self.traces.recipe(kept, code)

    @cached_property
    def _followed(self) -> list[ToolVersion]:
        """The newest version of each tool, those last made first; one that lacks a recipe is noted as lost."""
        newest = {(one.project, one.period, one.locality): one for one in self.traces.records.tools()}
        followed = []
        for version in sorted(newest.values(), key=lambda one: -one.id):
            try:
                kept = self.traces.tool_recipe(Meant(version, ()))
                for code in kept.codes:
                    self.traces.recipe(kept, code)
            except NhsbnError as error:
                self._lost[str(error)] = None
            else:
                followed.append(version)
        return followed

    @cached_property
    def _seen(self) -> dict[str, SeenFile]:
        """Every file the records know, by SHA-256, as it was last judged."""
        found: dict[str, SeenFile] = {}
        for row in self.traces.records.files():
            file = TracedFile(
                file=row.sha256[:12],
                sha256=row.sha256,
                name=row.name,
                report=row.report,
                period_start=_day(row.period_start),
                period_end=_day(row.period_end),
                extracted_at=datetime.fromisoformat(row.extracted_at) if row.extracted_at else None,
                rows=row.rows["landed"],
            )
            if row.sha256 and (row.status != "refused" or row.sha256 not in found):
                why = ": ".join(row.problems[0]) if row.problems and row.status != "admitted" else ""
                found[row.sha256] = SeenFile(file, row.status, row.rows["read"], why)
        return found


def _count(connection: duckdb.DuckDBPyConnection, parts: Sequence[Path], place: RowPlace) -> int:
    found = connection.execute(f"select count(*) from {parquet(parts)} where {IS_PLACE}", at(place)).fetchone()
    return int(found[0]) if found else 0


def _landed(
    connection: duckdb.DuckDBPyConnection, path: Path, seen: SeenFile, row: int, sheet: str | None
) -> tuple[RowPlace, str | None]:
    """The row's place, and why landing set it aside, or empty; None where it was not landed.

    Raises:
        NhsbnError: when the file has no such row or sheet, or the row is on several sheets.
    """
    name = seen.file.name
    sheets = connection.execute(
        f"select _sheet, max(_row) from {parquet([path])} group by _sheet order by _sheet"
    ).fetchall()
    listed = ", ".join(repr(one) for one, _ in sheets)
    if sheet is not None and sheet not in [one for one, _ in sheets]:
        has = f"it has {listed}" if sheets and sheets[0][0] is not None else "it has no sheets; leave --sheet out"
        raise NhsbnError(f"{name} has no sheet {sheet!r} that was landed: {has}.")
    found = connection.execute(
        f"""select distinct _sheet, _set_aside from {parquet([path])}
        where _row = $row and ($sheet is null or _sheet = $sheet)""",
        {"row": row, "sheet": sheet},
    ).fetchall()
    if len(found) > 1:
        raise NhsbnError(
            f"{name} has a row {row} on each of {len(found)} sheets. Say which: --sheet, of {listed}."
        )
    if found:
        return RowPlace(seen.file.file, found[0][0], row), found[0][1] or ""
    last = max((number for _, number in sheets), default=0)
    if row < 1 or row > max(last, seen.read):
        raise NhsbnError(f"{name} has no row {row}: its rows are numbered from 1 to {max(last, seen.read):,}.")
    return RowPlace(seen.file.file, sheet or (sheets[0][0] if len(sheets) == 1 else None), row), None


def _day(value: Any) -> date | None:
    return value if isinstance(value, date) or value is None else date.fromisoformat(value)
