from __future__ import annotations

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.rebinding.headings import Columns, member_id
from nhsbn.rebinding.proposal import propose
from nhsbn.rebinding.questions import MARGIN, confidence, longest_rising, matched
from nhsbn.rebinding.wording import compared, marked, similarity, similarity_at_most
from nhsbn.tools.binding import BoundQuestion
from nhsbn.tools.template_grid import GridCell, SheetGrid
from tests.rebinding_samples import ACCEPTED, BEDS, LAST, RECEIVED, STAFF, decided, kinds, proposal, refused
from tests.small_templates import PLAIN, Asked, Layout, changed, edition, tool

# Words


def test_words_that_went_and_came_are_marked_in_place() -> None:
    pieces = compared("All open referrals,\n  counted once", "All accepted referrals, counted once a month")
    assert marked(pieces) == "All [-open-] {+accepted+} referrals, counted once {+a month+}"
    assert marked(compared("", "new")) == "{+new+}"
    assert marked(compared("gone", "")) == "[-gone-]"


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("a b c d", "a b c d", 1.0),
        ("A  b", "a\nB", 1.0),
        ("a b", "c d", 0.0),
        ("a b c d", "a x c d", 0.75),
        ("", "", 1),
    ],
)
def test_likeness_is_the_share_of_words_kept_in_order(old: str, new: str, alike: float) -> None:
    assert similarity(old, new) == alike
    assert similarity_at_most(old, new) >= alike


def test_confidence_is_the_stated_formula() -> None:
    found = proposal(changed(RECEIVED, text="Referrals accepted", definition=""), ACCEPTED)
    old = found.against.questions[0].asked
    new = next(one.new for one in found.matches.values() if one.new and one.new.code == "Q1")
    assert confidence(old, new) == pytest.approx(0.35 + 0.40 * 0.5 + 0.25 * 0)
    bare = proposal(changed(RECEIVED, definition=""), ACCEPTED).matches
    assert confidence(bare["Q001"].new, bare["Q001"].new) == pytest.approx(0.35 + 0.65)


def test_the_longest_run_that_rises_keeps_its_places() -> None:
    assert longest_rising([3, 0, 1, 2]) == {1, 2, 3}
    assert longest_rising([]) == set()
    assert len(longest_rising([2, 1, 0])) == 1


# Kinds


def test_an_unchanged_template_is_the_same_wherever_its_rows_and_columns_are() -> None:
    found = proposal(RECEIVED, ACCEPTED, layout=Layout(top=5, left=3, sheets_before=2))
    assert kinds(found) == dict.fromkeys(("Q1", "Q2", "Q3", "Q4"), "same")
    assert not found.headings


def test_a_question_on_another_sheet_with_another_code_or_in_another_order_is_moved() -> None:
    found = proposal(ACCEPTED, RECEIVED, BEDS, activity=(changed(STAFF, code="Q9"),))
    assert kinds(found) == {"Q2": "moved", "Q1": "same", "Q3": "moved", "Q9": "moved"}
    changes = {one.new.code: one.changes for one in found.matches.values() if one.new}
    assert changes == {
        "Q2": ("row 6, now 5, among other questions",),
        "Q1": (),
        "Q3": ("sheet 'Activity', now 'Access'",),
        "Q9": ("code Q4, now Q9",),
    }


def test_another_word_another_type_or_another_column_is_reworded() -> None:
    for question in (
        changed(RECEIVED, definition="Each referral once, by the day it was entered"),
        changed(RECEIVED, text="Referrals received, all"),
        changed(RECEIVED, kind="Percentage"),
    ):
        found = proposal(question, ACCEPTED)
        assert kinds(found)["Q1"] == "reworded"
        assert found.matches["Q001"].asks_verdict
    found = proposal(RECEIVED, ACCEPTED, layout=Layout(members={**PLAIN.members, "old": "Older people"}))
    assert found.matches["Q001"].changes == ("10 columns, now 12",)
    assert found.matches["Q001"].kind == "reworded"


