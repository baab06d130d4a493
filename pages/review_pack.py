"""The review pack of one place, as one self-contained HTML file.

Here: what goes onto the page. Not here: the pack (``nhsbn.review.pack``), what a question says (``review_view``),
looks (templates) and charts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nhsbn.checks.review import ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.review.pack import Look, ReviewPack, SignedOff, accepted, opened
from pages import engine
from pages.review_view import OF_CHECK, PartShown, Shown, beside, gap_rows, shown_parts, shown_questions

About = tuple[ReviewedQuestion | None, ReviewedCheck]
"""A check with the question it is of; None for one of the whole return or of a table behind it."""


def render(pack: ReviewPack) -> str:
    """The page of a pack: the same bytes for the same pack.

    Args:
        pack: what to show; of one lead (``pack.of_lead``), or all of it for the director.
    """
    questions, parts = shown_questions(pack), shown_parts(pack)
    asked = [one.question for one in questions]
    return engine.render(
        "review_pack.html.j2",
        ("tables.js", "review.js"),
        pack=pack,
        questions=questions,
        parts=parts,
        tiles=_tiles(questions, parts),
        signed=tuple(_signed(pack)),
        gaps=gap_rows(pack, asked),
        opened=(*_of_the_whole(pack, open_ones=True), *opened(asked)),
        accepted=(*_of_the_whole(pack, open_ones=False), *accepted(asked)),
        beside=beside(pack, asked),
        looks=tuple(look for look in Look if any(one.look is look for one in questions)),
        sections=tuple(dict.fromkeys((part.section, part.title) for part in pack.parts)),
        leads=tuple(dict.fromkeys((part.lead, part.role) for part in pack.parts)),
        of_check=OF_CHECK,
    )


def _tiles(questions: Sequence[Shown], parts: Sequence[PartShown]) -> tuple[tuple[str, str], ...]:
    answered, asked = sum(part.answered for part in parts), sum(part.asked for part in parts)
    return (
        ("Questions", f"{len(questions):,}"),
        ("Need a look", f"{sum(one.look.is_pressing for one in questions):,}"),
        ("Cells answered", f"{100 * answered // asked}%" if asked else "–"),  # 100% only when none is missing
        ("Gaps", f"{sum(part.missing for part in parts):,}"),
        ("Open checks", f"{sum(part.opened for part in parts):,}"),
        ("Sections validated", f"{sum(part.stand == 'validated' for part in parts)} of {len(parts)}"),
    )


def _signed(pack: ReviewPack) -> Iterator[tuple[str, SignedOff]]:
    yield from ((one.about, one) for one in pack.oversight)
    yield from ((part.title, one) for part in pack.parts for one in part.sign_offs)


def _of_the_whole(pack: ReviewPack, open_ones: bool) -> tuple[About, ...]:
    """The checks of the return as a whole and of the tables behind it, which concern every reader."""
    return tuple(
        (None, check)
        for check in pack.review.checks
        if (check.status.is_open if open_ones else check.status is Status.ACCEPTED)
    )
