"""Random changes to a small tool: what is moved, reworded, renamed, added or dropped is found, or left open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from nhsbn.rebinding.decisions import ACCEPT, BIND_TO, REJECT, Decision, NewEdition, decide, shown
from nhsbn.rebinding.proposal import Proposal, propose
from nhsbn.rebinding.questions import matched
from nhsbn.tools.binding import load_binding
from nhsbn.tools.template_grid import seen
from tests.small_templates import PLAIN, Asked, Layout, edition, tool

WORDS = (
    ("Referrals received", "Each referral once, by the day on which the team took it in"),
    ("Available beds", "Beds open and staffed overnight, counted at midnight of every day"),
    ("Staff in post", "Contracted hours of substantive people over full time hours"),
    ("Sickness absence", "Days lost to illness as a share of calendar days employed"),
    ("Physical restraint incidents", "Reports in which anyone was held, whatever the position"),
    ("Income from commissioners", "Block and variable payments, pounds, without recharges"),
    ("Mean wait to first contact", "From receipt until seen, people first seen within this period"),
    ("Patients detained under the Act", "Sections two and three in force when the census was taken"),
)
LATER = (
    ("Carers offered an assessment", "Offers recorded against family members during it"),
    ("Complaints upheld", "Formal letters answered, wholly or partly accepted"),
)
TITLES = ("Access", "Activity")


@dataclass(frozen=True)
class Fate:
    """What becomes of a question, told apart by its number."""

    number: int
    question: Asked
    sheet: str


def asked(number: int, code: str, words: tuple[str, str]) -> Asked:
    return Asked(code, *words, by_service=number % 3 > 0)


OLD = [
    Fate(number, asked(number, f"Q{number:02}", words), TITLES[number % 2]) for number, words in enumerate(WORDS)
]
NEW = [
    Fate(number, asked(number, f"N{number:02}", words), TITLES[0])
    for number, words in enumerate(LATER, len(WORDS))
]


def by_sheet(fates: list[Fate]) -> dict[str, list[Asked]]:
    return {title: [one.question for one in fates if one.sheet == title] for title in TITLES}


@st.composite
def later_fates(draw: st.DrawFn) -> list[Fate]:
    """The questions of the next year: some gone, some new, codes passed round, one word of some changed."""
    kept = draw(st.lists(st.sampled_from(OLD), min_size=2, unique=True))
    codes = draw(st.permutations([one.question.code for one in kept]))
    passed = draw(st.sets(st.integers(0, len(kept) - 1)))
    fates = []
    for index, one in enumerate(kept):
        question, sheet = one.question, draw(st.sampled_from((one.sheet, one.sheet, *TITLES)))
        if passed and index in passed:
            question = replace(question, code=draw(st.sampled_from((codes[index], f"X{one.number:02}"))))
        for part in draw(st.sets(st.sampled_from(("text", "definition")))):
            words = getattr(question, part).split()
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(("altered", "otherwise")))
            question = replace(question, **{part: " ".join(words)})
        fates.append(Fate(one.number, question, sheet))
    fates += draw(st.lists(st.sampled_from(NEW), unique=True))
    taken: set[str] = set()
    for index, one in enumerate(fates):  # no sender gives two questions one code
        if one.question.code in taken:
            fates[index] = replace(one, question=replace(one.question, code=f"Z{one.number:02}"))
        taken.add(fates[index].question.code)
    return draw(st.permutations(fates))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    members = draw(st.permutations(list(PLAIN.members.items())))
    renamed = draw(st.sampled_from((None, "adult", "cyp", "lda", "all")))
    names = {key: f"{text} (all ages)" if key == renamed else text for key, text in members}
    return Layout(
        members=names,
        months=draw(st.sampled_from((PLAIN.months, ("April 2025", "May 2025"), ("First month", "Second month")))),
        heads=draw(st.sampled_from((PLAIN.heads, ("Ref", *PLAIN.heads[1:])))),
        notes=draw(st.sampled_from((PLAIN.notes, ("Source of data", "Comments")))),
        top=draw(st.integers(1, 4)),
        left=draw(st.integers(1, 3)),
        sheets_before=draw(st.integers(0, 2)),
    )


def truth_of(layout: Layout) -> dict[tuple[str, ...], str]:
    """What each heading of the binding has become."""
    return {
        ("columns", "question"): layout.heads[0],
        ("columns", "data_source"): layout.notes[0],
        ("columns", "comments"): layout.notes[1],
        **{("months", str(number)): text for number, text in enumerate(layout.months, 1)},
        **{("members", "service", member): text for member, text in layout.members.items()},
    }


def numbers(fates: list[Fate]) -> dict[str, int]:
    return {one.question.code: one.number for one in fates}


def decisions(proposal: Proposal, fates: list[Fate], layout: Layout) -> list[Decision]:
    """What a person who knows the truth decides: accept what is right, and bind the rest."""
    was, now, found = numbers(OLD), numbers(fates), []
    codes = {number: code for code, number in was.items()}
    for row, match in proposal.matches.items():
        choice, to = ACCEPT, ""
        if match.new:
            number = now[match.new.code]
            if match.old is None and number in codes:
                choice, to = BIND_TO, codes[number]
            elif match.old is None and match.kind == "ambiguous":
                choice = REJECT
        found.append(Decision("here", row, *shown(match), choice, to))
    truth = truth_of(layout)
    said = {text for sheet in proposal.grid.values() for text in sheet.places}
    for row, one in proposal.headings.items():
        choice, to = ACCEPT, ""
        if one.kind == "new":
            choice = REJECT
        elif seen(truth[one.path]) in said and one.new != truth[one.path]:
            choice, to = BIND_TO, truth[one.path]
        found.append(Decision("here", row, *shown(one), choice, to))
    return found


@given(later_fates(), layouts())
@settings(max_examples=120, deadline=None)
def test_no_pair_is_wrong_and_no_changed_question_is_the_same(fates: list[Fate], layout: Layout) -> None:
    grid, _ = tool(by_sheet(fates), layout)
    proposal = propose(edition(by_sheet(OLD)), "new.xlsx", b"this year's", grid)
    was, now = numbers(OLD), {one.question.code: one for one in fates}
    before = {one.number: one for one in OLD}
    assert len([match for match in proposal.matches.values() if match.new]) == len(fates)
    for match in proposal.matches.values():
        if match.old and match.new:
            fate = now[match.new.code]
            assert was[match.old.code] == fate.number
            if match.kind == "same":
                assert (before[fate.number].question, before[fate.number].sheet) == (fate.question, fate.sheet)
        elif match.old and match.kind == "gone":
            assert was[match.old.code] not in {one.number for one in fates}


@given(later_fates(), layouts())
@settings(max_examples=80, deadline=None)
def test_what_is_decided_resolves_to_the_right_cells(fates: list[Fate], layout: Layout) -> None:
    grid, truth = tool(by_sheet(fates), layout)
    proposal = propose(edition(by_sheet(OLD)), "new.xlsx", b"this year's", grid)
    made = decide(
        proposal, decisions(proposal, fates, layout), NewEdition("2025-26", "the small tool", date(2026, 11, 22))
    )
    bound = load_binding(made.binding, "binding.yaml", grid, None)
    found = {
        (cell.question, cell.member, cell.month): (cell.target.sheet, cell.target.address)
        for cell in bound.answers
    }
    assert found == truth
    was = {one.number: one.question.code for one in OLD}
    items = {cell.question: cell.item for cell in bound.answers}
    assert items == {one.question.code: was.get(one.number, one.question.code) for one in fates}


def test_a_template_that_did_not_change_is_the_same_throughout() -> None:
    known = edition(by_sheet(OLD)).questions
    found = matched(known, [one.asked for one in known])
    assert [match.kind for match in found] == ["same"] * len(OLD)
    assert not any(match.changes or match.asks_verdict for match in found)