def test_what_rests_on_a_changed_definition_needs_a_verdict_though_it_is_the_same() -> None:
    found = proposal(changed(RECEIVED, definition="Each referral twice, by the day it was received"), ACCEPTED)
    assert found.matches["Q002"].kind == "same"
    assert found.matches["Q002"].asks_verdict
    assert found.matches["Q002"].changes == ("its definition names Q1, which changed",)
    far = changed(STAFF, definition="Of those in Q2.")
    last = {"Access": [RECEIVED, ACCEPTED], "Activity": [far]}
    grid, _ = tool({"Access": [changed(RECEIVED, text="Referrals received, all"), ACCEPTED], "Activity": [far]})
    found = propose(edition(last), "new.xlsx", b"new", grid)
    assert found.matches["Q003"].kind == "same"
    assert found.matches["Q003"].changes == ("its definition names Q2, which changed",)


def test_a_code_given_to_another_question_is_not_the_same() -> None:
    other = Asked("Q1", "Income from commissioners", "Pounds without recharges")
    found = proposal(other, changed(RECEIVED, code="Q7"), ACCEPTED)
    assert kinds(found)["Q7"] == "moved"
    assert found.matches["Q002"].old.code == "Q1"
    assert kinds(found)["Q1"] == "new"


def test_a_code_kept_with_wholly_other_words_is_left_to_a_person() -> None:
    found = proposal(Asked("Q1", "Income from commissioners", "Pounds without recharges"), ACCEPTED)
    assert kinds(found) == {"Q1": "ambiguous", "Q2": "same", "Q3": "same", "Q4": "same"}
    assert [one.old.code for one in found.matches["Q001"].candidates] == ["Q1"]


def test_two_that_are_as_likely_are_left_to_a_person_with_both_listed() -> None:
    twins = [Asked("Q1", "Beds open", "At midnight"), Asked("Q2", "Beds open", "At midnight")]
    grid, _ = tool({"Access": [Asked("Q7", "Beds open", "At midnight"), Asked("Q8", "Beds open", "At midnight")]})
    found = propose(edition({"Access": twins}), "new.xlsx", b"new", grid)
    assert kinds(found) == {"Q7": "ambiguous", "Q8": "ambiguous"}
    for match in found.matches.values():
        assert [one.old.code for one in match.candidates] == ["Q1", "Q2"]
        assert abs(match.candidates[0].confidence - match.candidates[1].confidence) < MARGIN


def test_a_new_and_a_gone_question() -> None:
    found = proposal(RECEIVED, Asked("Q8", "Income from commissioners", "Pounds without recharges"))
    assert kinds(found) == {"Q1": "same", "Q8": "new", "Q3": "same", "Q4": "same", "Q2": "gone"}


def test_the_catalogue_defines_what_last_years_template_does_not() -> None:
    last = {"Access": [changed(RECEIVED, definition="")]}
    known = edition(last)
    described = type(known)(**{**known.__dict__, "definitions": {"Q1": RECEIVED.definition}})
    assert matched(described.questions, [proposal(RECEIVED).matches["Q001"].new])[0].kind == "same"


# Headings


def heading_changes(layout: Layout) -> list[tuple[str, str, str, str]]:
    found = proposal(RECEIVED, ACCEPTED, layout=layout)
    return [(".".join(one.path), one.kind, one.old, one.new) for one in found.headings.values()]


def test_renamed_months_members_and_columns_are_proposed() -> None:
    layout = Layout(
        members={**PLAIN.members, "cyp": "Children and young people"},
        months=("April 2025", "May 2025"),
        heads=("Ref", "Question", "Definition", "Answer type"),
        notes=("Source of data", "Comments"),
        details={"organisation": "Name of organisation"},
    )
    assert heading_changes(layout) == [
        ("columns.question", "renamed", "Question code", "Ref"),
        ("columns.data_source", "renamed", "Data source", "Source of data"),
        ("months.1", "renamed", "Month 1", "April 2025"),
        ("months.2", "renamed", "Month 2", "May 2025"),
        ("members.service.cyp", "renamed", "Young people", "Children and young people"),
        ("details.rows.organisation", "renamed", "Organisation", "Name of organisation"),
    ]


def test_a_member_in_another_place_is_moved_one_more_is_new_and_one_less_is_gone() -> None:
    layout = Layout(
        members={"cyp": "Young people", "adult": "Adult", "all": "All services", "mum": "Perinatal & infant"}
    )
    assert heading_changes(layout) == [
        ("members.service.adult", "moved", "Adult", "Adult"),
        ("members.service.lda", "gone", "Learning disability", ""),
        ("members.service.perinatal_infant", "new", "", "Perinatal & infant"),
    ]
    assert member_id("Perinatal & infant") == "perinatal_infant"


