"""What a conformed table is made from, which version of it that makes, and what became of every row.

Here: the inputs of every table and the version they amount to, known before anything runs; the account of a table
made, and the reconciliation it must pass. Not here: running SQL and keeping Parquet (the lake).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from nhsbn.conformed.mappings import MappingTable
from nhsbn.conformed.sqlfiles import ConformedSql
from nhsbn.conformed.staging import MACROS, Staging
from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import SourceRegister

TOLERANCE = 1e-6


@dataclass(frozen=True)
class Inputs:
    """Everything that conformed tables are made from.

    Attributes:
        register: reports and code lists.
        tables: the SQL of every conformed table by name, each after those it reads.
        maps: mapping tables by name.
        files: report to its landed files; only admitted ones are used, and a report may have none.
    """

    register: SourceRegister
    tables: Mapping[str, ConformedSql]
    maps: Mapping[str, MappingTable]
    files: Mapping[str, tuple[LandedFile, ...]]

    def admitted(self, report: str) -> tuple[LandedFile, ...]:
        """The files of a report whose rows may be used, in order of name and content."""
        files = (file for file in self.files.get(report, ()) if file.status == "admitted")
        return tuple(sorted(files, key=lambda file: (file.name, file.sha256)))

    def staging(self, report: str) -> Staging:
        """The SQL that stages a report."""
        return Staging(self.register.reports[report], self.register.codelists)

    @cached_property
    def versions(self) -> Mapping[str, str]:
        """The version of every conformed table."""
        found: dict[str, str] = {}
        for name, table in self.tables.items():
            found[name] = _digest(
                [
                    table.text,
                    *(f"{upstream} {found[upstream]}" for upstream in table.header.tables),
                    *(f"{name} {self.maps[name].version}" for name in table.header.maps if name in self.maps),
                    *(self._report_version(report) for report in table.header.reports),
                ]
            )
        return found

    def examined_version(self, file: LandedFile) -> str:
        """The version of what examining one file gives."""
        return _digest([*MACROS, self.staging(file.report).examine(""), _file_version(file)])

    def part_version(self, table: str, file: LandedFile, current: Iterable[object]) -> str:
        """The version of those rows of a table made by file that come from one file.

        Args:
            table: its name.
            file: the file.
            current: whatever tells which of the file's rows are current.
        """
        header = self.tables[table].header
        staging = self.staging(file.report)
        parts = [self.tables[table].text, *MACROS, staging.staged("", ""), _file_version(file), *map(str, current)]
        return _digest([*parts, *(f"{name} {self.maps[name].version}" for name in header.maps)])

    def _report_version(self, report: str) -> str:
        staging = self.staging(report)
        sql = (staging.examine(""), staging.overtaken(""), staging.twins(), staging.staged("", ""))
        parts = [report, *MACROS, *sql]
        return _digest([*parts, *map(_file_version, self.admitted(report))])


def _file_version(file: LandedFile) -> str:
    return f"{file.sha256} {file.version} {file.period_start} {file.period_end} {file.extracted_at}"


def _digest(parts: Iterable[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Counts:
    """The landed rows of one report by outcome.

    Raises:
        NhsbnError: when the outcomes do not add up to the rows landed.
    """

    report: str
    landed: int
    current: int
    superseded: int
    withdrawn: int
    duplicate: int
    set_aside: int

    def __post_init__(self) -> None:
        """Refuse counts that lose or invent a row."""
        outcomes = self.current + self.superseded + self.withdrawn + self.duplicate + self.set_aside
        if outcomes != self.landed:
            raise NhsbnError(
                f"{self.report}: {self.landed} rows were landed and {outcomes} accounted for in staging; "
                "report this as a fault of staging"
            )


@dataclass(frozen=True)
class SetAside:
    """Rows of one report set aside for one reason.

    Attributes:
        reason: the column and what was expected of it; never a value.
        rows: how many.
        examples: the first few, each ``file, row``, with the value where it may be shown.
    """

    report: str
    reason: str
    rows: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Unread:
    """Cells of one optional column that could not be read, and are blank from here on."""

    report: str
    heading: str
    rows: int


@dataclass(frozen=True)
class Conserved:
    """A total before and after."""

    column: str
    staged: float
    conformed: float

    @property
    def holds(self) -> bool:
        """Whether they agree, but for the last bits of a long sum."""
        return abs(self.staged - self.conformed) <= TOLERANCE * max(1.0, abs(self.staged) * 1e-6)


@dataclass(frozen=True)
class Missing:
    """A key that a mapping table lacks, or of which two sources say different things.

    Attributes:
        map_name: the mapping table; or for a difference, what differs.
        key_text: the key.
        rows: how many rows have it.
        pounds: the money in them, where the table holds money.
    """

    map_name: str
    key_text: str
    rows: int
    pounds: float | None = None


@dataclass(frozen=True)
class UsedFile:
    """An extract file that a conformed table was made from."""

    sha256: str
    name: str
    report: str
    period_start: str
    period_end: str
    extracted_at: str

    @classmethod
    def of(cls, file: LandedFile) -> UsedFile:
        """The file as it was landed; dates as ISO text, empty where it says none."""
        dates = (file.period_start, file.period_end, file.extracted_at)
        start, end, extracted = (day.isoformat() if day else "" for day in dates)
        return cls(file.sha256, file.name, file.report, start, end, extracted)

    @property
    def file(self) -> str:
        """The short hash that every row carries as ``_file``."""
        return self.sha256[:12]


@dataclass(frozen=True)
class ConformedTable:
    """The account of one conformed table: with it, any past version can be told apart into what it was made from.

    Attributes:
        table: its name.
        version: of everything it was made from.
        rows: how many it has.
        seconds: how long it took.
        counts: what became of the landed rows of each report it reads.
        conserved: totals kept.
        unmapped: keys its mapping tables lack.
        differs: keys of which two sources say different things; a warning.
        set_aside: why rows were set aside.
        unread: optional cells that could not be read.
        files: the files it was made from.
        maps: mapping table to its version.
        tables: conformed table that it reads to its version.
        sql: its SQL file.
        parts: names of the Parquet files that hold it.
    """

    table: str
    version: str
    rows: int
    seconds: float = field(compare=False)
    counts: tuple[Counts, ...] = ()
    conserved: tuple[Conserved, ...] = ()
    unmapped: tuple[Missing, ...] = ()
    differs: tuple[Missing, ...] = ()
    set_aside: tuple[SetAside, ...] = ()
    unread: tuple[Unread, ...] = ()
    files: tuple[UsedFile, ...] = ()
    maps: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, str] = field(default_factory=dict)
    sql: str = ""
    parts: tuple[str, ...] = ()

    def reconcile(self) -> None:
        """Hold the table to what it must keep.

        Raises:
            NotKeptError: naming each total that was not kept.
        """
        lost = [total for total in self.conserved if not total.holds]
        if lost:
            said = "; ".join(
                f"{total.column} was {total.staged:.6f} and is {total.conformed:.6f}" for total in lost
            )
            raise NotKeptError(
                self,
                f"conformed.{self.table} does not keep what it was given: {said}. "
                "Look in its SQL for a join that drops or repeats rows.",
            )

    @property
    def unmapped_rows(self) -> int:
        """Rows counted once for each mapping table that lacks their key."""
        return sum(one.rows for one in self.unmapped)

    def to_json(self) -> str:
        """As kept beside the Parquet."""
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> ConformedTable:
        """Read what :meth:`to_json` wrote."""
        data = json.loads(text)
        parts: dict[str, Any] = {
            "counts": Counts, "conserved": Conserved, "unmapped": Missing, "differs": Missing, "unread": Unread,
            "files": UsedFile,
        }  # fmt: skip
        for name, kind in parts.items():
            data[name] = tuple(kind(**one) for one in data.get(name, ()))
        # Before there were parts, a table was one file under its version.
        data["parts"] = tuple(data.get("parts") or [f"{data['version']}.parquet"])
        data["set_aside"] = tuple(
            SetAside(**{**one, "examples": tuple(one["examples"])}) for one in data["set_aside"]
        )
        return cls(**data)


class NotKeptError(NhsbnError):
    """A conformed table lost or gained something of what it was given.

    Attributes:
        account: of the table, which is not kept.
    """

    def __init__(self, account: ConformedTable, message: str) -> None:
        super().__init__(message)
        self.account = account
