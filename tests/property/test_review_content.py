"""The hash of a sign-off changes exactly when a value, a gap or an open warning does."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from nhsbn.checks.results import counted
from nhsbn.checks.review import HistoryPoint, Review, ReviewedCell, ReviewedCheck, ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.periods import Month
from nhsbn.review.content import RETURN, Content, changes, contents
from nhsbn.tools.cells import State
from nhsbn.values import ALL
from tests.small_review import APRIL, MAY, SECTIONS, cell, check, question, review

OPEN = [status for status in Status if status.is_open]
SHUT = [status for status in Status if not status.is_open]
GAPS = [State.NOT_COLLECTED, State.WITHHELD, State.NOT_APPLICABLE]


def cells(random: Random) -> list[ReviewedCell]:
    """A figure or a gap for each month and member; figures and reasons are few, so that many are alike."""
    return [some_cell(random, member, month) for month in (APRIL, MAY) for member in ("adult", "cyp", ALL)]


def some_cell(random: Random, member: str, month: Month) -> ReviewedCell:
    if random.random() < 0.3:
        reason = random.choice(["no extract", "failed a check"])
        return replace(cell(member, month, None), state=random.choice(GAPS), reason=reason)
    return cell(
        member, month, random.choice([0.0, -0.0, 1.0, 1.5, 1.5 + 1e-15, 1.5 + 1e-9, random.uniform(-1e6, 1e6)])
    )


def checks(random: Random, code: str) -> list[ReviewedCheck]:
    names = random.sample(["plausible", "year_on_year", "history"], random.randint(0, 3))
    statuses = list(Status)
    return [check(name, code, status=random.choice(statuses), content=random.choice("abc")) for name in names]


def made(random: Random) -> Review:
    questions = [question(code, cells(random), checks(random, code)) for code in SECTIONS]
    return review(*questions, checks=checks(random, "tool"))


RANDOMS = st.integers(0, 2**32).map(Random)
RETURNS = RANDOMS.map(made)


def hashes(of: Review) -> dict[str, str]:
    return {subject: content.hash for subject, content in contents(of).items()}


def part(of: Review, code: str) -> ReviewedQuestion:
    return next(one for one in of.questions if one.code == code)


def with_part(of: Review, changed: ReviewedQuestion) -> Review:
    return replace(of, questions=tuple(changed if one.code == changed.code else one for one in of.questions))


def differing(one: Review, other: Review) -> set[str]:
    before, after = hashes(one), hashes(other)
    return {subject for subject in before if before[subject] != after[subject]}


def shuffled(of: Review, random: Random) -> Review:
    def mixed(items: tuple) -> tuple:  # type: ignore[type-arg]
        return tuple(random.sample(items, len(items)))

    questions = tuple(replace(one, cells=mixed(one.cells), checks=mixed(one.checks)) for one in of.questions)
    return replace(of, questions=mixed(questions), checks=mixed(of.checks))


def reworded(of: Review) -> Review:
    """Everything that is not a value, a gap or an open warning is another."""
    questions = tuple(
        replace(
            one,
            title="Other words",
            definition="Otherwise said",
            owner="Somebody else",
            history=(HistoryPoint(APRIL, 3.0, "computed", False, frozenset()),),
            cells=tuple(
                replace(
                    cell,
                    owner="Somebody else",
                    last_submitted=99.0,
                    change=-1.0,
                    change_percent=None,
                )
                for cell in one.cells
            ),
            checks=tuple(reworded_check(check) for check in one.checks),
        )
        for one in of.questions
    )
    return replace(
        of,
        questions=questions,
        checks=tuple(map(reworded_check, of.checks)),
        tool_version=9,
        is_judged=False,
        place="Northern",
    )


def reworded_check(check: ReviewedCheck) -> ReviewedCheck:
    """An open warning stays open and a shut one shut, whatever each is called."""
    other = OPEN if check.status.is_open else SHUT
    status = other[(other.index(check.status) + 1) % len(other)]
    return replace(check, status=status, message="said anew", title="Other", instruction="Act", note="seen")


@given(RETURNS, RANDOMS)
def test_order_and_everything_else_do_not_matter(of: Review, random: Random) -> None:
    assert hashes(shuffled(of, random)) == hashes(of)
    assert hashes(reworded(of)) == hashes(of)


@given(RETURNS, st.sampled_from(list(SECTIONS)), st.integers(0, 5), RANDOMS)
def test_a_cell_that_differs_changes_its_question_its_section_and_the_return(
    of: Review, code: str, at: int, random: Random
) -> None:
    was, other = part(of, code), cells(random)
    now = replace(was, cells=(*was.cells[:at], other[at], *was.cells[at + 1 :]))
    counts = [(one.state, one.reason, figure(one)) for one in (was.cells[at], other[at])]
    expected = {code, SECTIONS[code], RETURN} if counts[0] != counts[1] else set()
    assert differing(of, with_part(of, now)) == expected


@given(RETURNS, st.sampled_from(list(SECTIONS)), RANDOMS)
def test_open_warnings_that_differ_change_the_hash_and_others_do_not(
    of: Review, code: str, random: Random
) -> None:
    was = part(of, code)
    now = replace(was, checks=tuple(checks(random, code)))
    expected = {code, SECTIONS[code], RETURN} if opened(was.checks) != opened(now.checks) else set()
    assert differing(of, with_part(of, now)) == expected


@given(RETURNS, RANDOMS)
def test_a_warning_of_no_question_concerns_the_return_alone(of: Review, random: Random) -> None:
    now = replace(of, checks=tuple(checks(random, "tool")))
    assert differing(of, now) == ({RETURN} if opened(of.checks) != opened(now.checks) else set())


@given(RETURNS, RETURNS)
def test_what_changed_is_named_exactly_where_the_hash_differs(of: Review, other: Review) -> None:
    before, after = contents(of), contents(other)
    kept = {content.hash: content for content in before.values()}
    for subject, was in before.items():
        found = list(changes(was, after[subject], kept, after))
        assert bool(found) == (was.hash != after[subject].hash)
        assert all(change.was != change.now for change in found)
    named = {change.subject for change in changes(before[RETURN], after[RETURN], kept, after)}
    assert named - {RETURN} == differing(of, other) & set(SECTIONS)


@given(RETURNS)
def test_what_is_kept_reads_back_as_it_was(of: Review) -> None:
    for content in contents(of).values():
        again = Content.from_json(content.to_json())
        assert again.hash == content.hash
        assert sorted(again.cells) == sorted(content.cells)


def figure(one: ReviewedCell) -> str:
    return counted(one.value)


def opened(found: tuple[ReviewedCheck, ...]) -> set[tuple[str, str]]:
    return {(one.check, one.content) for one in found if one.status.is_open}
