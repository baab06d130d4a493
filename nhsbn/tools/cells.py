"""The one state in which each requested cell of a collection tool ends, and why.

Here: the five states, and the decision. Not here: what the extracts cover and what a place provides, how a value
is computed, where in the workbook it goes, and the wording of a whole row's comment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from nhsbn.extracts.coverage import Coverage, why
from nhsbn.metrics.catalogue import Question
from nhsbn.periods import Month
from nhsbn.tools.applicability import Applicability
from nhsbn.values import MetricValue


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
        owner: the role that can mend a cell that is not collected or is withheld; empty otherwise.

    Raises:
        ValueError: when state, value, reason and owner do not go together.
    """

    state: State
    value: float | str | None = None
    reason: str = ""
    owner: str = ""

    def __post_init__(self) -> None:
        """Refuse a filled cell without a value, and an unfilled one without a reason."""
        if self.state.is_filled != (self.value is not None):
            raise ValueError(f"a cell that is {self.state} has value {self.value!r}")
        if self.state.is_filled == bool(self.reason):
            raise ValueError(f"a cell that is {self.state} has reason {self.reason!r}")
        if self.state is State.NOT_COLLECTED and not self.owner:
            raise ValueError("a cell that is not collected needs an owner")


@dataclass(frozen=True)
class Knowledge:
    """Everything that the states of one submission's cells are decided from, apart from the values.

    Attributes:
        failed_checks: question code to the message of a check that failed on its values and withholds them.
    """

    coverage: Coverage
    applicability: Applicability
    failed_checks: Mapping[str, str] = field(default_factory=dict)
    _held_up: dict[tuple[str, Month], CellState | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def held_up(self, question: Question, month: Month) -> CellState | None:
        """Withheld or not collected, if an extract or a check says so; alike for every member of a breakdown."""
        key = (question.code, month)
        if key not in self._held_up:
            self._held_up[key] = _not_ready(question, month, self)
        return self._held_up[key]


def decide(
    question: Question, member: str, month: Month, value: MetricValue | None, known: Knowledge
) -> CellState:
    """The state of one requested cell.

    The first of these that holds: the rule leaves the member out and no row says otherwise; a return that was not
    given, or was and failed a check, or was; a month that an extract leaves uncovered; a failed check; nothing to
    divide by; zero; a value. Zero is only ever said of a month that every source report covers, with the months
    the definition looks back or on to.

    Args:
        question: what is asked.
        member: member of the question's breakdown, or ``all``.
        month: the month of the column.
        value: what was computed or returned; None where nothing was.
        known: the extracts, the rules and the checks.

    Raises:
        NhsbnError: when the metric names no rule that there is.
        ValueError: when a value is not a finite number.
    """
    rule = question.metric.applies
    if rule and not (value and value.rows_counted):
        reason = known.applicability.reason(rule, member)
        if reason:
            return CellState(State.NOT_APPLICABLE, reason=reason)
    returned = question.metric.returned
    if returned is not None:
        if value is None or value.value is None:
            return CellState(State.NOT_COLLECTED, reason=returned.rationale, owner=returned.lead)
        return _withheld(question, known) or _number(value.value)
    return known.held_up(question, month) or _computed(question, value)


def reports_of(question: Question, coverage: Coverage) -> tuple[str, ...]:
    """The extract reports a question is computed from; reference data are not extracts."""
    return tuple(source for source in question.metric.sources if source in coverage.reports)


def _not_ready(question: Question, month: Month, known: Knowledge) -> CellState | None:
    """Withheld or not collected, if an extract or a check says so."""
    coverage, metric = known.coverage, question.metric
    months = [month.plus(offset) for offset in range(-metric.months_before, metric.months_after + 1)]
    reports = reports_of(question, coverage)
    for report in reports:
        if file := coverage.blocked(report, months):
            reason = f"{file.name} failed a check: {why(file)}"
            return CellState(State.WITHHELD, reason=reason, owner=metric.metric_owner)
    gaps = [gap for report in reports if (gap := coverage.gap(report, months))]
    if gaps:
        return CellState(State.NOT_COLLECTED, reason="; ".join(gaps), owner=metric.metric_owner)
    return _withheld(question, known)


def _withheld(question: Question, known: Knowledge) -> CellState | None:
    """Withheld, if a check of the question's values failed."""
    message = known.failed_checks.get(question.code)
    return CellState(State.WITHHELD, reason=message, owner=question.metric.metric_owner) if message else None


def _computed(question: Question, value: MetricValue | None) -> CellState:
    if value is not None and value.value is not None:
        return _number(value.value)
    if not question.is_ratio:
        return CellState(State.TRUE_ZERO, value=0)
    denominator = question.item.denominator
    if denominator is None:
        return CellState(State.NOT_APPLICABLE, reason="nothing to average: no row is counted")
    divisor = denominator.measure.replace("_", " ")
    return CellState(State.NOT_APPLICABLE, reason=f"nothing to divide by: the denominator ({divisor}) is nought")


def _number(value: float) -> CellState:
    if not math.isfinite(value):
        raise ValueError(f"{value} is not a number that a tool can hold")
    return CellState(State.TRUE_ZERO if value == 0 else State.VALUE, value=value)
