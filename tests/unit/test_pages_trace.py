from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from invented_trace import FILE, trace
from page_reader import Read

from nhsbn.tools.cells import State
from nhsbn.tracing.trace import Trace
from pages.trace_page import exact, plain, render


@pytest.fixture(scope="module")
def text() -> str:
    return Read(render(trace())).text


def test_the_same_trace_makes_the_same_bytes_and_fetches_nothing() -> None:
    page = render(trace())
    assert page == render(trace())
    read = Read(page)
    assert read.fetched == []
    assert read.links == ["#main"]
    assert len(read.ids) == len(set(read.ids))


def test_the_answer_is_taken_apart_in_words(text: str) -> None:
    assert "MI-IP-03 Bed occupancy, excluding leave Rotherham, Adult acute, May 2025" in text
    assert "The answer 97.3% Value" in text
    assert "Numerator : sum of days over 72 rows = 2,232" in text
    assert "Value : 2,232 / 2,294.5 x 100 = 97.2760950098" in text
    assert "Adds up days, of Occupied bed days: 72 rows, which come to 2,232 ." in text
    assert "Beds are counted for the whole site." in text


def test_it_says_what_was_asked_where_it_comes_from_and_by_which_steps(text: str) -> None:
    for said in (
        "Occupied bed days in the month, without days on leave, of the bed days that were available.",
        "Bed type; this is Adult acute",
        "RePortal, ward stays, extracted 3 June 2025",
        f"ward_stays_202505.xlsx reportal_ward_stays 1 May 2025 to 31 May 2025 3 June 2025, 07:40 60 {FILE}…",
        "12,345 rows, version cc ; from reportal_ward_stays. Mapped by map_ward (version dd , kept no more)",
        "one row is one bed on one day. A bed with a patient.",
        "Collection tool version 2; the newest is 3 Sheet Activity, cell H14",
        "Definitions have changed since; this is what held on the day.",
    ):
        assert said in text


def test_rows_beyond_those_shown_are_left_to_the_csv(text: str) -> None:
    assert "The first 60 of 72." in text
    assert "--month 2025-05 --member adult_acute --version 2 --csv" in text
    assert "ward_stays_202505.xlsx Ward stays 2 31 1 May 2025 Kingfisher <Ward> yes referral_id as in" in text
    assert "ward_stays_202505.xlsx, sheet Ward stays, row 2 counts for it" in text
    assert text.count("Ward stays 61 31") == 1


def test_what_came_close_is_named_with_its_rule(text: str) -> None:
    assert "14 rows of the numerator: the bed day is a day of leave" in text
    assert "3 rows of reportal_ward_stays: superseded" in text
    assert "row 9; ward_stays_202505.xlsx, row 12 stands instead" in text


def test_a_workbook_that_was_changed_is_told_first(text: str) -> None:
    assert text.index("does not hold what was recorded") < text.index("The answer")
    assert "Activity!H14, MI-IP-03: recorded 97.3, found a blank" in text


def test_sql_cannot_leave_its_place() -> None:
    page = render(trace())
    assert page.count("</script>") == 1
    assert "-- &lt;/script&gt;" in page


@pytest.mark.parametrize(
    ("state", "value", "said"),
    [
        (State.NOT_COLLECTED, None, "No answer is submitted; 97.3% was calculated Not collected no file came"),
        (State.TRUE_ZERO, 0.0, "0.0% True zero"),
        (State.VALUE, "Yes", "Yes Value"),
    ],
)
def test_each_state_is_told(state: State, value: float | str | None, said: str) -> None:
    whole = trace()
    assert whole.cell is not None
    cell = replace(whole.cell, state=state, value=value, reason="" if state.is_filled else "no file came")
    assert said in Read(render(replace(whole, cell=cell))).text


def test_an_answer_that_nothing_calculates_needs_no_rows() -> None:
    whole = trace(1)
    bare = Trace(whole.question, "trust", "Trust", "", "all", "", whole.tool, None)
    text = Read(render(bare)).text
    assert "MI-IP-03 Bed occupancy, excluding leave Trust, 2025-26-Q1" in text
    assert "No answer" in text
    assert "What was counted" not in text
    assert "reportal_ward_stays, reportal_beds" in text


def test_values_of_rows_are_plain() -> None:
    assert [plain(value) for value in (None, True, False, "a", 3)] == ["", "yes", "no", "a", "3"]
    assert plain(date(2025, 5, 1)) == "1 May 2025"
    assert plain(datetime(2025, 5, 1, 7, 5, tzinfo=UTC)) == "1 May 2025, 07:05"
    assert exact(Decimal("1234.50")) == "1,234.5"
    assert exact(Decimal("0.1") + Decimal("0.2")) == "0.3"
    assert exact(0.1 + 0.2) == "0.3"
    assert exact(Decimal(100)) == "100"
