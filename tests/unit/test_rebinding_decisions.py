from __future__ import annotations

import pytest

from nhsbn.errors import ProblemsError
from nhsbn.rebinding.decisions import Decision, decide, shown
from tests.rebinding_samples import ACCEPTED, ON, RECEIVED, decided, proposal, refused
from tests.small_templates import PLAIN, Asked, Layout, changed


def test_what_is_accepted_becomes_the_binding_and_what_changed_is_undecided() -> None:
    other = Asked("Q8", "Income from commissioners", "Pounds without recharges")
    found = proposal(changed(RECEIVED, definition="Each referral twice"), changed(ACCEPTED, code="Q5"), other)
    made = decided(found)
    assert "    Q5: {item: Q2, breakdown: service, total: true}\n" in made.binding
    assert made.new == ("Q8",)
    assert made.undecided == ("Q1", "Q2")
    assert made.comparability.partition("items:\n")[2] == (
        "  Q1:\n    was: Q1\n    comparable: undecided\n    reason: asked in other words\n"
        "  Q2:\n    was: Q2\n    comparable: undecided\n"
        "    reason: code Q2, now Q5; its definition names Q1, which changed\n"
        "  Q8:\n    was: null\n"
    )


def test_a_verdict_is_written_with_its_reason_role_and_day() -> None:
    found = proposal(changed(RECEIVED, text="Referrals received, all"), ACCEPTED)
    row = next(row for row, match in found.matches.items() if match.new and match.new.code == "Q1")
    made = decided(found, **{row: ("accept", "", "Yes", "Only the title changed: it counts alike", "Access lead")})
    assert made.comparability.partition("items:\n")[2].startswith(
        "  Q1:\n    was: Q1\n    comparable: yes\n    reason: 'Only the title changed: it counts alike'\n"
        "    decided_by: Access lead\n    decided_on: 2026-04-01\n"
    )


def test_a_rejected_pair_is_a_new_question_and_a_bound_one_is_what_it_is_bound_to() -> None:
    found = proposal(RECEIVED, Asked("Q8", "Income from commissioners", "Pounds without recharges"))
    made = decided(found, Q001=("reject",), Q002=("bind to", "Q2"), Q003=("accept",))
    assert "    Q8: {item: Q2, breakdown: service, total: true}\n" in made.binding
    items = made.comparability.partition("items:\n")[2]
    assert items.startswith("  Q1:\n    was: null\n  Q2:\n    was: Q2\n    comparable: undecided\n")


def test_what_is_bound_to_another_is_compared_with_that_one() -> None:
    made = decided(proposal(changed(RECEIVED, code="Q9")), Q001=("bind to", "Q2"))
    items = made.comparability.partition("items:\n")[2]
    assert items == "  Q2:\n    was: Q2\n    comparable: undecided\n    reason: code Q2, now Q9\n"


def test_what_rests_on_a_question_that_was_rejected_waits_for_a_verdict() -> None:
    made = decided(proposal(RECEIVED, ACCEPTED), Q001=("reject",))
    assert made.undecided == ("Q2",)
    assert "reason: its definition names Q1, which changed" in made.comparability


def test_every_row_that_cannot_hold_is_listed_at_once() -> None:
    other = Asked("Q8", "Income from commissioners", "Pounds without recharges")
    found = proposal(changed(RECEIVED, definition="Each referral twice"), other)
    said = refused(
        found,
        Q001=("accept", "", "perhaps"),
        Q002=("reject",),
        Q003=("", ""),
        Q004=("bind to", "Q77"),
        Q005=("maybe",),
    )
    assert said == [
        "row Q002: a question of the template cannot be left out; accept it as new, or bind it to last year's",
        "row Q003: Q3 (Activity) / Q3 (Activity) is undecided; write one of accept, reject, bind to",
        "row Q004: 'Q77' is no question code of 2024-25; write one, such as Q1",
        "row Q005: Q2 (Access) 'maybe' is none of accept, reject, bind to",
        "row Q001: comparable 'perhaps' is none of yes, with caveat, no, undecided",
    ]
    assert {problem.partition(":")[0] for problem in said} == {f"row Q00{number}" for number in range(1, 6)}
    assert refused(found, Q001=("accept", "", "no")) == [
        "row Q001: comparable: no needs a reason, and the role that decided it"
    ]
    assert refused(found, Q001=("bind to",)) == [
        "row Q001: bind to needs the code or heading that it is bound to, in the next column"
    ]


