"""The words of a review workbook's rows, and how far a return has come."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nhsbn.checks.standing import Status
from nhsbn.review.content import contents, figure
from nhsbn.review.pack import gaps
from nhsbn.review.rows import (
    MOST,
    MOST_OF_SECTION,
    amount,
    change_words,
    check_words,
    gap_words,
    question_rows,
    question_words,
    said_of,
    section_rows,
)
from nhsbn.review.sign_off import Standing, progress
from nhsbn.values import ALL
from tests.small_review import APRIL, MAY, cell, check, marked, pack, question, review, row, sign_offs, weighed


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, "count", "–"),
        (1204.0, "count", "1,204"),
        (12.5, "count", "12.5"),
        (97.25, "percent", "97.2%"),
        (0.256, "rate", "0.26"),
        (-1204311.0, "pounds", "−£1,204,311"),
        (-0.001, "wte", "0.0"),
        (-97.2761, "percent", "−97.3%"),
        (1_204_310.6, "pounds", "£1,204,311"),
    ],
)
def test_figures_are_said_by_their_unit(value: float | None, unit: str, said: str) -> None:
    assert amount(value, unit) == said


def test_changes_have_a_sign_and_percentages_change_by_points() -> None:
    assert change_words(cell(value=10.0), "count") == "+2 (+25.0%)"
    assert change_words(cell(value=6.0), "count") == "−2 (−25.0%)"
    assert change_words(cell(value=9.5), "percent") == "+1.5 points"
    assert change_words(replace(cell(), change=3.0, change_percent=None), "count") == "+3"
    assert change_words(replace(cell(), change=None), "count") == "–"
    assert change_words(cell(value=8.0), "count") == "0 (0.0%)"
    assert change_words(cell(value=6.7), "percent") == "−1.3 points"
    assert change_words(replace(cell(), change=2500.0, change_percent=2.0), "pounds") == "+£2,500 (+2.0%)"


@pytest.mark.parametrize(("value", "said"), [(3.0, "3"), (-0.0, "0"), (1234.5, "1,234.5"), (0.126, "0.13")])
def test_a_figure_of_no_unit(value: float, said: str) -> None:
    assert figure(value) == said


def test_a_question_is_called_by_its_metric_where_its_own_words_say_less() -> None:
    assert question_words(question("A-01")) == "Question A-01"
    assert question_words(replace(question("A-01"), title="Internal")) == "Question A-01: Internal"


def test_an_accepted_failure_says_by_whom_and_an_open_one_what_to_do() -> None:
    found = "New, year_on_year: April 2025: 10 against 8."
    assert check_words(check()) == f"{found} What to do: Ask the service what changed."
    assert check_words(check(), with_remedy=False) == found
    accepted = check(status=Status.ACCEPTED, note="accepted by Dee Dale until 1 August 2025: new ward")
    assert check_words(accepted) == (
        "Accepted, year_on_year: April 2025: 10 against 8. Accepted by Dee Dale until 1 August 2025: new ward."
    )
    lapsed = check(status=Status.LAPSED, note="accepted by Dee Dale, but what was found has changed since")
    assert check_words(lapsed).endswith("has changed since. What to do: Ask the service what changed.")


def test_cells_that_share_a_reason_are_one_gap() -> None:
    missing = [cell(member, month, None) for month in (APRIL, MAY) for member in ("adult", ALL)]
    one = question("A-01", [*missing, cell("cyp", APRIL, None), cell("cyp", MAY)])
    (gap,) = gaps([one])
    assert gap_words(gap) == (
        "Not collected (all months, Adult; April 2025, Children): no extract of April 2025. Owner: Access lead."
    )


def test_what_is_queried_or_has_lapsed_comes_before_what_only_waits() -> None:
    now = review()
    given = weighed(marked(now, row("A-02", "queried", comment="Why?")), now).responses
    rows = question_rows(pack(now, "ann"), sign_offs(now, given))
    assert [(one.id, one.is_pressing) for one in rows] == [("A-02", True), ("A-01", False)]
    assert rows[0].cells["Where it stands"] == "Queried by Ann Archer on 14 July 2025\n“Why?”"


def test_long_lists_are_cut_and_say_where_the_rest_is() -> None:
    before = review()
    many = [cell("adult", APRIL.plus(number)) for number in range(MOST + 3)]
    now = review(question("A-01", many, [check(f"check_{n}") for n in range(MOST_OF_SECTION + 2)]))
    given = weighed(marked(before, row()), before).responses
    said = said_of(sign_offs(now, given, contents(before).values())["A-01"])
    assert said[-1].startswith("and ")
    access = section_rows(pack(now), sign_offs(now))[0]
    assert access.cells["Open warnings"].split("\n")[-1] == "and 2 more; see the sheet Warnings"


def test_progress_counts_by_place_section_and_lead() -> None:
    found = progress(
        [
            ("north", "access", "ann", Standing.CONFIRMED),
            ("north", "access", "ann", Standing.LAPSED),
            ("north", "workforce", "will", Standing.CONFIRMED),
        ]
    )
    assert [(one.section, one.asked, one.is_done) for one in found] == [
        ("access", 2, False),
        ("workforce", 1, True),
    ]
    assert found[0].counts == {
        Standing.QUERIED: 0,
        Standing.LAPSED: 1,
        Standing.WAITING: 0,
        Standing.CONFIRMED: 1,
    }
