"""What the page of a review pack says, worked out so that its template only lays it out.

Here: each question's figures, charts, checks and words, ready to be shown. Not here: HTML (templates), and what
needs a look (``nhsbn.review.pack``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from nhsbn.checks.results import Outcome
from nhsbn.checks.review import HistoryPoint, Review, ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.extracts.coverage import listed
from nhsbn.periods import Month, Period
from nhsbn.review.pack import GAPS, Gap, Look, Part, Remark, ReviewPack, gaps
from nhsbn.review.rows import amount, change_words
from nhsbn.tools.cells import State
from nhsbn.values import ALL
from pages import chart_words
from pages.charts import bars, xmr
from pages.numbers import UNIT_WORDS, months_in_words

OF_CHECK = {"stops": "Stops the tool", "withholds": "Withholds the figures", "warns": "Warning"}
TAGS = {
    Look.STOPS: "red",
    Look.WITHHELD: "red",
    Look.QUERIED: "orange",
    Look.WARNING: "orange",
    Look.GAP: "yellow",
    Look.ACCEPTED: "blue",
    Look.CLEAR: "grey",
}
"""Colour of each tag; its words say the same."""


@dataclass(frozen=True)
class Figure:
    """One cell of a question's table.

    Attributes:
        value: as shown; empty where the cell is not filled.
        state: in words, where it is not a plain value.
        before: last submitted, as shown; empty where nothing may be compared.
        changed: the change from it, as shown.
    """

    value: str
    state: str
    before: str
    changed: str


@dataclass(frozen=True)
class Latest:
    """The figure that stands for a question: of the period's last month, over all members.

    Attributes:
        last: submitted for the same month a year before; None where nothing was.
        change: in percent, or in points of a percentage: what lists are sorted by; None where there is none.
    """

    value: float | None
    last: float | None
    shown: str
    before: str
    changed: str
    change: float | None


@dataclass(frozen=True)
class Drawing:
    """A chart with the words that stand below it.

    Attributes:
        caption: id of the element that holds the words.
    """

    title: str
    caption: str
    svg: str
    words: str


@dataclass(frozen=True)
class Shown:
    """A question as the page shows it.

    Attributes:
        anchor: id of its card.
        order: its place when what needs a look comes first.
        passed: titles of the checks that found nothing.
        unjudged: title and why, of those that could not be judged.
        command: traces it, where the page has no link to a trace.
    """

    question: ReviewedQuestion
    part: Part
    anchor: str
    order: int
    look: Look
    tag: str
    unit: str
    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Figure, ...]], ...]
    latest: Latest
    blanks: tuple[tuple[str, str, str, str], ...]
    failed: tuple[ReviewedCheck, ...]
    passed: tuple[str, ...]
    unjudged: tuple[tuple[str, str], ...]
    drawings: tuple[Drawing, ...]
    remarks: tuple[Remark, ...]
    trace: str
    command: str

    @property
    def said(self) -> str:
        """The last word of a lead on the figures as they are."""
        return next((remark.verdict or "commented" for remark in self.remarks if remark.holds), "").capitalize()


@dataclass(frozen=True)
class PartShown:
    """A line of the data collection plan, and how far it is.

    Attributes:
        stand: in words, with the colour of its tag.
    """

    part: Part
    asked: int
    answered: int
    missing: int
    opened: int
    accepted: int
    stand: str
    tag: str


def shown_questions(pack: ReviewPack) -> tuple[Shown, ...]:
    """Every question of the pack's parts, what needs a look first."""
    own = [(pack.look(question), part, question) for part in pack.parts for question in pack.questions(part)]
    own.sort(key=lambda one: list(Look).index(one[0]))
    others = _by_place(pack.beside)
    return tuple(
        _question(pack, part, question, look, order, others) for order, (look, part, question) in enumerate(own)
    )


def shown_parts(pack: ReviewPack) -> tuple[PartShown, ...]:
    """Every part, and how far it is."""
    return tuple(_part(pack, part) for part in pack.parts)


def period_months(review: Review) -> tuple[Month, ...]:
    """The months under review."""
    return Period.parse(review.period).months


