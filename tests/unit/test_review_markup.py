"""Marked-up reviews: what is sound is taken, the rest is told with the remedy, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from nhsbn.errors import NhsbnError
from nhsbn.review.content import RETURN, contents
from nhsbn.review.markup import check_key
from nhsbn.review.sign_off import Answer, Standing
from tests.small_review import ANSWERED, PLAN, TODAY, cell, key, marked, question, review, row, sign_offs, weighed


def test_a_row_filled_in_is_taken_and_the_rest_still_waits() -> None:
    now = review()
    found = weighed(marked(now, row(comment="As expected")), now)
    (response,) = found.responses
    assert (response.subject, response.answer, response.by, response.role) == (
        "A-01",
        Answer.CONFIRMED,
        "Ann Archer",
        "ann",
    )
    assert (response.on, response.comment, response.counts) == (ANSWERED, "As expected", True)
    assert (found.problems, found.blank, found.repeated) == ((), 1, 0)
    standings = {subject: one.standing for subject, one in sign_offs(now, found.responses).items()}
    assert standings["A-01"] is Standing.CONFIRMED
    assert standings["A-02"] is standings["access"] is Standing.WAITING


@pytest.mark.parametrize("by", ["ann@trust.example", " ann archer ", "BOB BELL"])
def test_a_person_or_deputy_is_known_by_name_or_e_mail(by: str) -> None:
    now = review()
    found = weighed(marked(now, row(by=by)), now)
    assert found.taken == 1
    assert found.responses[0].by in ("Ann Archer", "Bob Bell")


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"id": "A-99"}, "'A-99' is not one of the ids that this workbook was made with"),
        ({"id": "A-02"}, "the id belongs to “Question A-02”, and “Question A-01” stands beside it"),
        ({"id": ""}, "'' is not one of the ids"),
        ({"response": "fine"}, "the response 'fine' is not one of confirmed, queried; choose one"),
        ({"by": ""}, "By is empty; write who answers"),
        ({"by": "Zoe Zebra"}, "'Zoe Zebra' is not in the data collection plan; Ann Archer (Access lead, ann@"),
        ({"by": "Will Wood"}, "Will Wood (Workforce lead) does not lead it; Ann Archer"),
        ({"by": "Dee Dale"}, "Dee Dale (Care group director) does not lead it"),
        ({"on": None}, "Date is empty"),
        ({"on": "soon"}, "the date 'soon' is no date; write it as 14/07/2025"),
        ({"on": date(2025, 8, 1)}, "the date 01/08/2025 is still to come"),
        ({"on": date(2025, 6, 29)}, "the date 29/06/2025 lies before the end of 2025-26-Q1"),
    ],
)
def test_a_row_that_is_not_sound_is_told_kept_and_does_not_count(change: dict[str, object], remark: str) -> None:
    now = review()
    found = weighed(marked(now, row(comment="My words", **change), row("A-02", number=9)), now)
    told = [str(problem) for problem in found.problems if remark in problem.message]
    assert len(told) == 1
    assert told[0].startswith("ann.xlsx, sheet 'Review', row 2, ")
    spoilt = next(one for one in found.responses if one.row == 2)
    assert not spoilt.counts
    assert spoilt.comment == "My words"
    assert spoilt.remark == next(one.message for one in found.problems if remark in one.message)
    assert [one.row for one in found.responses if one.counts] == [9]
    assert sign_offs(now, found.responses)["A-01"].standing is Standing.WAITING


def test_an_id_that_stands_twice_is_taken_from_neither_row_and_the_missing_one_is_told() -> None:
    now = review()
    came = marked(now, row(), row(number=3))
    found = weighed(replace(came, rows=came.rows[:2]), now)
    assert found.taken == 0
    said = [problem.message for problem in found.problems]
    assert sum("the id stands in 2 rows" in one for one in said) == 2
    assert any("A-02 had a row when it was made, and has none now" in one for one in said)


def test_rows_put_into_another_order_are_taken_all_the_same() -> None:
    now = review()
    assert weighed(marked(now, row("A-02", number=2), row("A-01", number=3)), now).taken == 2


def test_half_filled_rows() -> None:
    now = review()
    queried = weighed(marked(now, row(response=" Queried ")), now)
    assert queried.taken == 1
    assert "is queried without a comment" in queried.problems[0].message
    commented = weighed(marked(now, row(response="", comment="Ward closed")), now)
    assert commented.responses[0].answer is Answer.COMMENT
    assert "has a comment and no response, so that it still waits" in commented.problems[0].message
    sign_off = sign_offs(now, commented.responses)["A-01"]
    assert sign_off.standing is Standing.WAITING
    assert [one.comment for one in sign_off.comments] == ["Ward closed"]


def test_a_workbook_of_a_superseded_tool_holds_where_nothing_changed() -> None:
    before = review()
    now = review(question("A-01", [cell(value=11.0)]), version=2)
    found = weighed(marked(before, row("A-01"), row("A-02", number=3)), now, shown=before)
    assert found.taken == 2
    assert found.problems[0].where.endswith("row 2, A-01")
    assert "has changed since; it is kept as lapsed" in found.problems[0].message
    assert found.problems[-1].message == (
        "shows version 1 of the tool, and 2 is the last; 1 of 2 responses taken hold, as what they are about is "
        "unchanged"
    )
    stands = sign_offs(now, found.responses, contents(before).values())
    assert (stands["A-01"].standing, stands["A-02"].standing) == (Standing.LAPSED, Standing.CONFIRMED)
    assert [change.said for change in stands["A-01"].changes][:1] == ["A-01, April 2025: 10 became 11"]


def test_what_is_sent_again_is_taken_once_and_what_is_added_is_taken() -> None:
    now = review()
    first = weighed(marked(now, row()), now)
    again = weighed(marked(now, row(), row("A-02", number=3)), now, given=first.responses)
    assert (again.repeated, [one.subject for one in again.responses]) == (1, ["A-02"])


def test_a_later_day_decides_whatever_the_order_of_the_files() -> None:
    now = review()
    late = weighed(marked(now, row(response="queried", comment="?", on=TODAY)), now).responses
    early = weighed(marked(now, row()), now).responses
    for order in ((*late, *early), (*early, *late)):
        assert sign_offs(now, order)["A-01"].standing is Standing.QUERIED


def test_a_key_that_was_not_issued_is_not_taken() -> None:
    now = review()
    came = marked(now, row())
    forged = replace(came.key.rows["A-01"], content="0" * 32)
    elsewhere = replace(came.key.rows["A-01"], content=contents(now)["A-02"].hash)
    for shown in (forged, elsewhere):
        spoilt = replace(came, key=replace(came.key, rows={**came.key.rows, "A-01": shown}))
        found = weighed(spoilt, now)
        assert found.taken == 0
        assert "its key is not one that was issued here" in found.problems[0].message


def test_a_director_signs_sections_and_the_return_and_a_lead_does_not() -> None:
    now = review()
    dee = marked(
        now,
        row("access", words="Access", by="dee@trust.example"),
        row(RETURN, words="The whole return", by="Dee Dale", number=4),
        row("workforce", words="Workforce", by="Will Wood", number=3),
        reader="dee",
    )
    found = weighed(dee, now)
    assert sorted(one.subject for one in found.responses if one.counts) == ["access", "return"]
    assert [problem.message for problem in found.problems] == [
        "is signed while 2 of its questions are not confirmed by their leads",
        "is signed while 3 of its questions are not confirmed by their leads",
        "Will Wood (Workforce lead) does not lead it; "
        "Dee Dale (Care group director, dee@trust.example) answers for it",
    ]
    assert sign_offs(now, found.responses)[RETURN].standing is Standing.CONFIRMED


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"period": "2025-26-Q2"}, "Take it with: nhsbn review take small 2025-26-Q2"),
        ({"project": "other"}, "is a review of other 2025-26-Q1, not of small 2025-26-Q1; it stays where it is"),
        ({"edition": "2024-25"}, "is of edition 2024-25, and 2025-26-Q1 is worked in 2025-26; make the pack anew"),
        ({"place": "south"}, "is of 'south', which is no place of the trust: north"),
        ({"reader": "zoe"}, "was made for 'zoe', who is nobody of the data collection plan"),
    ],
)
def test_a_workbook_of_another_return_is_left_alone(change: dict[str, str], said: str) -> None:
    check_key(key(review()), "small", "2025-26", "2025-26-Q1", ("north",), PLAN)
    with pytest.raises(NhsbnError) as raised:
        check_key(replace(key(review()), **change), "small", "2025-26", "2025-26-Q1", ("north",), PLAN)
    assert said in str(raised.value)
