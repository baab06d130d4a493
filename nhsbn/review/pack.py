"""What a page of a review pack shows: one place's return, for the one lead or the director who reads it.

Here: the shape, as frozen dataclasses, and what follows from it: what needs a look first, and what is missing.
Not here: gathering it (assets, resources), who leads what (plan), and how it looks (``pages``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Literal

from nhsbn.checks.results import SEVERITIES
from nhsbn.checks.review import Review, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.periods import Month
from nhsbn.tools.cells import State

Verdict = Literal["confirmed", "queried"]

GAPS = (State.NOT_COLLECTED, State.WITHHELD)
"""States of a cell that is missing; one that does not apply is not."""


class Look(StrEnum):
    """Why a question needs a look, most pressing first."""

    STOPS = "stops the tool"
    WITHHELD = "withheld"
    QUERIED = "queried"
    WARNING = "warning"
    GAP = "gap"
    ACCEPTED = "accepted"
    CLEAR = "nothing found"

    @property
    def is_pressing(self) -> bool:
        """Whether someone must still do something."""
        return self not in (Look.ACCEPTED, Look.CLEAR)


@dataclass(frozen=True)
class Remark:
    """What a lead said of one question.

    Attributes:
        code: of the question.
        verdict: None where they only commented.
        by: a name.
        on: the day they wrote beside it; None where they wrote none.
        holds: whether it was said of the figures as they now are.
    """

    code: str
    verdict: Verdict | None
    comment: str
    by: str
    on: date | None
    holds: bool


@dataclass(frozen=True)
class SignedOff:
    """What a person said of a whole part, or of the whole return.

    Attributes:
        by: a name; ``role`` is theirs.
        changed: what has changed since, a cell or warning each, in words; it has lapsed where any has.
        about: of what a director said it: a section, or the whole return; a part has a title of its own.
    """

    by: str
    role: str
    on: date
    changed: tuple[str, ...] = ()
    verdict: Verdict = "confirmed"
    comment: str = ""
    about: str = "The whole return"

    @property
    def holds(self) -> bool:
        """Whether it confirms the figures as they now are."""
        return self.verdict == "confirmed" and not self.changed


@dataclass(frozen=True)
class Part:
    """The questions of one section that one lead answers for: a line of the data collection plan.

    Attributes:
        section: the catalogue's section.
        title: the same for a reader.
        lead: the lead's id; ``role`` and ``name`` are for a reader.
        source: where its figures are collected from.
        codes: its questions.
        sign_offs: the newest first.
    """

    section: str
    title: str
    lead: str
    role: str
    name: str
    source: str
    codes: tuple[str, ...]
    sign_offs: tuple[SignedOff, ...] = ()

    @property
    def signed_off(self) -> SignedOff | None:
        """The newest sign-off; None before the first."""
        return self.sign_offs[0] if self.sign_offs else None


@dataclass(frozen=True)
class Gap:
    """Requested cells of a question without a number, that share one reason.

    Attributes:
        cells: member and month of each.
    """

    question: ReviewedQuestion
    state: State
    reason: str
    owner: str
    cells: tuple[tuple[str, Month], ...]


@dataclass(frozen=True)
class ReviewPack:
    """One page.

    Attributes:
        title: the project's.
        organisation: the trust's name.
        deadline: the last day on which the return may be submitted.
        days: ``collected``, ``validated`` and ``overseen``, each to the last day on which it is in time.
        made_on: the day the page is of; a page never asks the clock.
        reader: the role or name of the lead that it is for; empty where it is the director's, who sees everything.
        director: the name of the place's care group director.
        review: the place that it is about.
        beside: every place of the trust, this one too, in the trust's order.
        parts: of the data collection plan, in its order. Questions of none are not shown.
        oversight: the director's own sign-offs of this place, the newest first.
        remarks: question code to what leads said of it, the newest first.
        traces: question code to its trace page, as a link from this page; where it has none, the page says by
            which command it is traced.
    """

    title: str
    organisation: str
    deadline: date
    days: Mapping[str, date]
    made_on: date
    reader: str
    director: str
    review: Review
    beside: tuple[Review, ...]
    parts: tuple[Part, ...]
    oversight: tuple[SignedOff, ...] = ()
    remarks: Mapping[str, tuple[Remark, ...]] = field(default_factory=dict)
    traces: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_for_director(self) -> bool:
        """Whether it shows every part."""
        return not self.reader

    def of_lead(self, lead: str) -> ReviewPack:
        """The page of one lead: their parts alone.

        Args:
            lead: their id, as parts name it.

        Raises:
            ValueError: when they lead no part.
        """
        own = tuple(part for part in self.parts if part.lead == lead)
        if not own:
            raise ValueError(f"{lead} leads no part; {', '.join(sorted({part.lead for part in self.parts}))} do")
        return replace(self, parts=own, reader=f"{own[0].name}, {own[0].role}")

    def questions(self, part: Part) -> tuple[ReviewedQuestion, ...]:
        """The questions of a part, what needs a look first, then in the catalogue's order."""
        codes = set(part.codes)
        own = (question for question in self.review.questions if question.code in codes)
        return tuple(sorted(own, key=lambda question: list(Look).index(self.look(question))))

    def look(self, question: ReviewedQuestion) -> Look:
        """The most pressing reason to look at a question."""
        opened = {check.severity for check in question.checks if check.status.is_open}
        states = {cell.state for cell in question.cells}
        said = [
            remark.verdict for remark in self.remarks.get(question.code, ()) if remark.holds and remark.verdict
        ]
        reasons = {
            Look.STOPS: "stops" in opened,
            Look.WITHHELD: "withholds" in opened or State.WITHHELD in states,
            Look.QUERIED: said[:1] == ["queried"],
            Look.WARNING: "warns" in opened,
            Look.GAP: State.NOT_COLLECTED in states,
            Look.ACCEPTED: any(check.status is Status.ACCEPTED for check in question.checks),
        }
        return next((look for look, holds in reasons.items() if holds), Look.CLEAR)


def gaps(questions: Iterable[ReviewedQuestion]) -> tuple[Gap, ...]:
    """What is not collected or is withheld, by question, state and reason; what does not apply is no gap."""
    found: dict[tuple[str, State, str, str], list[tuple[str, Month]]] = {}
    known: dict[str, ReviewedQuestion] = {}
    for question in questions:
        known[question.code] = question
        for cell in question.cells:
            if cell.state in GAPS:
                key = (question.code, cell.state, cell.reason, cell.owner)
                found.setdefault(key, []).append((cell.member, cell.month))
    return tuple(
        Gap(known[code], state, reason, owner, tuple(cells))
        for (code, state, reason, owner), cells in found.items()
    )


def opened(questions: Iterable[ReviewedQuestion]) -> tuple[tuple[ReviewedQuestion, ReviewedCheck], ...]:
    """Every failed check that someone must still act on, the gravest first."""
    found = [(question, check) for question in questions for check in question.checks if check.status.is_open]
    return tuple(sorted(found, key=lambda pair: SEVERITIES.index(pair[1].severity)))


def accepted(questions: Iterable[ReviewedQuestion]) -> tuple[tuple[ReviewedQuestion, ReviewedCheck], ...]:
    """Every failed check that a person has accepted."""
    return tuple(
        (question, check) for question in questions for check in question.checks if check.status is Status.ACCEPTED
    )
