"""What a sign-off is bound to: the figures, gaps and open warnings that a person saw, and what changed since.

Here: the content of a question, a section and a whole return at one place, its hash, and the difference of two.
Not here: who signed it (sign_off).

The hash of a question stands on each cell's state, value and reason, and on its open warnings; that of a section
on its questions; that of the return on its sections, and on the open warnings that are of no question. Order,
titles, instructions and how new a warning is are not in it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from nhsbn.checks.results import counted
from nhsbn.checks.review import Review, ReviewedCheck, ReviewedQuestion
from nhsbn.tools.cells import State
from nhsbn.values import ALL

RETURN = "return"
"""The subject that is every section together."""


@dataclass(frozen=True, order=True)
class SeenCell:
    """One figure or gap.

    Attributes:
        state: empty for a figure that the tool has no cell for.
        title: month and member as a reader knows them.
    """

    member: str
    month: str
    state: str
    value: float | None
    reason: str
    title: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What counts of it."""
        value = counted(self.value)
        return self.member, self.month, self.state, value, "" if value else self.reason

    @property
    def said(self) -> str:
        """A figure, or the gap with its reason."""
        if self.value is not None:
            return figure(self.value)
        return f"{State(self.state).words.lower()}: {self.reason}" if self.state else "nothing"


@dataclass(frozen=True, order=True)
class SeenWarning:
    """One open warning.

    Attributes:
        found: hash of what was found.
    """

    check: str
    subject: str
    found: str
    message: str

    @property
    def identity(self) -> tuple[str, ...]:
        """What counts of it."""
        return self.check, self.subject, self.found


@dataclass(frozen=True)
class Content:
    """All that a person sees of one subject at one place.

    Attributes:
        place: a locality's id, or ``trust``.
        subject: a question code, a section, or :data:`RETURN`.
        parts: of a section its questions, of the return its sections, each with its hash.
    """

    project: str
    edition: str
    period: str
    place: str
    subject: str
    cells: tuple[SeenCell, ...] = ()
    warnings: tuple[SeenWarning, ...] = ()
    parts: Mapping[str, str] | None = None

    @cached_property
    def hash(self) -> str:
        """Hash of what counts: the same figures, gaps and open warnings have the same."""
        of = [self.project, self.edition, self.period, self.place, self.subject]
        cells = sorted(cell.identity for cell in self.cells)
        warnings = sorted(one.identity for one in self.warnings)
        text = json.dumps([of, cells, warnings, sorted((self.parts or {}).items())])
        return hashlib.sha256(text.encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Content:
        """Read what :meth:`to_json` wrote."""
        cells = tuple(SeenCell(**cell) for cell in data["cells"])
        warnings = tuple(SeenWarning(**one) for one in data["warnings"])
        return cls(**{**data, "cells": cells, "warnings": warnings})


@dataclass(frozen=True)
class Change:
    """One cell or warning that is not what was signed.

    Attributes:
        subject: the question code, or :data:`RETURN`.
        member: of the cell; empty for a warning.
        title: month and member, or the check, as a reader knows it.
    """

    subject: str
    member: str
    month: str
    title: str
    was: str
    now: str

    @property
    def said(self) -> str:
        """As one line."""
        return f"{self.subject}, {self.title}: {self.was} became {self.now}"


def contents(review: Review) -> dict[str, Content]:
    """The content of every question, of every section and of the return, by subject."""
    questions = {one.code: _of_question(review, one) for one in review.questions}
    by_section: dict[str, dict[str, str]] = {}
    for question in review.questions:
        by_section.setdefault(question.section, {})[question.code] = questions[question.code].hash
    sections = {name: _content(review, name, parts=parts) for name, parts in by_section.items()}
    whole = {name: content.hash for name, content in sections.items()}
    return {
        **questions,
        **sections,
        RETURN: _content(review, RETURN, warnings=_warnings(review.checks), parts=whole),
    }


def changes(
    was: Content, now: Content, kept: Mapping[str, Content], present: Mapping[str, Content]
) -> Iterator[Change]:
    """What differs between what was signed and what is, cell by cell and warning by warning.

    Args:
        was: what was signed.
        now: the same subject as it is.
        kept: hash to content, with every part of ``was``.
        present: subject to content as it is.
    """
    yield from _cell_changes(was, now)
    yield from _warning_changes(was, now)
    before, after = was.parts or {}, now.parts or {}
    for part in dict.fromkeys((*after, *before)):
        if part not in after or part not in before:
            yield Change(part, "", "", "the question itself", *_there(part in before), *_there(part in after))
        elif before[part] != after[part]:
            yield from changes(kept[before[part]], present[part], kept, present)


def figure(value: float, digits: int = 2) -> str:
    """A number as people read it: thousands apart, and no more decimals than it has."""
    text = f"{value + 0.0:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _there(is_there: bool) -> tuple[str]:
    return ("asked",) if is_there else ("not asked",)


def _cell_changes(was: Content, now: Content) -> Iterator[Change]:
    before = {(cell.member, cell.month): cell for cell in was.cells}
    after = {(cell.member, cell.month): cell for cell in now.cells}
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old and new and old.identity == new.identity:
            continue
        said = [one.said if one else "nothing" for one in (old, new)]
        if said[0] == said[1]:  # they differ beyond what is shown, or only in the state
            said = [", ".join(filter(None, one.identity[2:])) if one else "nothing" for one in (old, new)]
        title = (new or old or _NOWHERE).title
        yield Change(now.subject, *key, title, *said)


def _warning_changes(was: Content, now: Content) -> Iterator[Change]:
    before = {(one.check, one.subject): one for one in was.warnings}
    after = {(one.check, one.subject): one for one in now.warnings}
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        if old and new and old.identity == new.identity:
            continue
        said = [f"“{one.message}”" if one else "no open warning" for one in (old, new)]
        if said[0] == said[1]:
            said[1] += ", of other figures"
        yield Change(now.subject, "", "", f"check {key[0]}", *said)


_NOWHERE = SeenCell("", "", "", None, "", "")


def _of_question(review: Review, question: ReviewedQuestion) -> Content:
    cells = tuple(
        SeenCell(
            member=cell.member,
            month=str(cell.month),
            state=cell.state.value if cell.state else "",
            value=cell.value if cell.state is None or cell.state.is_filled else None,
            reason=cell.reason,
            title=", ".join(
                filter(None, (cell.month.title, _member(question, cell.member) if cell.member != ALL else ""))
            ),
        )
        for cell in question.cells
        if cell.state is not None or cell.value is not None
    )
    return _content(review, question.code, cells, _warnings(question.checks))


def _member(question: ReviewedQuestion, member: str) -> str:
    return question.members.get(member, member)


def _warnings(checks: Iterable[ReviewedCheck]) -> tuple[SeenWarning, ...]:
    return tuple(
        SeenWarning(one.check, one.subject, one.content, one.message) for one in checks if one.status.is_open
    )


def _content(
    review: Review,
    subject: str,
    cells: tuple[SeenCell, ...] = (),
    warnings: tuple[SeenWarning, ...] = (),
    parts: Mapping[str, str] | None = None,
) -> Content:
    return Content(review.project, review.edition, review.period, review.locality, subject, cells, warnings, parts)
