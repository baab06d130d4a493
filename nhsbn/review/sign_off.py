"""What a person said of what they were shown, and whether it still holds.

Here: a response, how a subject stands after all responses to it, and how far a return has come. Not here: how a
response is read from a workbook (markup), and what its content is (content).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nhsbn.review.content import Change, Content, changes


class Answer(StrEnum):
    """What a person may say of a subject."""

    CONFIRMED = "confirmed"
    QUERIED = "queried"
    COMMENT = "comment"
    """Only something written, without a response: it is shown, and decides nothing."""


class Standing(StrEnum):
    """How a subject stands, what needs a look first."""

    QUERIED = "queried"
    LAPSED = "lapsed"
    WAITING = "waiting"
    CONFIRMED = "confirmed"


@dataclass(frozen=True)
class Response:
    """One row of a marked-up workbook.

    Attributes:
        subject: question code, section, or the return.
        place: a locality's id, or ``trust``.
        by: the name of the person of the plan who gave it; as written, where nobody of the plan is meant.
        role: that person's id in the plan.
        on: the day written beside it; None where none was, or none that can be read.
        content: hash of what they were shown.
        counts: whether it was taken; what was not is kept all the same.
        remark: why it was not taken, or what a reader should know of it.
    """

    subject: str
    place: str
    answer: Answer
    comment: str
    by: str
    role: str
    on: date | None
    content: str
    row: int
    counts: bool
    remark: str = ""

    @property
    def identity(self) -> tuple[object, ...]:
        """What makes another row the same response given again."""
        return self.subject, self.place, self.answer, self.comment, self.by, self.on, self.content, self.counts


@dataclass(frozen=True)
class SignOff:
    """How a subject stands at a place.

    Attributes:
        response: the last that counts; None before the first.
        changes: what is not as it was then; set only where it lapsed.
        comments: everything written about it, oldest first.
    """

    standing: Standing
    response: Response | None = None
    changes: tuple[Change, ...] = ()
    comments: tuple[Response, ...] = ()

    @property
    def said(self) -> str:
        """In a sentence, without what changed; empty where nobody has answered."""
        if self.response is None or self.response.on is None:
            return ""
        given = f"{self.response.answer} by {self.response.by} on {self.response.on.day} {self.response.on:%B %Y}"
        given = given[0].upper() + given[1:]
        return f"{given}; lapsed, as what was signed has changed" if self.standing is Standing.LAPSED else given


def stand(
    content: Content,
    responses: Iterable[Response],
    kept: Mapping[str, Content],
    present: Mapping[str, Content],
) -> SignOff:
    """How a subject stands: the response of the latest day decides, as long as what it was given on is unchanged.

    Args:
        content: the subject as it is.
        responses: in the order in which they were taken; those to other subjects are passed over.
        kept: hash to content that was shown.
        present: subject to content as it is, of the same place.
    """
    own = [one for one in responses if (one.subject, one.place) == (content.subject, content.place)]
    comments = tuple(one for one in own if one.comment)
    dated = [(one.on, number, one) for number, one in enumerate(own) if one.counts and one.on]
    decided = [entry for entry in dated if entry[2].answer is not Answer.COMMENT]
    if not decided:
        return SignOff(Standing.WAITING, comments=comments)
    last = max(decided, key=lambda entry: entry[:2])[2]
    if last.content == content.hash:
        return SignOff(Standing(last.answer.value), last, comments=comments)
    return SignOff(Standing.LAPSED, last, tuple(changes(kept[last.content], content, kept, present)), comments)


@dataclass(frozen=True)
class Progress:
    """How far some subjects have come.

    Attributes:
        place: a locality's id, or ``trust``.
        section: of the questions.
        lead: the id of who leads them.
    """

    place: str
    section: str
    lead: str
    counts: Mapping[Standing, int]

    @property
    def asked(self) -> int:
        """How many there are."""
        return sum(self.counts.values())

    @property
    def is_done(self) -> bool:
        """Whether all of them are confirmed."""
        return self.counts[Standing.CONFIRMED] == self.asked


def progress(standings: Iterable[tuple[str, str, str, Standing]]) -> tuple[Progress, ...]:
    """Counts by place, section and lead, in the order first met.

    Args:
        standings: place, section, lead and standing of each question.
    """
    found: dict[tuple[str, str, str], dict[Standing, int]] = {}
    for place, section, lead, standing in standings:
        found.setdefault((place, section, lead), dict.fromkeys(Standing, 0))[standing] += 1
    return tuple(Progress(*key, counts) for key, counts in found.items())
