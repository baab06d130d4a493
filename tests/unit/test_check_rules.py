"""Every rule of the checks, on evidence small enough to judge by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nhsbn.checks.evidence import Earlier, EarlierFigure, earlier, words
from nhsbn.checks.judging import judge
from nhsbn.checks.results import Outcome
from nhsbn.periods import Month
from nhsbn.tools.cells import CellState, State
from tests.small_checks import (
    APRIL,
    JUNE,
    MAY,
    PERIOD,
    Verdict,
    declared,
    evidence,
    failed,
    figure,
    result,
)

A, B, C, SHARE, STAFF, WAIT = (f"XX-AA-0{number}" for number in range(1, 7))
LAST_APRIL = APRIL.plus(-12)


# Range ---------------------------------------------------------------------------------------------------------


def test_the_plausible_range_is_the_metrics_and_holds_the_trusts_totals() -> None:
    checks = declared("kind: plausible_range")
    given = evidence(
        [
            figure(A, 1001),
            figure(A, 1000, month=MAY),
            figure(A, 5000, place="doncaster"),
            figure(B, 2000, member="adult"),
        ]
    )
    (one,) = failed(checks, given)
    assert (one.subject, one.locality, [found.month for found in one.findings]) == (A, "trust", ["2025-04"])
    assert one.message == "April 2025: 1,001 lies outside the plausible range of 0 to 1,000"


def test_a_figure_that_stands_in_no_cell_is_not_judged() -> None:
    gap = CellState(State.NOT_COLLECTED, reason="no extract", owner="Ward lead")
    given = evidence([figure(A, 5000)], states={"trust": {(A, "all", APRIL): gap}})
    assert result(judge(declared("kind: plausible_range"), given), A).outcome is Outcome.NOT_JUDGED


# Change --------------------------------------------------------------------------------------------------------

YEAR = "kind: change\nagainst: same_period_last_year"


@pytest.mark.parametrize(
    ("before", "now", "fails"),
    [
        (1000, 1190, False),  # within a fifth
        (1000, 1210, True),
        (1000, 790, True),
        (10, 20, False),  # doubled, as ten often do by chance: 2 x P(X <= 10 of 30) = 0.099
        (10, 30, True),  # 2 x P(X <= 10 of 40) = 0.0022
        (0, 9, False),  # 2 / 2^9 = 0.0039
        (0, 10, True),  # 2 / 2^10 = 0.0020
    ],
)
def test_a_change_matters_beyond_tolerance_and_beyond_chance(before: float, now: float, fails: bool) -> None:
    given = evidence([figure(A, now)], {(A, "trust", "all"): {LAST_APRIL: before}})
    assert bool(failed(declared(YEAR), given)) is fails


def test_a_share_is_held_to_chance_by_the_count_behind_it() -> None:
    last = {(SHARE, "trust", "all"): {LAST_APRIL: 25.0}}
    few = figure(SHARE, 50.0, numerator=10, denominator=20)  # 10 where 5 were expected
    many = figure(SHARE, 50.0, numerator=1000, denominator=2000)
    assert failed(declared(YEAR), evidence([few], last)) == []
    assert len(failed(declared(YEAR), evidence([many], last))) == 1


def test_what_counts_no_things_is_held_to_the_least_that_matters() -> None:
    last = {(STAFF, "trust", "all"): {LAST_APRIL: 4.0}}
    assert failed(declared(YEAR), evidence([figure(STAFF, 6.9)], last)) == []
    assert len(failed(declared(YEAR), evidence([figure(STAFF, 7.0)], last))) == 1


def test_an_average_over_few_rows_is_left_alone() -> None:
    last = {(WAIT, "trust", "all"): {LAST_APRIL: 10.0}}
    assert failed(declared(YEAR), evidence([replace(figure(WAIT, 90.0), rows_counted=4)], last)) == []
    assert len(failed(declared(YEAR), evidence([replace(figure(WAIT, 90.0), rows_counted=5)], last))) == 1


def test_the_previous_period_is_held_month_by_month_at_the_checks_own_tolerance() -> None:
    check = "kind: change\nagainst: previous_period\ntolerance_percent: 50"
    last = {(A, "trust", "all"): {APRIL.plus(-3): 100.0, MAY.plus(-3): 100.0}}
    given = evidence([figure(A, 149), figure(A, 160, month=MAY), figure(A, 900, month=JUNE)], last)
    (one,) = failed(declared(check), given)
    assert [found.month for found in one.findings] == ["2025-05"]
    assert "60 (60%) more than the 100 submitted for February 2025" in one.message


def test_the_worst_change_is_told_first_with_how_many_more() -> None:
    last = {(A, "trust", member): {LAST_APRIL: 100.0} for member in ("all", "adult", "cyp")}
    given = evidence([figure(A, 300), figure(A, 250, member="adult"), figure(A, 50, member="cyp")], last)
    (one,) = failed(declared(YEAR), given)
    assert one.message.startswith("April 2025: 300 is 200 (200%) more")
    assert one.message.endswith(", and 2 more")
    assert one.looked_at == 3


def test_two_percentages_are_apart_by_points() -> None:
    given = evidence(
        [figure(SHARE, 30.0, numerator=300, denominator=1000)], {(SHARE, "trust", "all"): {LAST_APRIL: 20.0}}
    )
    (one,) = failed(declared(YEAR), given)
    assert "30.0% is 10.0 points more than the 20.0% submitted" in one.message


def test_the_worst_is_told_first_by_every_rule() -> None:
    given = evidence([figure(A, 1001), figure(B, 1002), figure(A, 10, month=MAY), figure(B, 90, month=MAY)])
    (one,) = failed(declared(f"kind: order\nitems: [{A}, {B}]"), given)
    assert [found.month for found in one.findings] == ["2025-05", "2025-04"]
    assert one.message.startswith("May 2025: 90 is more")


def test_what_may_not_be_compared_is_not_judged_and_says_why() -> None:
    given = evidence(
        [figure(A, 900)], earlier=Earlier({}, {}, {A: Verdict("2024-25", A, "no", "asked otherwise")})
    )
    one = result(judge(declared(YEAR), given), A)
    assert (one.outcome, one.message) == (Outcome.NOT_JUDGED, "not comparable with 2024-25: asked otherwise")


def test_earlier_figures_come_under_this_editions_codes_and_totals_are_added_up() -> None:
    def sent(item: str, member: str, value: float, edition: str = "2024-25") -> EarlierFigure:
        return EarlierFigure(edition, item, "trust", member, LAST_APRIL, value)

    verdicts = {
        "NEW": Verdict("2024-25", "OLD", "with caveat", "from April by team"),
        "GONE": Verdict("2024-25", "GONE", "no", "another definition"),
    }
    submitted = [sent("OLD", "adult", 2), sent("OLD", "cyp", 3), sent("GONE", "all", 9), sent("STRAY", "all", 1)]
    found = earlier("2025-26", submitted, [sent("NEW", "all", 7, "2025-26")], verdicts)
    assert dict(found.submitted[("NEW", "trust", "all")]) == {LAST_APRIL: 5}
    assert set(found.submitted) == {("NEW", "trust", one) for one in ("adult", "cyp", "all")}
    assert found.caveat("NEW") == "from April by team"
    assert found.history(("NEW", "trust", "all")) == {LAST_APRIL: 5}  # submitted stands before computed


def test_a_total_that_was_sent_stands_and_only_months_without_one_are_added_up() -> None:
    march = LAST_APRIL.plus(-1)
    sent = [
        EarlierFigure("2025-26", item, "trust", member, month, value)
        for item in ("COUNT", "SHARE")
        for member, month, value in (
            ("adult", LAST_APRIL, 60),
            ("cyp", LAST_APRIL, 70),
            ("adult", march, 50),
            ("all", march, 65),
        )
    ]
    found = earlier("2025-26", sent, [], {}, {"SHARE"})
    assert found.submitted["COUNT", "trust", "all"] == {march: 65, LAST_APRIL: 130}
    assert found.submitted["SHARE", "trust", "all"] == {march: 65}  # 130% of anything would be no percentage


def test_the_period_before_is_of_another_edition_where_the_year_turns() -> None:
    check = "kind: change\nagainst: previous_period\ntolerance_percent: 50"
    before = {(A, "trust", "all"): {APRIL.plus(-3): 100.0}}
    care = Earlier(before, {}, {A: Verdict("2024-25", A, "with caveat", "by team")})
    (one,) = failed(declared(check), evidence([figure(A, 900)], earlier=care))
    assert one.message.endswith("submitted for January 2025 (compare with care: by team)")
    no = Earlier({}, {}, {A: Verdict("2024-25", A, "no", "asked otherwise")})
    found = result(judge(declared(check), evidence([figure(A, 900)], earlier=no)), A)
    assert found.message == "not comparable with 2024-25: asked otherwise"
    july = replace(evidence([figure(A, 900)], earlier=no), period=PERIOD.next())
    assert "nothing was submitted for April 2025" in result(judge(declared(check), july), A).message


# History -------------------------------------------------------------------------------------------------------


def history(*values: float) -> dict[Month, float]:
    return {APRIL.plus(back - len(values)): value for back, value in enumerate(values)}


def test_an_outlier_lies_far_from_its_own_history_and_beyond_chance() -> None:
    check = "kind: outlier\nscore: 3.5\npoints: 8"
    past = {(A, "trust", "all"): history(100, 101, 99, 100, 102, 98, 100, 101)}
    assert failed(declared(check), evidence([figure(A, 110)], past)) == []  # score 6.7, and no more than chance
    (one,) = failed(declared(check), evidence([figure(A, 180)], past))
    assert "modified z-score" in one.message
    assert failed(declared(f"{check}\nat_least_percent: 81"), evidence([figure(A, 180)], past)) == []


def test_too_short_a_history_is_not_judged_and_says_how_long_it_is() -> None:
    check = "kind: outlier\nscore: 3.5\npoints: 8"
    found = judge(declared(check), evidence([figure(A, 180)], {(A, "trust", "all"): history(1, 2, 3)}))
    assert result(found, A).message == "3 earlier months are known, and 8 are needed"


def test_a_special_cause_is_marked_in_the_months_of_the_period_alone() -> None:
    check = "kind: special_cause\npoints: 12\nshift: 20"
    past = {(A, "trust", "all"): history(*[50, 52] * 3, 90, *[50, 52] * 3)}
    assert failed(declared(check), evidence([figure(A, 51)], past)) == []  # the 90 is of last year
    given = evidence([figure(A, 51), figure(A, 51, month=MAY), figure(A, 140, month=JUNE)], past)
    (one,) = failed(declared(check), given)
    assert [found.month for found in one.findings] == ["2025-06"]
    assert "outside the process limits" in one.message


def test_a_figure_that_never_varies_stands_out_nowhere_on_its_chart() -> None:
    third = 100 / 3
    past = {(SHARE, "trust", "all"): history(*[round(third, 13)] * 23)}  # as a workbook keeps it
    given = evidence([figure(SHARE, third, month=month) for month in (APRIL, MAY, JUNE)], past)
    found = result(judge(declared("kind: special_cause\npoints: 12"), given), SHARE)
    assert found.outcome is Outcome.PASSED


def test_a_chart_does_not_reach_over_a_missing_month() -> None:
    past = history(*[50] * 14)
    del past[APRIL.plus(-3)]
    given = evidence([figure(A, 400)], {(A, "trust", "all"): past})
    found = result(judge(declared("kind: special_cause\npoints: 12"), given), A)
    assert found.outcome is Outcome.NOT_JUDGED


# Logic ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("numerator", "fails"), [(20, False), (21, True), (-1, True)])
def test_a_numerator_lies_within_its_denominator(numerator: float, fails: bool) -> None:
    given = evidence([figure(SHARE, numerator * 5, numerator=numerator, denominator=20)])
    assert bool(failed(declared("kind: share"), given)) is fails


def test_a_part_is_at_most_its_whole_in_every_cell() -> None:
    given = evidence(
        [
            figure(A, 10, "doncaster"),
            figure(B, 10, "doncaster"),
            figure(A, 7, "doncaster", "cyp", MAY),
            figure(B, 8, "doncaster", "cyp", MAY),
        ]
    )
    (one,) = failed(declared(f"kind: order\nitems: [{A}, {B}]"), given)
    assert (one.subject, one.locality) == (B, "doncaster")
    assert [(found.member, found.month, found.value, found.against) for found in one.findings] == [
        ("cyp", "2025-05", 8, 7)
    ]
    assert failed(declared(f"kind: order\nitems: [{A}, {B}]\ntolerance_percent: 15"), given) == []


def test_parts_add_up_to_their_whole() -> None:
    check = f"kind: sum\nwhole: {A}\nparts: [{B}, {C}]"
    assert failed(declared(check), evidence([figure(A, 10), figure(B, 4), figure(C, 6)])) == []
    (one,) = failed(declared(check), evidence([figure(A, 10), figure(B, 4), figure(C, 5)]))
    assert one.message == f"April 2025: {B} and {C} come to 9, and {A} is 10"


@pytest.mark.parametrize(
    ("adult", "cyp", "fails"), [(60, 40, False), (60, 36, False), (60, 34, True), (60, 41, True)]
)
def test_members_add_up_to_their_total_but_for_a_little(adult: float, cyp: float, fails: bool) -> None:
    given = evidence([figure(A, 100), figure(A, adult, member="adult"), figure(A, cyp, member="cyp")])
    assert bool(failed(declared("kind: members\ntolerance_percent: 5"), given)) is fails


@pytest.mark.parametrize(
    ("rotherham", "said"), [(41, "more than the trust's 100"), (30, "10 is allocated to none")]
)
def test_localities_and_the_unallocated_are_the_trust(rotherham: float, said: str) -> None:
    given = evidence([figure(A, 100), figure(A, 60, "doncaster"), figure(A, rotherham, "rotherham")])
    (one,) = failed(declared("kind: localities\ntolerance_percent: 5"), given)
    assert said in one.message


def test_what_does_not_add_up_is_left_alone_with_its_reason() -> None:
    checks = replace(declared("kind: localities\ntolerance_percent: 5"), not_additive={"thing": "people move"})
    given = evidence([figure(A, 100), figure(A, 60, "doncaster"), figure(A, 90, "rotherham")])
    assert judge(checks, given) == ()


def test_a_census_changes_by_what_came_less_what_went() -> None:
    check = f"kind: balance\ncensus: {C}\ncomes: {A}\ngoes: {B}\nat_least: 2"
    flows = [figure(A, 10), figure(B, 8), figure(A, 9, month=MAY), figure(B, 9, month=MAY)]
    census = [figure(C, 50), figure(C, 53, month=MAY)]
    (one,) = failed(declared(check), evidence([*flows, *census]))
    assert one.message == "May 2025: 9 came and 9 went, but the census went from 50 to 53"
    assert one.looked_at == 1  # April has no census before it
    computed = Earlier({}, {(C, "trust", "all"): {APRIL.plus(-1): 40.0}})
    (one,) = failed(declared(check), evidence([*flows, *census], earlier=computed))
    assert [found.month for found in one.findings] == ["2025-04", "2025-05"]


# Other sources -------------------------------------------------------------------------------------------------


def test_two_sources_agree_within_their_tolerance() -> None:
    check = f"kind: agree\nours: {A}\ntheirs: {B}\ntolerance_percent: 10\nat_least: 3\nbecause: They are late."
    assert failed(declared(check), evidence([figure(A, 110), figure(B, 100)])) == []
    assert failed(declared(check), evidence([figure(A, 8), figure(B, 5)])) == []
    (one,) = failed(declared(check), evidence([figure(A, 112), figure(B, 100)]))
    assert one.message.endswith("some difference is expected: They are late")


def test_a_month_that_is_not_published_yet_is_held_to_the_year_before_where_declared() -> None:
    check = f"kind: agree\nours: {STAFF}\ntheirs: pay\nsource: The press\ntolerance_percent: 10\nbecause: x\n"
    other = {("The press", "pay", "trust"): {LAST_APRIL: 100.0, MAY: 50.0}}
    given = evidence([figure(STAFF, 120), figure(STAFF, 50, month=MAY)], other=other)
    assert failed(declared(check), given) == []
    (one,) = failed(declared(check + "or_year_before: true"), given)
    assert "The press, pay, of April 2024, 100.0 WTE" in one.message


def test_rows_that_map_nowhere_are_a_share_of_their_table() -> None:
    given = evidence([], mapped={"contact": (3, 100), "referral": (2, 100), "empty": (0, 0)})
    found = judge(declared("kind: mapped\ntolerance_percent: 2"), given)
    assert {one.subject: one.outcome.value for one in found} == {
        "contact": "failed",
        "referral": "passed",
        "empty": "not_judged",
    }


def test_rows_that_a_later_issue_lost_are_a_share_of_those_issued_again() -> None:
    lost = {"contact": {"contacts": (30, 270)}, "leave": {"leave": (9, 1)}, "cto": {"ctos": (0, 0)}}
    given = evidence([], reissued=lost | {"caseload": {"caseload": (10, 190)}})
    found = judge(declared("kind: reissued\ntolerance_percent: 5\nat_least: 10"), given)
    assert {one.subject: one.outcome.value for one in found} == {
        "contact": "failed",
        "leave": "passed",  # nine of ten, but too few to ask about
        "cto": "not_judged",
        "caseload": "passed",
    }
    (contact,) = (one for one in found if one.subject == "contact")
    assert "contacts: 30 of 300 rows that were issued again (10.0%) are not in the later issue" in contact.message


# Completeness --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "owner", "lacks"),
    [("Kept on paper", "Lead", ""), (" ", "Lead", "rationale"), ("Kept on paper", " ", "owner")],
)
def test_a_gap_without_rationale_or_owner_stops(reason: str, owner: str, lacks: str) -> None:
    gap = CellState(State.NOT_COLLECTED, reason=reason, owner=owner)
    given = evidence([], states={"trust": {(A, "adult", APRIL): gap}})
    found = failed(declared("kind: complete\nseverity: stops"), given)
    assert [one.message for one in found] == (
        [f"{A}, April 2025, Adult: not collected, without {lacks}"] if lacks else []
    )


# Words ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (1234, "count", "1,234"),
        (12.34, "percent", "12.3%"),
        (-1250.4, "pounds", "-£1,250"),
        (3.25, "wte", "3.2 WTE"),
        (7, "days", "7.0 days"),
    ],
)
def test_figures_are_said_in_their_unit(value: float, unit: str, said: str) -> None:
    assert words(value, unit) == said


def test_the_hash_of_what_was_found_changes_with_it() -> None:
    last = {(A, "trust", "all"): {LAST_APRIL: 100.0}}
    (one,) = failed(declared(YEAR), evidence([figure(A, 300)], last))
    (same,) = failed(declared(YEAR), evidence([figure(A, 300), figure(B, 1)], last))
    (other,) = failed(declared(YEAR), evidence([figure(A, 301)], last))
    assert one.content == same.content != other.content
    (added,) = failed(declared(YEAR), evidence([figure(A, 300 * (1 + 1e-15))], last))
    assert added.content == one.content  # the same rows, added up in another order


def test_the_hash_of_a_gap_says_which_question_lacks_what() -> None:
    def lacking(code: str, owner: str) -> str:
        gap = CellState(State.NOT_COLLECTED, reason=" ", owner=owner)
        checks = declared("kind: complete\nseverity: stops")
        (one,) = failed(checks, evidence([], states={"trust": {(code, "all", APRIL): gap}}))
        return one.content

    assert len({lacking(A, "Lead"), lacking(B, "Lead"), lacking(A, " ")}) == 3
