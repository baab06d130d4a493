"""What the rows of a review workbook say: one for each question of a lead, one for each section of a director.

Here: the words of each row, and of figures, gaps and warnings. Not here: drawing them (a resource), and reading
answers back (markup).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from nhsbn.checks.review import ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.extracts.coverage import listed
from nhsbn.periods import Month
from nhsbn.review.content import RETURN, Change
from nhsbn.review.pack import Gap, Look, Part, ReviewPack, gaps
from nhsbn.review.sign_off import SignOff, Standing
from nhsbn.tools.cells import State
from nhsbn.values import ALL

DECIMALS = {"count": 0, "percent": 1, "rate": 2, "days": 1, "wte": 1, "pounds": 0}
"""Decimals shown, by unit; a count that is not whole has one."""

MOST = 8
"""Changes that one cell lists; the page lists all of them."""

MOST_OF_SECTION = 6
"""Gaps or warnings that one cell lists; the sheets Gaps and Warnings list all of them."""

WHOLE = "The whole return"


@dataclass(frozen=True)
class SheetRow:
    """One row to be answered.

    Attributes:
        id: question code, section, or the return.
        words: the question, as it is held to when the row comes back.
        look: why it needs a look.
        is_pressing: whether someone must still do something.
        cells: heading to what stands under it, line by line.
    """

    id: str
    words: str
    look: str
    is_pressing: bool
    cells: Mapping[str, str]


def subject_title(subject: str) -> str:
    """A section, or the return, as a reader knows it: ``Quality and safety``."""
    return WHOLE if subject == RETURN else subject.replace("_", " ").capitalize()


def question_words(question: ReviewedQuestion) -> str:
    """A question's title, after that of its metric where it says more."""
    if question.title == question.metric_title:
        return question.title
    return f"{question.metric_title}: {question.title}"


def question_rows(pack: ReviewPack, sign_offs: Mapping[str, SignOff]) -> tuple[SheetRow, ...]:
    """A row for each question of a pack, what needs a look first.

    Args:
        pack: of one lead.
        sign_offs: question code to how it stands.
    """
    asked = [question for part in pack.parts for question in pack.questions(part)]
    ranked = sorted(asked, key=lambda one: _rank(pack.look(one), sign_offs[one.code].standing))
    return tuple(_question_row(pack, one, sign_offs[one.code]) for one in ranked)


def section_rows(pack: ReviewPack, sign_offs: Mapping[str, SignOff]) -> tuple[SheetRow, ...]:
    """A row for each section of a director's pack, and one for the return.

    Args:
        pack: of the director.
        sign_offs: question code, section and return to how each stands.
    """
    by_section: dict[str, list[Part]] = {}
    for part in pack.parts:
        by_section.setdefault(part.section, []).append(part)
    rows = [_section_row(pack, name, parts[0].title, parts, sign_offs) for name, parts in by_section.items()]
    return (*rows, _section_row(pack, RETURN, WHOLE, pack.parts, sign_offs))


def amount(value: float | None, unit: str) -> str:
    """A figure for a reader: ``1,204``, ``97.3%``, ``£1,204,311``; a dash for none."""
    if value is None:
        return "–"
    decimals = DECIMALS[unit] if unit != "count" or value == round(value) else 1
    text = f"{abs(value):,.{decimals}f}"
    sign = "−" if value < 0 and text.strip("0.,") else ""
    return f"{sign}{'£' if unit == 'pounds' else ''}{text}{'%' if unit == 'percent' else ''}"


def change_words(cell: ReviewedCell, unit: str) -> str:
    """How far a figure is from what was submitted: ``+12 (+4.1%)``; of a percentage in points."""
    if cell.change is None:
        return "–"
    plus = "+" if cell.change > 0 else ""
    if unit == "percent":
        return f"{plus}{amount(cell.change, 'wte')} points"
    percent = "" if cell.change_percent is None else f" ({plus}{amount(cell.change_percent, 'percent')})"
    return f"{plus}{amount(cell.change, unit)}{percent}"


def check_words(check: ReviewedCheck, *, with_remedy: bool = True) -> str:
    """A failed check: how it stands, what was found, its acceptance, and what to do where it is open."""
    said = [f"{check.status.value.capitalize()}, {check.check}: {check.message.rstrip('.')}."]
    if check.note:
        said.append(f"{check.note[0].upper()}{check.note[1:].rstrip('.')}.")
    if check.status.is_open and with_remedy:
        said.append(f"What to do: {check.instruction}")
    return " ".join(said)


def gap_words(gap: Gap) -> str:
    """A gap: its cells, why, and who can mend it."""
    owner = f" Owner: {gap.owner}." if gap.owner else ""
    return f"{gap.state.words} ({_cells_words(gap)}): {gap.reason.rstrip('.')}.{owner}"


def said_of(sign_off: SignOff) -> list[str]:
    """How a subject stands, its comment, and each cell that changed since."""
    if sign_off.response is None:
        return ["Waiting for an answer"]
    comment = f"“{sign_off.response.comment}”" if sign_off.response.comment else ""
    return [line for line in (sign_off.said, comment, *_first(sign_off.changes)) if line]


def _first(changes: Sequence[Change]) -> list[str]:
    shown = [change.said for change in changes[:MOST]]
    return [*shown, f"and {len(changes) - MOST} more"] if len(changes) > MOST else shown


def _rank(look: Look, standing: Standing) -> tuple[int, int]:
    """A question that is queried or has lapsed comes before those that only wait for a first look."""
    return list(Look).index(look), list(Standing).index(standing)


