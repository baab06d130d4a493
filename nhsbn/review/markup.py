"""A marked-up review workbook, row by row: what it says, and how much of it can be taken.

Here: its rows as read, each held to what was issued, to the plan and to what is known. Not here: reading the file
(a resource), and how long a response holds (sign_off).

Nothing is lost: a row that cannot be taken becomes a response that does not count, with the reason as its remark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from nhsbn.errors import NhsbnError, Problem
from nhsbn.periods import Period
from nhsbn.review.content import Content
from nhsbn.review.plan import Plan
from nhsbn.review.sign_off import Answer, Response
from nhsbn.tools.template_grid import seen

SHEET = "Review"
"""The sheet to be marked up."""

ANSWERS = (Answer.CONFIRMED, Answer.QUERIED)
"""What may be chosen as a response."""


@dataclass(frozen=True)
class Shown:
    """A row as it was issued: its words, and the hash of what it was about."""

    words: str
    content: str


@dataclass(frozen=True)
class Key:
    """What a workbook was made for, as its hidden sheet says.

    Attributes:
        place: a locality's id, or ``trust``.
        reader: id, in the plan, of the person it was made for.
        tool_version: of the tool it shows; None where none had been made.
        rows: id to the row as issued.
    """

    project: str
    edition: str
    period: str
    place: str
    reader: str
    tool_version: int | None
    rows: Mapping[str, Shown]


@dataclass(frozen=True)
class MarkedRow:
    """A row as it came back.

    Attributes:
        row: as Excel numbers it.
        on: a day, or what stands there instead; None where nothing does.
    """

    row: int
    id: str
    words: str
    response: str
    comment: str
    by: str
    on: date | str | None

    @property
    def is_blank(self) -> bool:
        """Whether nothing was filled in."""
        return not (self.response or self.comment or self.by or self.on)


@dataclass(frozen=True)
class Marked:
    """A workbook as it came back."""

    name: str
    key: Key
    rows: tuple[MarkedRow, ...]


@dataclass(frozen=True)
class Desk:
    """What a workbook of one place is held against.

    Attributes:
        answers_for: subject to the id of the person who answers for it.
        present: subject to its content as it is.
        kept: hash to content, of all that the workbook's key names and was ever shown.
        given: what was taken before.
        unconfirmed: section, or the return, to how many of its questions no lead has confirmed as they are.
        tool_version: the last.
        today: a response cannot be of a later day.
    """

    plan: Plan
    answers_for: Mapping[str, str]
    present: Mapping[str, Content]
    kept: Mapping[str, Content]
    given: Collection[Response]
    unconfirmed: Mapping[str, int]
    tool_version: int | None
    today: date


@dataclass(frozen=True)
class Weighed:
    """What a workbook came to.

    Attributes:
        responses: to be kept; those that do not count too.
        problems: every row that was not taken, or of which something is to be known, with the remedy.
        repeated: rows that say again what was taken before.
        blank: rows without anything filled in.
    """

    responses: tuple[Response, ...]
    problems: tuple[Problem, ...]
    repeated: int
    blank: int

    @property
    def taken(self) -> int:
        """How many responses count."""
        return sum(one.counts for one in self.responses)


def check_key(key: Key, project: str, edition: str, period: str, places: Collection[str], plan: Plan) -> None:
    """Refuse a workbook of another return as a whole.

    Raises:
        NhsbnError: with what to do instead.
    """
    if (key.project, key.period) != (project, period):
        raise NhsbnError(
            f"is a review of {key.project} {key.period}, not of {project} {period}; it stays where it is. "
            f"Take it with: nhsbn review take {key.project} {key.period}"
        )
    again = f"make the pack anew with: nhsbn review {project} {period}"
    if key.edition != edition:
        raise NhsbnError(f"is of edition {key.edition}, and {period} is worked in {edition}; {again}")
    if key.place not in places:
        raise NhsbnError(f"is of {key.place!r}, which is no place of the trust: {', '.join(places)}; {again}")
    if key.reader not in plan.people:
        raise NhsbnError(f"was made for {key.reader!r}, who is nobody of the data collection plan; {again}")


def weigh(marked: Marked, desk: Desk) -> Weighed:
    """Hold every row to what was issued, and to who may answer for it."""
    counts = Counter((row.id, seen(row.words)) for row in marked.rows)
    before = {one.identity for one in desk.given}
    responses: list[Response] = []
    problems: list[Problem] = []
    repeated = blank = 0
    for row in marked.rows:
        if row.is_blank and row.id in marked.key.rows:
            blank += 1
            continue
        response = _Row(row, marked.key, desk, counts[row.id, seen(row.words)]).response()
        if response.remark:
            where = f"{marked.name}, sheet {SHEET!r}, row {row.row}, {row.id or 'no id'}"
            problems.append(Problem(where, response.remark))
        if response.identity in before:
            repeated += 1
        else:
            responses.append(response)
    there = {row.id for row in marked.rows}
    if missing := [one for one in marked.key.rows if one not in there]:
        remark = f"{_listed(missing)} had a row when it was made, and has none now; answer in a new pack"
        problems.append(Problem(f"{marked.name}, sheet {SHEET!r}", remark))
    problems += _superseded(marked, desk, responses)
    return Weighed(tuple(responses), tuple(problems), repeated, blank)


def _superseded(marked: Marked, desk: Desk, responses: list[Response]) -> list[Problem]:
    """That a workbook shows an earlier tool, and how much of it holds all the same."""
    made, last = marked.key.tool_version, desk.tool_version
    if made == last or not responses:
        return []
    counting = [one for one in responses if one.counts]
    same = sum(_is_present(one, desk) for one in counting)
    remark = (
        f"shows version {made or 'none'} of the tool, and {last or 'none'} is the last; {same} of {len(counting)} "
        "responses taken hold, as what they are about is unchanged"
    )
    return [Problem(marked.name, remark)]


def _is_present(response: Response, desk: Desk) -> bool:
    content = desk.present.get(response.subject)
    return content is not None and content.hash == response.content


class _Row:
    """One row, and everything it is held to."""

    def __init__(self, row: MarkedRow, key: Key, desk: Desk, times: int) -> None:
        self.row, self.key, self.desk, self.times = row, key, desk, times
        self.shown = key.rows.get(row.id)
        self.who = desk.answers_for.get(row.id, "")
        self.name, self.role = self._meant()

    def response(self) -> Response:
        """What it comes to: the first reason not to take it, else what is to be known of it."""
        row = self.row
        not_taken = self._misplaced() or self._unreadable() or self._unentitled()
        written = seen(row.response)
        answer = Answer(written) if written in ANSWERS else Answer.COMMENT
        return Response(
            subject=row.id,
            place=self.key.place,
            answer=answer,
            comment=row.comment,
            by=self.name or row.by,
            role=self.role,
            on=row.on if isinstance(row.on, date) else None,
            content=self.shown.content if self.shown else "",
            row=row.row,
            counts=not not_taken,
            remark=not_taken or self._to_be_known(answer),
        )

    def _meant(self) -> tuple[str, str]:
        """The name and the id of the person meant: who answers for the row, before anyone else of that name."""
        people = self.desk.plan.people
        order = ([self.who] if self.who else []) + list(people)
        found = ((people[key].called(self.row.by), key) for key in order if self.row.by)
        return next(((name, key) for name, key in found if name), ("", ""))

    def _misplaced(self) -> str:
        """Why it is not the row that was issued."""
        row, again = self.row, "ids are not to be changed; answer it in a new pack"
        if self.shown is None:
            return f"{row.id!r} is not one of the ids that this workbook was made with; {again}"
        if seen(row.words) != seen(self.shown.words):
            return f"the id belongs to “{self.shown.words}”, and “{row.words}” stands beside it; {again}"
        if self.times > 1:
            return f"the id stands in {self.times} rows; {again}"
        kept = self.desk.kept.get(self.shown.content)
        if kept is None or (kept.subject, kept.place) != (row.id, self.key.place):
            return "its key is not one that was issued here; answer it in a new pack"
        return ""

    def _unreadable(self) -> str:
        """Why what was filled in says nothing certain."""
        row, day = self.row, self.row.on
        if row.response and seen(row.response) not in ANSWERS:
            return f"the response {row.response!r} is not one of {', '.join(ANSWERS)}; choose one"
        if not row.by:
            return "By is empty; write who answers, by name or e-mail, and send it again"
        if day is None:
            return "Date is empty; write the day of the answer, and send it again"
        if isinstance(day, str):
            return f"the date {day!r} is no date; write it as 14/07/2025, and send it again"
        if day > self.desk.today:
            return f"the date {day:%d/%m/%Y} is still to come; mend it, and send it again"
        if day < Period.parse(self.key.period).last_day:
            return f"the date {day:%d/%m/%Y} lies before the end of {self.key.period}; mend it, and send it again"
        return ""

    def _unentitled(self) -> str:
        """Why the person may not answer for it."""
        people, by = self.desk.plan.people, self.row.by
        if not self.who:
            return f"{self.row.id} is no longer asked; nothing is to be done"
        answers = f"{people[self.who].name} ({people[self.who].role}, {people[self.who].email}) answers for it"
        if not self.role:
            return f"{by!r} is not in the data collection plan; {answers}, or add the person to plan.yaml"
        if self.role != self.who:
            return f"{self.name} ({people[self.role].role}) does not lead it; {answers}"
        return ""

    def _to_be_known(self, answer: Answer) -> str:
        """What a reader should know of a row that was taken."""
        said = []
        if answer is Answer.COMMENT:
            has = "a comment" if self.row.comment else "a name and a date"
            said.append(f"has {has} and no response, so that it still waits; choose {' or '.join(ANSWERS)}")
        if answer is Answer.QUERIED and not self.row.comment:
            said.append("is queried without a comment; ask what is in doubt")
        if answer is Answer.CONFIRMED and (waiting := self.desk.unconfirmed.get(self.row.id, 0)):
            said.append(f"is signed while {waiting} of its questions are not confirmed by their leads")
        content = self.desk.present.get(self.row.id)
        if self.shown and (content is None or content.hash != self.shown.content):
            said.append("what it shows has changed since; it is kept as lapsed, to be answered in a new pack")
        return "; ".join(said)


def _listed(ids: list[str]) -> str:
    more = f" and {len(ids) - 5} more" if len(ids) > 5 else ""
    return ", ".join(ids[:5]) + more