def latest(question: ReviewedQuestion, month: Month) -> Latest:
    """The figure that stands for a question."""
    unit = question.unit
    for cell in question.cells:
        if cell.member == ALL and cell.month == month:
            value = amount(cell.value, unit) if cell.value is not None else _state(cell)
            before, moved = _before(cell, unit)
            change = cell.change if unit == "percent" else cell.change_percent
            return Latest(cell.value, cell.last_submitted, value, before, moved, change)
    total = next((point.value for point in question.history if point.month == month), None)
    return Latest(total, None, amount(total, unit), "", "", None)


def which(question: ReviewedQuestion, cells: Iterable[tuple[str, Month]], months: Sequence[Month]) -> str:
    """Cells in words: ``Adult and Older adult, May 2025``; a breakdown or period that is whole is left out."""
    grouped: dict[str, list[Month]] = {}
    for member, month in cells:
        grouped.setdefault(member, []).append(month)
    by_months: dict[tuple[Month, ...], list[str]] = {}
    for member, its_months in grouped.items():
        by_months.setdefault(tuple(its_months), []).append(member)
    said = []
    for wanted, members in by_months.items():
        is_whole = set(members) == {cell.member for cell in question.cells}
        names = "" if is_whole else listed([question.members.get(member, member) for member in members])
        is_always = set(wanted) == set(months) and len(months) > 1
        said.append(", ".join(filter(None, (names, "all months" if is_always else months_in_words(wanted)))))
    return "; ".join(said)


def _question(
    pack: ReviewPack,
    part: Part,
    question: ReviewedQuestion,
    look: Look,
    order: int,
    others: Mapping[str, Sequence[tuple[str, ReviewedQuestion]]],
) -> Shown:
    review, code = pack.review, question.code
    months = period_months(review)
    trace = pack.traces.get(code, "")
    return Shown(
        question,
        part,
        f"q-{code}",
        order,
        look,
        TAGS[look],
        UNIT_WORDS[question.unit],
        tuple(month.title for month in months),
        tuple(_rows(question, months)),
        latest(question, months[-1]),
        tuple(_blanks(question, months)),
        tuple(check for check in question.checks if check.outcome is Outcome.FAILED),
        tuple(check.title for check in question.checks if check.outcome is Outcome.PASSED),
        tuple((check.title, check.message) for check in question.checks if check.outcome is Outcome.NOT_JUDGED),
        tuple(_drawings(question, review.place, months[-1], others.get(code, ()))),
        pack.remarks.get(code, ()),
        trace,
        f"nhsbn trace {review.project} {review.period} {review.locality} {code} --month {months[-1]}",
    )


def _rows(question: ReviewedQuestion, months: Sequence[Month]) -> Iterable[tuple[str, tuple[Figure, ...]]]:
    cells = {(cell.member, cell.month): cell for cell in question.cells}
    for member in dict.fromkeys(cell.member for cell in question.cells):
        title = question.members.get(member, "All together" if member == ALL else member)
        yield title, tuple(_figure(cells.get((member, month)), question) for month in months)


def _figure(cell: ReviewedCell | None, question: ReviewedQuestion) -> Figure:
    if cell is None:
        return Figure("", "not asked", "", "")
    before, moved = _before(cell, question.unit)
    if cell.value is None:
        return Figure("", _state(cell), before, moved)
    is_plain = cell.state in (State.VALUE, None)
    return Figure(amount(cell.value, question.unit), "" if is_plain else _state(cell), before, moved)


def _state(cell: ReviewedCell) -> str:
    return cell.state.words if cell.state is not None else "not in the tool"


def _before(cell: ReviewedCell, unit: str) -> tuple[str, str]:
    """What was submitted last, and the change from it."""
    before = "" if cell.last_submitted is None else amount(cell.last_submitted, unit)
    return before, "" if cell.change is None else change_words(cell, unit)


def _blanks(question: ReviewedQuestion, months: Sequence[Month]) -> Iterable[tuple[str, str, str, str]]:
    """State, which cells, why, and who can mend it, of every cell that is not filled."""
    found: dict[tuple[State, str, str], list[tuple[str, Month]]] = {}
    for cell in question.cells:
        if cell.state is not None and not cell.state.is_filled:
            found.setdefault((cell.state, cell.reason, cell.owner), []).append((cell.member, cell.month))
    for (state, reason, owner), cells in sorted(found.items(), key=lambda one: list(State).index(one[0][0])):
        yield state.words, which(question, cells, months), reason, owner


