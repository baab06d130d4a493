"""The one state in which each requested cell of a collection tool ends, and why.

Here: the five states, what is known about the extracts of a period, and the decision. Not here: how a value is
computed (the compiler), where in the workbook it goes (the binding), and the wording of a whole row's comment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Literal

from nhsbn.periods import Month

ALL = "all"
TRUST = "trust"


class State(StrEnum):
    """How a requested cell ended. A blank is never left to be guessed at."""

    VALUE = "value"
    TRUE_ZERO = "true_zero"
    NOT_APPLICABLE = "not_applicable"
    NOT_COLLECTED = "not_collected"
    WITHHELD = "withheld"

    @property
    def words(self) -> str:
        """As a reader meets it: ``Not applicable``."""
        return self.value.replace("_", " ").capitalize()

    @property
    def is_filled(self) -> bool:
        """Whether a number or word stands in the cell."""
        return self in (State.VALUE, State.TRUE_ZERO)


@dataclass(frozen=True)
class CellState:
    """A state with what it needs: a value where filled, otherwise a reason.

    Attributes:
        value: unrounded, in the unit of the question; a word for list questions; None where not filled.
        reason: the rule, rationale or failed check; empty where filled.
        owner: who can mend a cell that is not collected or is withheld; empty otherwise.
    """

    state: State
    value: float | str | None = None
    reason: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        if self.state.is_filled != (self.value is not None):
            raise ValueError(f"a cell that is {self.state} has value {self.value!r}")
        if self.state.is_filled == bool(self.reason):
            raise ValueError(f"a cell that is {self.state} has reason {self.reason!r}")
        if self.state is State.NOT_COLLECTED and not self.owner:
            raise ValueError("a cell that is not collected needs an owner")


@dataclass(frozen=True)
class Question:
    """What the tool asks, as far as the state of its cells depends on it.

    Attributes:
        item: its code in the catalogue, which is the question code of the tool.
        metric: the metric it belongs to.
        reports: ids of the extract reports it is computed from; empty for a return from a lead.
        breakdown: ``service``, ``bed_type``, ``staff_group`` or None where only the month divides it.
        applies: id of the rule that says for which members it is asked, or None.
        when_empty: why there is no value where no row is counted (``nothing to divide by: ...``), for a ratio or a
            mean; empty for a count or sum, which is then zero.
        months_before: earlier months that its definition looks back to, and its extracts must cover.
        months_after: later months that its definition looks on to.
        references: reference data beside the extracts (``population``).
        lead: who returns it where no source holds it; None where it is computed.
        rationale: why no source holds it; empty where it is computed.
    """

    item: str
    metric: str
    title: str
    reports: tuple[str, ...] = ()
    breakdown: str | None = None
    applies: str | None = None
    when_empty: str = ""
    months_before: int = 0
    months_after: int = 0
    references: tuple[str, ...] = ()
    lead: str | None = None
    rationale: str = ""


@dataclass(frozen=True)
class CellValue:
    """What was computed, or returned by a lead, for one cell.

    Attributes:
        value: None where the denominator is nought.
        rows_counted: rows behind the numerator; 1 for a return.
    """

    value: float | str | None
    rows_counted: int


@dataclass(frozen=True)
class SourceReport:
    """A report as the tool names it.

    Attributes:
        kind: ``snapshot`` must hold the month's last day, ``events`` every day of it.
        owner: who is asked when an extract is missing or wrong.
    """

    report: str
    system: str
    title: str
    kind: Literal["snapshot", "events"]
    owner: str

    @property
    def parts(self) -> tuple[str, ...]:
        """System and report, saying the system once: ``RePortal`` and ``Contacts``."""
        title = self.title.removeprefix(self.system).strip()
        return (self.system, title) if title else (self.system,)

    @property
    def name(self) -> str:
        """As said in a sentence: ``RePortal Contacts``."""
        return " ".join(self.parts)


@dataclass(frozen=True)
class SeenFile:
    """An extract file that arrived, and the dates it says it covers.

    Attributes:
        status: ``refused`` could not be read, ``blocked`` was read but failed a check that blocks.
        first_day: None, with ``last_day``, where the file does not say what it covers.
        message: why refused or blocked.
    """

    report: str
    name: str
    status: Literal["admitted", "blocked", "refused"]
    first_day: date | None = None
    last_day: date | None = None
    extracted_on: date | None = None
    message: str = ""

    def touches(self, first: date, last: date) -> bool:
        """Whether any of its days lies in the span; a file that does not say so may touch any."""
        if self.first_day is None or self.last_day is None:
            return True
        return self.first_day <= last and self.last_day >= first


@dataclass(frozen=True)
class Coverage:
    """Which extract files arrived for each report: what zero, missing and withheld are told apart by."""

    reports: Mapping[str, SourceReport]
    files: Sequence[SeenFile]
    _gaps: dict[tuple[str, Month, Month], str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def used(self, report: str, first: date, last: date) -> tuple[SeenFile, ...]:
        """The admitted files of a report that touch the span, in order of their dates."""
        files = (file for file in self.files if file.report == report and file.status == "admitted")
        return tuple(
            sorted(
                (file for file in files if file.touches(first, last)),
                key=lambda file: (file.first_day or first, file.last_day or last, file.name),
            )
        )

    def blocked(self, report: str, months: Sequence[Month]) -> SeenFile | None:
        """The first file of a report that touches the months and failed a check that blocks."""
        first, last = months[0].first_day, months[-1].last_day
        for file in sorted(self.files, key=lambda file: file.name):
            if file.report == report and file.status == "blocked" and file.touches(first, last):
                return file
        return None

    def gap(self, report: str, months: Sequence[Month]) -> str:
        """What of the months a report's admitted files leave uncovered, as a reason; empty when nothing."""
        key = (report, months[0], months[-1])
        if key not in self._gaps:
            self._gaps[key] = self._gap(report, months)
        return self._gaps[key]

    def _gap(self, report: str, months: Sequence[Month]) -> str:
        source = self.reports[report]
        first, last = months[0].first_day, months[-1].last_day
        admitted = [file for file in self.files if file.report == report and file.status == "admitted"]
        refused = [
            f"{file.name} was refused: {file.message.rstrip('.')}"
            for file in sorted(self.files, key=lambda file: file.name)
            if file.report == report and file.status == "refused" and file.touches(first, last)
        ]
        also = f" ({'; '.join(refused)})" if refused else ""
        if not admitted:
            return f"no {source.name} extract has been received{also}"
        if source.kind == "snapshot":
            held = {file.last_day for file in admitted}
            missing = [month.last_day for month in months if month.last_day not in held]
            said = f"is as at {listed([_day(day) for day in missing])}" if missing else ""
        else:
            said = f"covers {listed(_spans(missing))}" if (missing := _uncovered(first, last, admitted)) else ""
        return f"no {source.name} extract {said}{also}" if said else ""


