"""A landed file: what became of one extract, and whether what hangs on it may use it.

Here: the record kept beside each landed file, its row counts that must add up, and the checks that need several
files. Not here: reading files, classing rows (row_classes), or typing cells (staging).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Literal

from nhsbn.errors import NhsbnError, Problem

Status = Literal["admitted", "blocked", "refused"]


class RefusedError(NhsbnError):
    """The file cannot be landed. The message says what was expected and what to do; the caller adds the name."""


@dataclass(frozen=True)
class RowCounts:
    """Rows of a file by what became of them.

    Attributes:
        read: every row of the landed sheets, titles and blank rows included.
        landed: rows that go on to staging.
        set_aside: rows kept with a reason and not used.
        blank: rows without a value.
        title: rows above the header, the header, and repeats of them.
        total: sub-totals, totals and footers.

    Raises:
        NhsbnError: when the parts do not add up to the rows read.
    """

    read: int = 0
    landed: int = 0
    set_aside: int = 0
    blank: int = 0
    title: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        """Refuse counts that lose or invent a row."""
        parts = self.landed + self.set_aside + self.blank + self.title + self.total
        if parts != self.read:
            raise NhsbnError(
                f"{self.read} rows were read and {parts} accounted for; report this as a fault of landing"
            )

    def __add__(self, other: RowCounts) -> RowCounts:
        """The counts of two sheets of one file."""
        return RowCounts(
            self.read + other.read,
            self.landed + other.landed,
            self.set_aside + other.set_aside,
            self.blank + other.blank,
            self.title + other.title,
            self.total + other.total,
        )


@dataclass(frozen=True)
class LandedFile:
    """What became of one file of the inbox.

    Attributes:
        sha256: hash of the file's bytes, in hex; empty for a file that was not read.
        report: the report its name says, or empty when its name is no report's.
        name: the file's name.
        sheet: the sheets landed, joined by ``"; "``; None for a text file.
        size: bytes.
        period_start: first day it covers.
        period_end: last day it covers.
        extracted_at: when the system wrote it, local time.
        rows: its rows by what became of them.
        status: ``admitted``; ``blocked`` (landed, but a check failed, so nothing may use it); ``refused`` (not
            landed).
        problems: why it is refused or blocked, each with the gate that found it.
        warnings: what a person should look at, though it is used.
        source: the folder of the inbox it lies in.
        version: hash of what else decides its Parquet: declaration, person key and reader.
    """

    sha256: str
    report: str
    name: str
    sheet: str | None
    size: int
    period_start: date | None
    period_end: date | None
    extracted_at: datetime | None
    rows: RowCounts
    status: Status
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    source: str = ""
    version: str = field(default="", compare=False)

    @property
    def file(self) -> str:
        """The short hash that every row carries as ``_file``."""
        return self.sha256[:12]

    def to_json(self) -> str:
        """The record as JSON, stable from run to run."""
        return json.dumps(asdict(self), default=lambda value: value.isoformat(), indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> LandedFile:
        """Read what :meth:`to_json` wrote.

        Raises:
            ValueError, KeyError, TypeError: when it is something else.
        """
        data = json.loads(text)
        for name, read in (("period_start", date), ("period_end", date), ("extracted_at", datetime)):
            data[name] = read.fromisoformat(data[name]) if data[name] else None
        data["rows"] = RowCounts(**data["rows"])
        for name in ("problems", "warnings"):
            data[name] = tuple(Problem(**problem) for problem in data[name])
        return cls(**data)


def gate(files: Iterable[LandedFile]) -> list[LandedFile]:
    """Apply the checks that need several files.

    Two files of one report for the same period, extracted at the same time and different in content, cannot both
    be true: neither is the later issue. Both are blocked.

    Args:
        files: everything in the inbox.

    Returns:
        The same files in the same order, some of them now blocked.
    """
    listed = list(files)
    rivals: dict[tuple[object, ...], list[LandedFile]] = defaultdict(list)
    for file in listed:
        if file.status == "admitted":
            rivals[file.report, file.period_start, file.period_end, file.extracted_at].append(file)
    blocked = {
        file.sha256: others
        for group in rivals.values()
        if len(group) > 1
        for file in group
        if (others := [other for other in group if other.sha256 != file.sha256])
    }
    return [
        _blocked_by(file, blocked[file.sha256]) if file.status == "admitted" and file.sha256 in blocked else file
        for file in listed
    ]


def _blocked_by(file: LandedFile, others: Sequence[LandedFile]) -> LandedFile:
    names = ", ".join(sorted(other.name for other in others))
    problem = Problem(
        file.name,
        f"disagrees with {names}: both are {file.report} for {file.period_start} to {file.period_end}, extracted "
        f"at {file.extracted_at}, and their contents differ. Keep the one that is right and take the other out of "
        "the inbox, or ask for a new extract.",
        "period",
    )
    return replace(file, status="blocked", problems=(*file.problems, problem))