def _drawings(
    question: ReviewedQuestion, place: str, month: Month, others: Sequence[tuple[str, ReviewedQuestion]]
) -> Iterable[Drawing]:
    """An XmR chart where there are months enough for one, otherwise bars by locality and by breakdown."""
    caption = f"c-{question.code}"
    unit = question.unit
    if question.limits is not None:
        history = unbroken(question.history)
        words = chart_words.xmr(history, question.limits, unit)
        yield Drawing("History", caption, xmr(history, question.limits, unit, caption), words)
        return
    places = tuple((name, value) for name, other in others if (value := latest(other, month).value) is not None)
    members = tuple(
        (question.members.get(cell.member, cell.member), cell.value)
        for cell in question.cells
        if cell.month == month and cell.member != ALL and cell.value is not None
    )
    for index, (title, rows, own) in enumerate((("By locality", places, place), ("By breakdown", members, ""))):
        if len(rows) > 1:
            words = f"{caption}-{index}"
            drawn = bars(rows, unit, words, own)
            yield Drawing(f"{title}, {month.title}", words, drawn, chart_words.bars(rows, unit))


def unbroken(history: tuple[HistoryPoint, ...]) -> tuple[HistoryPoint, ...]:
    """The points that the lines of a chart are of: those after the last month that is missing."""
    after = (at for at in range(len(history) - 1, 0, -1) if history[at - 1].month.next() != history[at].month)
    return history[next(after, 0) :]


def _by_place(reviews: Iterable[Review]) -> dict[str, list[tuple[str, ReviewedQuestion]]]:
    found: dict[str, list[tuple[str, ReviewedQuestion]]] = {}
    for review in reviews:
        for question in review.questions:
            found.setdefault(question.code, []).append((review.place, question))
    return found


def _part(pack: ReviewPack, part: Part) -> PartShown:
    questions = pack.questions(part)
    states = [cell.state for question in questions for cell in question.cells if cell.state is not None]
    missing = sum(state in GAPS for state in states)
    checks = [check for question in questions for check in question.checks]
    stand, tag = stands(pack, part)
    return PartShown(
        part,
        len(states),
        len(states) - missing,
        missing,
        sum(check.status.is_open for check in checks),
        sum(check.status is Status.ACCEPTED for check in checks),
        stand,
        tag,
    )


def stands(pack: ReviewPack, part: Part) -> tuple[str, str]:
    """How far the validation of a part is, and the colour of its tag."""
    last = part.signed_off
    if last is None:
        late = pack.made_on > pack.days["validated"]
        return ("overdue", "red") if late else ("waiting", "grey")
    if last.changed:
        return "lapsed", "orange"
    return ("validated", "green") if last.holds else ("queried", "orange")


@dataclass(frozen=True)
class Beside:
    """Every place's figures of one month.

    Attributes:
        places: name, and whether it is the pack's own.
        counts: what to know of each place's whole return, in words.
        rows: each question of the pack with its figure at each place.
    """

    month: str
    places: tuple[tuple[str, bool], ...]
    counts: tuple[tuple[str, tuple[str, ...]], ...]
    rows: tuple[tuple[ReviewedQuestion, tuple[str, ...]], ...]


def beside(pack: ReviewPack, questions: Iterable[ReviewedQuestion]) -> Beside:
    """The places side by side."""
    month = period_months(pack.review)[-1]
    known = [{question.code: question for question in review.questions} for review in pack.beside]
    rows = tuple(
        (one, tuple(latest(place[one.code], month).shown if one.code in place else "–" for place in known))
        for one in questions
    )
    answered, missing, opened = [], [], []
    for review in pack.beside:
        states = [cell.state for one in review.questions for cell in one.cells if cell.state is not None]
        gaps = sum(state in GAPS for state in states)
        answered.append(f"{len(states) - gaps:,} of {len(states):,}")
        missing.append(f"{gaps:,}")
        opened.append(f"{sum(check.status.is_open for one in review.questions for check in one.checks):,}")
    counts = (
        ("Cells answered", tuple(answered)),
        ("Gaps", tuple(missing)),
        ("Open checks of its questions", tuple(opened)),
    )
    places = tuple((review.place, review.locality == pack.review.locality) for review in pack.beside)
    return Beside(month.title, places, counts, rows)


def gap_rows(pack: ReviewPack, questions: Iterable[ReviewedQuestion]) -> tuple[tuple[Gap, str], ...]:
    """Every gap, with its cells in words."""
    months = period_months(pack.review)
    return tuple((gap, which(gap.question, gap.cells, months)) for gap in gaps(questions))
