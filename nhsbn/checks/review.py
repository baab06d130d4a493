"""What a review pack is told of one place: every question with its figures, its history and its checks.

Here: the shape alone, as frozen rows that a pack renders. Not here: gathering them (the review stage), and how
they look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from nhsbn.checks.results import Finding, Outcome, Severity
from nhsbn.checks.standing import Acceptance, Status
from nhsbn.checks.xmr import Limits, Signal
from nhsbn.periods import Month
from nhsbn.tools.cells import State

Kind = Literal["submitted", "computed"]


@dataclass(frozen=True)
class ReviewedCell:
    """One figure of a question, beside what was submitted before.

    Attributes:
        member: of the breakdown, or ``all``.
        state: of the requested cell; None where the tool has none for it.
        reason: why it is empty, with ``owner``, the role that can mend it; empty where it is filled.
        last_submitted: for the month a year before; None where nothing was, or it may not be compared.
        change: from it, in the unit of the question; ``change_percent`` None where it was nought.
    """

    member: str
    month: Month
    value: float | None
    state: State | None
    reason: str
    owner: str
    last_submitted: float | None
    change: float | None
    change_percent: float | None


@dataclass(frozen=True)
class HistoryPoint:
    """One month of a question's total over members.

    Attributes:
        kind: ``submitted`` to NHSBN, or only ``computed`` here.
        is_reported: whether it is a month of the period under review.
        signals: the XmR rules that mark it; none where there are too few points for a chart.
    """

    month: Month
    value: float
    kind: Kind
    is_reported: bool
    signals: frozenset[Signal]


@dataclass(frozen=True)
class ReviewedCheck:
    """A check of a question, as it stands.

    Attributes:
        subject: question code, conformed table, or ``tool``.
        threshold_from: where its threshold came from.
        note: of its acceptance: by whom, until when, why; or why it lapsed.
        content: hash of what was found: a sign-off that names it lapses with it.
    """

    check: str
    title: str
    subject: str
    severity: Severity
    outcome: Outcome
    status: Status
    message: str
    findings: tuple[Finding, ...]
    instruction: str
    owner: str
    threshold_from: str
    acceptance: Acceptance | None
    note: str
    content: str


@dataclass(frozen=True)
class ReviewedQuestion:
    """A question of the tool, with all that a reader weighs it by.

    Attributes:
        code: question code, ``MI-CM-05b``.
        lead: the role that returns it; empty where it is computed.
        members: member to its title, in the catalogue's order; only ``all`` where nothing divides it.
        comparable: why its figures may or may not be held to last year's; ``caveat`` is set where only so.
        history: the months before, oldest first, then those of the period; total over members.
        limits: the XmR lines over the history; None where there are too few months.
        checks: what needs a look first.
    """

    code: str
    metric_id: str
    title: str
    metric_title: str
    section: str
    unit: str
    definition: str
    rules: str
    sources: tuple[str, ...]
    owner: str
    lead: str
    members: dict[str, str]
    comparable: str
    caveat: str
    cells: tuple[ReviewedCell, ...]
    history: tuple[HistoryPoint, ...]
    limits: Limits | None
    checks: tuple[ReviewedCheck, ...]


@dataclass(frozen=True)
class Review:
    """One place's return, as a reviewer sees it.

    Attributes:
        place: the locality's name.
        tool_version: of the tool whose cells these are; None before the first.
        questions: in the catalogue's order.
        checks: those of the tool as a whole and of the tables behind it.
        is_judged: whether the checks were judged on the figures as they now are; if not, they are the last ones.
    """

    project: str
    edition: str
    period: str
    locality: str
    place: str
    tool_version: int | None
    questions: tuple[ReviewedQuestion, ...]
    checks: tuple[ReviewedCheck, ...]
    is_judged: bool