def test_a_heading_that_may_be_either_of_two_is_left_to_a_person() -> None:
    rest = {"lda": "Learning disability", "all": "All services"}
    known = edition(LAST, Layout(members={"adult": "Adult", **rest}))
    binding = known.binding.replace("cyp: Young people, ", "")
    grid, _ = tool(LAST, Layout(members={"adult": "Adults A", "two": "Adults B", **rest}))
    found = propose(type(known)(**{**known.__dict__, "binding": binding}), "new.xlsx", b"new", grid)
    [one] = found.headings.values()
    assert (one.kind, one.old, one.new) == ("ambiguous", "Adult", "")
    assert [text for text, _ in one.candidates] == ["Adults A", "Adults B"]
    assert refused(found)[0] == "row H001: 'Adult' may be any of 'Adults A', 'Adults B'; write bind to, and which"
    said = refused(found, H001=("bind to", "Adults B"))
    assert said[0].startswith(
        "new.xlsx, sheet 'Access', row 5: the columns of Q1 fit no breakdown: Adults A / Month 1"
    )


def test_cells_that_the_binding_so_decided_would_miss_are_told_before_anything_is_made() -> None:
    layout = Layout(details={"organisation": "Organisation", "email": "Email of whoever answers"})
    found = proposal(RECEIVED, ACCEPTED, layout=layout)
    assert "    email_of_whoever_answers: Email of whoever answers\n" in decided(found).binding
    [said] = refused(found, H001=("reject",))
    assert said.startswith("the binding so decided:")
    assert said.endswith(
        "sheet 'About', question 'Email of whoever answers': answer cells B3, C3 are bound to nothing"
    )


def test_a_questions_columns_say_how_it_is_bound() -> None:
    columns = Columns(PLAIN.months, {"service": PLAIN.members}, PLAIN.notes)
    asked = {one.new.code: one.new for one in proposal(RECEIVED).matches.values() if one.new}
    assert columns.bound(asked["Q1"]) == BoundQuestion(breakdown="service", total=True)
    assert columns.bound(asked["Q3"]) == BoundQuestion()
    assert Columns(("January", "May"), {"service": PLAIN.members}, PLAIN.notes).bound(asked["Q1"]) is None


# Bad templates


def test_a_template_without_answers_or_without_codes_is_refused_with_what_to_do() -> None:
    locked = {"Access": SheetGrid("Access", True, True, {(1, 1): GridCell("Question code")})}
    with pytest.raises(NhsbnError, match=r"new\.xlsx has no cell to be answered .* nhsbn tool inspect"):
        propose(edition(LAST), "new.xlsx", b"new", locked)
    open_ = {"Form": SheetGrid("Form", True, True, {(1, 1): GridCell("Beds"), (1, 2): GridCell(is_locked=False)})}
    with pytest.raises(NhsbnError, match=r"new\.xlsx has no column of question codes"):
        propose(edition(LAST), "new.xlsx", b"new", open_)


def test_a_code_that_stands_twice_is_told_with_both_places() -> None:
    found = proposal(RECEIVED, ACCEPTED, activity=(changed(BEDS, code="Q1"), STAFF))
    assert [str(problem) for problem in found.problems] == [
        "new.xlsx, sheet 'Access', row 5 and sheet 'Activity', row 4: question code 'Q1' stands twice; "
        "ask the sender for it"
    ]
    assert any("stands twice" in problem for problem in refused(found))


def test_a_question_without_a_code_of_its_own_is_known_by_its_words() -> None:
    def plain(*texts: str):
        asked = [Asked(text, "", "", by_service=False, kind="") for text in texts]
        return {"Access": asked}, tool({"Access": asked}, Layout(heads=("Question code", "", "", "")))[0]

    last, grid = plain("Referrals received in the month", "Beds open at midnight")
    new = plain("Income from commissioners in pounds", "Referrals received in the month", "Beds open at noon")[1]
    known = edition(last)
    found = propose(type(known)(**{**known.__dict__, "grid": grid}), "new.xlsx", b"new", new)
    assert [(one.kind, one.old.code if one.old else "") for one in found.matches.values()] == [
        ("new", ""),
        ("same", "Referrals received in the month"),
        ("ambiguous", ""),
    ]
    assert [one.old.code for one in found.matches["Q003"].candidates] == ["Beds open at midnight"]