@dataclass(frozen=True)
class Applicability:
    """Which beds and services a submission's area has, from the trust's ward and team maps.

    Attributes:
        place: the submission's area in words (``North Lincolnshire``), for the reason.
        provided: rule id to the members it holds for (``bed_type_provided`` to bed types).
        reasons: rule id to the reason given for any other member, with ``{place}``.
    """

    place: str
    provided: Mapping[str, frozenset[str]]
    reasons: Mapping[str, str]

    def reason(self, rule: str, member: str) -> str:
        """Why the rule leaves the member out; empty when it does not.

        The total over members is left out only when no member is provided.
        """
        members = self.provided[rule]
        if member in members or (member == ALL and members):
            return ""
        return self.reasons[rule].format(place=self.place)


@dataclass(frozen=True)
class Knowledge:
    """Everything the states of one submission's cells are decided from, apart from the values."""

    coverage: Coverage
    applicability: Applicability
    failed_checks: Mapping[str, str] = field(default_factory=dict)
    """Item to the message of a check that failed on its values and withholds them."""


def decide(question: Question, member: str, month: Month, value: CellValue | None, known: Knowledge) -> CellState:
    """The state of one requested cell.

    The first of these that holds: the rule leaves the member out and no row says otherwise; a return that was or
    was not given; a failed check; a month that an extract leaves uncovered; nothing to divide by; zero; a value.
    Zero is only ever said of a month that every source report covers.

    Args:
        question: what is asked.
        member: member of the question's breakdown, or ``all``.
        month: the month of the column.
        value: what was computed or returned; None where nothing was.
        known: the extracts, the rules and the checks.

    Raises:
        ValueError: when a value is not a finite number.
    """
    counted = value is not None and value.rows_counted > 0
    if question.applies and not counted:
        reason = known.applicability.reason(question.applies, member)
        if reason:
            return CellState(State.NOT_APPLICABLE, reason=reason)
    if question.lead is not None:
        return _returned(question, value)
    return _not_ready(question, month, known) or _computed(question, value)


def _returned(question: Question, value: CellValue | None) -> CellState:
    if value is None or value.value is None:
        return CellState(State.NOT_COLLECTED, reason=question.rationale, owner=question.lead or "")
    return _number(value.value)


def _not_ready(question: Question, month: Month, known: Knowledge) -> CellState | None:
    """Withheld or not collected, if an extract or a check says so."""
    coverage = known.coverage
    months = [month.plus(offset) for offset in range(-question.months_before, question.months_after + 1)]
    for report in question.reports:
        if file := coverage.blocked(report, months):
            reason = f"{coverage.reports[report].name} file {file.name} failed a check: {file.message}"
            return CellState(State.WITHHELD, reason=reason, owner=coverage.reports[report].owner)
    gaps = [(report, coverage.gap(report, months)) for report in question.reports]
    missing = [(coverage.reports[report].owner, gap) for report, gap in gaps if gap]
    if missing:
        owners = dict.fromkeys(owner for owner, _ in missing)
        return CellState(State.NOT_COLLECTED, reason="; ".join(gap for _, gap in missing), owner=", ".join(owners))
    if message := known.failed_checks.get(question.item):
        return CellState(State.WITHHELD, reason=message)
    return None


def _computed(question: Question, value: CellValue | None) -> CellState:
    if value is not None and value.value is not None:
        return _number(value.value)
    if question.when_empty:
        return CellState(State.NOT_APPLICABLE, reason=question.when_empty)
    return CellState(State.TRUE_ZERO, value=0)


def _number(value: float | str) -> CellState:
    if isinstance(value, str):
        return CellState(State.VALUE, value=value)
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number that a tool can hold")
    return CellState(State.TRUE_ZERO if value == 0 else State.VALUE, value=value)


def _uncovered(first: date, last: date, files: Sequence[SeenFile]) -> list[date]:
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    return [day for day in days if not any(file.touches(day, day) for file in files)]


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
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def listed(parts: Sequence[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
