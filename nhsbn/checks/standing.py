"""How a result stands: new, persisting, accepted or resolved since the checks were last judged.

Here: holding results to the last ones and to acceptances, and what then stops or withholds. Not here: the results
themselves (the rules), and keeping them (the records).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from nhsbn.checks.results import SEVERITIES, Judged, Outcome

Key = tuple[str, str, str]
"""Check, subject and locality."""


class Status(StrEnum):
    """How a result stands, what needs a look first."""

    NEW = "new"
    LAPSED = "acceptance lapsed"
    PERSISTING = "persisting"
    ACCEPTED = "accepted"
    RESOLVED = "resolved"
    NOT_JUDGED = "not judged"
    PASSED = "passed"

    @property
    def is_open(self) -> bool:
        """Whether someone must still act."""
        return self in (Status.NEW, Status.LAPSED, Status.PERSISTING)


@dataclass(frozen=True)
class Acceptance:
    """A person's word that a failure may stand.

    Attributes:
        content: hash of what was found when it was accepted.
        until: the last day on which it holds.
    """

    check: str
    subject: str
    locality: str
    content: str
    reason: str
    by: str
    until: date
    on: date

    @property
    def key(self) -> Key:
        """The result it is about."""
        return self.check, self.subject, self.locality

    def holds(self, result: Judged, today: date) -> bool:
        """Whether it still covers a failure."""
        return self.content == result.content and today <= self.until

    def lapse(self, result: Judged, today: date) -> str:
        """Why it no longer covers a failure; empty when it does."""
        if self.holds(result, today):
            return ""
        said = f"accepted by {self.by} on {self.on:%d %B %Y}"
        if self.content != result.content:
            return f"{said}, but what was found has changed since"
        return f"{said} until {self.until:%d %B %Y}, which has passed"


@dataclass(frozen=True)
class Standing:
    """A result, and how it stands.

    Attributes:
        note: of an acceptance: by whom, until when and why; or why it lapsed.
    """

    result: Judged
    status: Status
    acceptance: Acceptance | None = None
    note: str = ""

    @property
    def rank(self) -> tuple[int, int, int, Key]:
        """Order in which results are shown: what needs a look first."""
        status, severity = list(Status).index(self.status), SEVERITIES.index(self.result.severity)
        needs = 0 if self.status.is_open else 1
        return needs, severity if not needs else status, status if not needs else severity, self.result.key


def stand(
    results: Iterable[Judged],
    before: Mapping[Key, Outcome],
    acceptances: Mapping[Key, Acceptance],
    today: date,
) -> tuple[Standing, ...]:
    """How each result stands, what needs a look first.

    Args:
        results: of the present judgement.
        before: key to outcome of the judgement before; empty before the first.
        acceptances: the last acceptance of each result.
        today: decides what has expired.
    """
    return tuple(sorted((_standing(one, before, acceptances, today) for one in results), key=lambda one: one.rank))


def _standing(
    result: Judged, before: Mapping[Key, Outcome], acceptances: Mapping[Key, Acceptance], today: date
) -> Standing:
    failed_before = before.get(result.key) is Outcome.FAILED
    if not result.failed:
        if failed_before and result.outcome is Outcome.PASSED:
            return Standing(result, Status.RESOLVED)
        return Standing(result, Status.PASSED if result.outcome is Outcome.PASSED else Status.NOT_JUDGED)
    accepted = acceptances.get(result.key)
    if accepted is None:
        return Standing(result, Status.PERSISTING if failed_before else Status.NEW)
    if lapse := accepted.lapse(result, today):
        return Standing(result, Status.LAPSED, accepted, lapse)
    note = f"accepted by {accepted.by} until {accepted.until:%d %B %Y}: {accepted.reason}"
    return Standing(result, Status.ACCEPTED, accepted, note)


@dataclass(frozen=True)
class Held:
    """What open failures do to one place's tool.

    Attributes:
        stopped: why the tool may not be filled; empty when it may.
        withheld: question code to why its cells are withheld.
    """

    stopped: tuple[str, ...] = ()
    withheld: Mapping[str, str] = field(default_factory=dict)


def held(standings: Iterable[Standing], locality: str, instructions: Mapping[str, str]) -> Held:
    """What the open failures of a place stop and withhold.

    Args:
        standings: of one judgement.
        locality: a locality's id, or ``trust``.
        instructions: check to what the person who must act is told.
    """
    stopped: list[str] = []
    withheld: dict[str, list[str]] = {}
    for one in standings:
        result = one.result
        if result.locality != locality or not one.status.is_open or result.severity == "warns":
            continue
        said = f"{result.message.rstrip('.')}. {instructions.get(result.check, '')}".strip()
        if result.severity == "stops":
            stopped.append(f"{result.subject}, check {result.check}: {said}")
        else:
            withheld.setdefault(result.subject, []).append(f"check {result.check}: {said}")
    return Held(tuple(stopped), {code: " ".join(said) for code, said in sorted(withheld.items())})
