"""Which dates the extracts at hand cover: what zero, missing and withheld are told apart by.

Here: gaps and blocked files of a report for a span of months, the files used, and the names by which a tool speaks
of systems and reports. Not here: how a file comes to be admitted or blocked (landing).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property

from nhsbn.extracts.landing import LandedFile
from nhsbn.extracts.reports import Report
from nhsbn.periods import Month

SYSTEMS = {
    "esr": "ESR",
    "ledger": "Finance ledger",
    "reportal": "RePortal",
    "risk": "Risk management system",
    "mha": "MHA register",
}
"""The five systems as a tool names them."""


@dataclass(frozen=True)
class Coverage:
    """The extract files that arrived.

    A month is covered by a snapshot report when a file holds the month's last day, and by a report of events when
    its files together hold every day of it.

    Attributes:
        files: every file that landing saw, gated.
    """

    reports: Mapping[str, Report]
    files: Sequence[LandedFile]
    _gaps: dict[tuple[str, Month, Month], str] = field(default_factory=dict, init=False, repr=False, compare=False)
    _used: dict[tuple[str, Month, Month], tuple[LandedFile, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def used(self, report: str, months: Sequence[Month]) -> tuple[LandedFile, ...]:
        """The admitted files of a report that answer for any day of the months, in order of their dates.

        A file whose days there are all held by files extracted later is replaced by them, and not used.
        """
        key = (report, months[0], months[-1])
        if key not in self._used:
            self._used[key] = self._found(report, months)
        return self._used[key]

    def blocked(self, report: str, months: Sequence[Month]) -> LandedFile | None:
        """The first file of a report that touches the months and failed a check that blocks.

        A file whose days there are all held by admitted files extracted later holds nothing back: it is replaced.
        """
        admitted = self._of(report, "admitted")
        for file in self._of(report, "blocked"):
            later = [one for one in admitted if _is_later(one, file)]
            if _touches(file, months) and (file.period_start is None or _unheld(file, months, later)):
                return file
        return None

    def gap(self, report: str, months: Sequence[Month]) -> str:
        """What of the months a report's admitted files leave uncovered, as a reason; empty when nothing."""
        key = (report, months[0], months[-1])
        if key not in self._gaps:
            self._gaps[key] = self._gap(report, months)
        return self._gaps[key]

    def parts(self, report: str) -> tuple[str, ...]:
        """System and report, saying the system once: ``RePortal`` and ``Contacts``."""
        declared = self.reports[report]
        system = SYSTEMS[declared.source]
        title = declared.title.removeprefix(system).strip()
        return (system, title) if title else (system,)

    def name(self, report: str) -> str:
        """A report as said in a sentence: ``RePortal Contacts``."""
        return " ".join(self.parts(report))

    def _of(self, report: str, status: str) -> Sequence[LandedFile]:
        return self._sorted.get((report, status), ())

    @cached_property
    def _sorted(self) -> Mapping[tuple[str, str], Sequence[LandedFile]]:
        """Report and status to its files, by name."""
        found: dict[tuple[str, str], list[LandedFile]] = {}
        for file in sorted(self.files, key=lambda file: file.name):
            found.setdefault((file.report, file.status), []).append(file)
        return found

    def _found(self, report: str, months: Sequence[Month]) -> tuple[LandedFile, ...]:
        admitted = self._of(report, "admitted")
        found = [
            file
            for file in admitted
            if _touches(file, months) and _unheld(file, months, [one for one in admitted if _is_later(one, file)])
        ]
        return tuple(sorted(found, key=lambda file: (str(file.period_start), str(file.period_end), file.name)))

    def _gap(self, report: str, months: Sequence[Month]) -> str:
        admitted = self._of(report, "admitted")
        refused = [file for file in self._of(report, "refused") if _touches(file, months)]
        also = f" ({'; '.join(f'{file.name} was refused: {why(file)}' for file in refused)})" if refused else ""
        if not admitted:
            return f"no {self.name(report)} extract has been received{also}"
        if self.reports[report].kind == "snapshot":
            held = {file.period_end for file in admitted}
            missing = [month.last_day for month in months if month.last_day not in held]
            said = f"is as at {listed([day_words(day) for day in missing])}" if missing else ""
        else:
            missing = _uncovered(months, admitted)
            said = f"covers {listed(_spans(missing))}" if missing else ""
        return f"no {self.name(report)} extract {said}{also}" if said else ""


def why(file: LandedFile) -> str:
    """Why a file was refused or blocked, without a full stop."""
    return "; ".join(problem.message.rstrip(".") for problem in file.problems) or f"it is {file.status}"


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def day_words(day: date) -> str:
    """``3 July 2025``."""
    return f"{day.day} {day:%B %Y}"


def _touches(file: LandedFile, months: Sequence[Month]) -> bool:
    """Whether a file covers any day of the months; one that does not say what it covers may."""
    if file.period_start is None or file.period_end is None:
        return True
    return file.period_start <= months[-1].last_day and file.period_end >= months[0].first_day


def _is_later(one: LandedFile, other: LandedFile) -> bool:
    return bool(one.extracted_at and other.extracted_at and one.extracted_at > other.extracted_at)


def _unheld(file: LandedFile, months: Sequence[Month], later: Sequence[LandedFile]) -> bool:
    """Whether any day that a file covers in the months is not covered by the later ones."""
    return any(_holds(file, day) for day in _uncovered(months, later))


def _holds(file: LandedFile, day: date) -> bool:
    return bool(file.period_start and file.period_end and file.period_start <= day <= file.period_end)


def _uncovered(months: Sequence[Month], files: Iterable[LandedFile]) -> list[date]:
    held = list(files)
    first, last = months[0].first_day, months[-1].last_day
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if not any(_holds(file, day) for file in held)]


def _spans(days: Sequence[date]) -> list[str]:
    """Runs of days in words, whole months by their names."""
    runs: list[list[date]] = []
    for day in days:
        if runs and day - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(day)
        else:
            runs.append([day])
    return [_span(run[0], run[-1]) for run in runs]


def _span(first: date, last: date) -> str:
    begins, ends = Month.of(first), Month.of(last)
    if (first, last) == (begins.first_day, ends.last_day):
        return begins.title if begins == ends else f"{begins.title} to {ends.title}"
    return day_words(first) if first == last else f"{day_words(first)} to {day_words(last)}"