def test_one_question_of_last_year_is_taken_once() -> None:
    found = proposal(RECEIVED, Asked("Q8", "Income from commissioners", "Pounds without recharges"))
    assert refused(found, Q002=("bind to", "Q1")) == [
        "row Q002: last year's Q1 is taken by row Q001; give it to one of them"
    ]


def test_rows_altered_missing_twice_or_unknown_are_refused_by_row() -> None:
    found = proposal(RECEIVED, ACCEPTED)
    rows = [Decision(f"row {row}", row, *shown(match), "accept") for row, match in found.matches.items()]
    first, second, third, fourth = rows

    def said(*given: Decision) -> list[str]:
        with pytest.raises(ProblemsError) as raised:
            decide(found, given, ON)
        return [str(problem).partition("; make")[0] for problem in raised.value.problems]

    def put(one: Decision, row: str) -> Decision:
        return Decision(one.where, row, one.last_year, one.this_year, "accept")

    assert said(put(first, "Q002"), put(second, "Q001"), third, fourth) == [
        "row Q001: id Q002 belongs to Q2 (Access) / Q2 (Access), and the row shows Q1 (Access) / Q1 (Access)",
        "row Q002: id Q001 belongs to Q1 (Access) / Q1 (Access), and the row shows Q2 (Access) / Q2 (Access)",
    ]
    assert said(first, put(second, "Q999"), third, third) == [
        "row Q002: 'Q999' is no id of this list",
        "row Q003: id Q003 stands on another row too (row Q003)",
        "id Q002: Q2 (Access) / Q2 (Access) has no row among the decisions",
        "id Q004: Q4 (Activity) / Q4 (Activity) has no row among the decisions",
    ]


def test_headings_are_decided_like_questions() -> None:
    found = proposal(
        RECEIVED, ACCEPTED, layout=Layout(months=("April", "May"), notes=("Origin of these", "Comments"))
    )
    made = decided(found)
    assert "months: [April, May]" in made.binding
    assert "data_source: Origin of these" in made.binding
    assert refused(found, H001=("reject",), H002=("bind to", "June"), H003=("reject",))[:2] == [
        "row H001: 'Data source' cannot be left out; bind it to a heading of the template",
        "row H002: no sheet of new.xlsx says 'June'; copy the heading from it",
    ]


def test_a_heading_that_moved_or_is_gone_is_not_rejected_without_another() -> None:
    layout = Layout(members={"cyp": "Young people", "adult": "Adult", "all": "All services"})
    found = proposal(RECEIVED, ACCEPTED, layout=layout)
    assert refused(found, H001=("reject",), H002=("reject",))[:2] == [
        "row H001: 'Adult' stands on the template yet; accept that, or bind it to another heading",
        "row H002: 'Learning disability' was not found on the template; accept that, or bind it to another "
        "heading",
    ]


def test_a_column_of_another_kind_is_told_as_such() -> None:
    found = proposal(RECEIVED, ACCEPTED, layout=Layout(notes=("Data source", "Comments", "Rating")))
    assert [(one.path, one.kind) for one in found.headings.values()] == [(("columns", "rating"), "new")]
    assert refused(found)[0] == (
        "row H001: 'Rating' is a column that a binding has no place for; ask what is wanted there"
    )


def test_columns_that_no_breakdown_has_are_told_with_their_question() -> None:
    found = proposal(RECEIVED, ACCEPTED, layout=Layout(members={**PLAIN.members, "old": "Older people"}))
    assert decided(found).binding.count("older_people: Older people") == 1
    said = refused(found, H001=("reject",))
    assert said[0].startswith(
        "new.xlsx, sheet 'Access', row 5: the columns of Q1 fit no breakdown: Adult / Month 1"
    )