def _question_row(pack: ReviewPack, question: ReviewedQuestion, sign_off: SignOff) -> SheetRow:
    unit = question.unit
    totals = _totals(question)
    failed = [check for check in question.checks if check.status.is_open or check.status is Status.ACCEPTED]
    passed = sum(check.status in (Status.PASSED, Status.RESOLVED) for check in question.checks)
    remarks = [
        *(check_words(check) for check in failed),
        *(gap_words(gap) for gap in gaps([question])),
        *([f"{passed} {'check' if passed == 1 else 'checks'} passed."] if passed else []),
    ]
    look = pack.look(question)
    return SheetRow(
        id=question.code,
        words=question_words(question),
        look=str(look),
        is_pressing=look.is_pressing or sign_off.standing in (Standing.LAPSED, Standing.QUERIED),
        cells={
            "Definition": "\n".join((question.definition, question.rules)),
            "Month": "\n".join(f"{cell.month.first_day:%b %Y}" for cell in totals),
            "Value": "\n".join(amount(cell.value, unit) for cell in totals),
            "Last submitted": "\n".join(amount(cell.last_submitted, unit) for cell in totals),
            "Change": "\n".join(change_words(cell, unit) for cell in totals),
            "Checks and gaps, with what to do": "\n".join(remarks),
            "Where it stands": "\n".join(said_of(sign_off)),
        },
    )


def _totals(question: ReviewedQuestion) -> tuple[ReviewedCell, ...]:
    """The figure of each month over all members."""
    return tuple(cell for cell in question.cells if cell.member == ALL)


def _section_row(
    pack: ReviewPack, subject: str, title: str, parts: Iterable[Part], sign_offs: Mapping[str, SignOff]
) -> SheetRow:
    own = list(parts)
    codes = {code for part in own for code in part.codes}
    asked = [question for question in pack.review.questions if question.code in codes]
    looks = [pack.look(question) for question in asked]
    look = min(looks, key=list(Look).index, default=Look.CLEAR)
    checks = [(question.code, check) for question in asked for check in question.checks]
    checks += [(check.subject, check) for check in pack.review.checks] if subject == RETURN else []
    opened = [f"{code}: {check_words(check, with_remedy=False)}" for code, check in checks if check.status.is_open]
    accepted = [f"{code}: {check_words(check)}" for code, check in checks if check.status is Status.ACCEPTED]
    empty = [f"{gap.question.code}: {gap_words(gap)}" for gap in gaps(asked)]
    return SheetRow(
        id=subject,
        words=title,
        look=str(look),
        is_pressing=look.is_pressing,
        cells={
            "Leads, and what they said": "\n".join(_leads_words(own, sign_offs, subject == RETURN)),
            "Gaps": _shortened(empty, "Gaps"),
            "Open warnings": _shortened(opened, "Warnings"),
            "Accepted warnings": _shortened(accepted, "Warnings"),
            "Where it stands": "\n".join(said_of(sign_offs[subject])),
        },
    )


def _leads_words(parts: Sequence[Part], sign_offs: Mapping[str, SignOff], is_whole: bool) -> Iterator[str]:
    """How far each lead has come; of the whole return, how far all of them together have."""
    codes = [code for part in parts for code in part.codes]
    if is_whole:
        yield _counts_words(codes, sign_offs)
        return
    for part in parts:
        yield f"{part.name} ({part.role}): {_counts_words(part.codes, sign_offs)}"
        for standing in (Standing.QUERIED, Standing.LAPSED):
            found = [code for code in part.codes if sign_offs[code].standing is standing]
            if found:
                yield f"  {standing}: {', '.join(_with_comment(code, sign_offs[code]) for code in found)}"


def _with_comment(code: str, sign_off: SignOff) -> str:
    comment = sign_off.response.comment if sign_off.response else ""
    return f"{code} “{comment}”" if comment else code


def _counts_words(codes: Sequence[str], sign_offs: Mapping[str, SignOff]) -> str:
    found = [sign_offs[code].standing for code in codes]
    confirmed = f"{found.count(Standing.CONFIRMED)} of {len(codes)} confirmed"
    rest = [f"{found.count(one)} {one}" for one in Standing if one is not Standing.CONFIRMED and one in found]
    return ", ".join((confirmed, *rest))


def _shortened(said: Sequence[str], sheet: str) -> str:
    if len(said) <= MOST_OF_SECTION:
        return "\n".join(said) or "none"
    return "\n".join((*said[:MOST_OF_SECTION], f"and {len(said) - MOST_OF_SECTION} more; see the sheet {sheet}"))


def _cells_words(gap: Gap) -> str:
    """``April 2025, Adult and Older adult; all months, PICU``: members that share their months together."""
    asked = {cell.month for cell in gap.question.cells}
    by_months: dict[tuple[Month, ...], list[str]] = {}
    for member in dict.fromkeys(member for member, _ in gap.cells):
        months = tuple(month for one, month in gap.cells if one == member)
        by_months.setdefault(months, []).append(member)
    said = []
    for months, members in by_months.items():
        when = "all months" if set(months) == asked else listed([month.title for month in months])
        titles = listed([gap.question.members.get(one, one) for one in members if one != ALL] or [""])
        said.append(", ".join(filter(None, (when, titles))))
    return "; ".join(said)


def withheld_or_missing(cell: ReviewedCell) -> str:
    """The state of a figure in words; empty where it is there."""
    if cell.state is None or cell.state in (State.VALUE, State.TRUE_ZERO):
        return ""
    return f"{cell.state.words}: {cell.reason}"
