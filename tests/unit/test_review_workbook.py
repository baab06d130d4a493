"""The Excel of a review pack: readable, locked but for what is to be filled in, and read back as filled in."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from nhsbn.checks.standing import Status
from nhsbn.errors import NhsbnError
from nhsbn.review.content import RETURN, contents
from resources.review_reading import LARGEST_FILE, ROWS, read_review, read_review_file
from resources.review_workbook import FILL_IN
from tests.small_review import (
    ANSWERED,
    cell,
    check,
    key,
    marked,
    question,
    review,
    row,
    sign_offs,
    weighed,
    workbook,
)

RETURNED = review(
    question("A-02", [cell(), cell("cyp", value=None)], [check(subject="A-02")]),
    checks=[check("mapped", "contact", status=Status.ACCEPTED, note="accepted by Dee Dale until 1 August 2025")],
)


def opened(data: bytes) -> Workbook:
    return load_workbook(io.BytesIO(data))


def filled(data: bytes, change: Callable[[Workbook], None]) -> bytes:
    book, out = opened(data), io.BytesIO()
    change(book)
    book.save(out)
    return out.getvalue()


def places(book: Workbook) -> dict[str, int]:
    return {cell.value: cell.column for cell in book["Review"][1]}


def answer(book: Workbook, row: int, **said: object) -> None:
    columns = places(book)
    for heading, value in said.items():
        book["Review"].cell(row, columns[heading.capitalize()], value)


def text(book: Workbook, row: int, heading: str) -> str:
    return str(book["Review"].cell(row, places(book)[heading]).value)


def test_the_same_pack_gives_the_same_bytes() -> None:
    assert workbook(RETURNED) == workbook(RETURNED)
    assert workbook(RETURNED, "dee") == workbook(RETURNED, "dee")


def test_a_row_says_what_it_is_about_and_what_needs_a_look_comes_first() -> None:
    book = opened(workbook(RETURNED))
    assert [text(book, row, "Id") for row in (2, 3)] == ["A-02", "A-01"]
    assert [text(book, row, "Needs a look") for row in (2, 3)] == ["warning", "nothing found"]
    assert text(book, 2, "Question") == "Question A-02"
    assert text(book, 2, "Definition") == "Each referral once.\nInternal referrals are left out."
    assert (text(book, 3, "Month"), text(book, 3, "Value")) == ("Apr 2025\nMay 2025", "10\n10")
    assert text(book, 3, "Last submitted") == "8\n8"
    assert text(book, 3, "Change") == "+2 (+25.0%)\n+2 (+25.0%)"
    assert text(book, 2, "Checks and gaps, with what to do") == (
        "New, year_on_year: April 2025: 10 against 8. What to do: Ask the service what changed.\n"
        "Not collected (all months, Children): no extract of April 2025. Owner: Access lead."
    )
    assert text(book, 2, "Where it stands") == "Waiting for an answer"


def test_only_the_four_columns_may_be_filled_in() -> None:
    book = opened(workbook(RETURNED))
    sheet = book["Review"]
    columns = places(book)
    open_ones = {heading for heading, column in columns.items() if not sheet.cell(2, column).protection.locked}
    assert open_ones == set(FILL_IN)
    assert all(one.protection.sheet for one in book.worksheets)
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert '"confirmed,queried"' in lists.values()
    assert '"Ann Archer,Bob Bell"' in lists.values()
    (day,) = (rule for rule in sheet.data_validations.dataValidation if rule.type == "date")
    assert "14/07/2025" in day.error  # a fortnight after the quarter
    assert sheet.freeze_panes == "C2"
    assert book["Key"].sheet_state == "veryHidden"
    assert book.active.title == "Review"


def test_every_figure_behind_a_row_is_there_as_a_number() -> None:
    sheet = opened(workbook(RETURNED))["Figures"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0][:6] == ["Id", "Question", "Of", "Apr 2025", "May 2025", "Jun 2025"]
    assert ["A-01", "Question A-01", "Adult", 10, 10] in [row[:5] for row in rows]
    gap = next(row for row in rows if row[:3] == ["A-02", "Question A-02", "Children"])
    assert gap[3] is None
    assert gap[-1] == "Not collected: no extract of April 2025"


def test_a_director_sees_sections_gaps_warnings_and_places() -> None:
    signed = sign_offs(RETURNED, weighed(marked(RETURNED, row()), RETURNED).responses)
    book = opened(workbook(RETURNED, "dee", signed))
    assert book.sheetnames == ["About", "Review", "Figures", "Gaps", "Warnings", "Localities", "Key"]
    assert [text(book, row, "Id") for row in (2, 3, 4)] == ["access", "workforce", RETURN]
    assert text(book, 2, "Leads, and what they said") == "Ann Archer (Access lead): 1 of 2 confirmed, 1 waiting"
    assert text(book, 2, "Gaps").startswith("A-02: Not collected (all months, Children)")
    assert text(book, 3, "Gaps") == "none"
    assert text(book, 4, "Accepted warnings").startswith("contact: Accepted, mapped: April 2025")
    assert [row[0].value for row in book["Warnings"].iter_rows(min_row=2)] == ["contact", "A-02"]
    assert [row[0].value for row in book["Gaps"].iter_rows(min_row=2)] == ["A-02"]
    assert [row[2].value for row in book["Localities"].iter_rows()] == ["North, Apr 2025", 10, 10, 10]


def test_a_lapsed_sign_off_names_the_cells_that_changed() -> None:
    before = review()
    now = review(question("A-01", [cell(), cell("cyp", value=None)], [check()]), version=2)
    given = weighed(marked(before, row(comment="Right")), now, shown=before).responses
    book = opened(workbook(now, "ann", sign_offs(now, given, contents(before).values())))
    said = text(book, 2, "Where it stands").split("\n")
    assert said[:2] == [
        "Confirmed by Ann Archer on 14 July 2025; lapsed, as what was signed has changed",
        "“Right”",
    ]
    assert "A-01, April 2025, Children: 10 became not collected: no extract of April 2025" in said
    assert "A-01, check year_on_year: no open warning became “April 2025: 10 against 8”" in said


@pytest.mark.parametrize(
    "on", [datetime(2025, 7, 14, 9, 30), date(2025, 7, 14), "14/07/2025", "14.7.2025", "2025-07-14"]
)
def test_what_is_filled_in_reads_back(on: object) -> None:
    def change(book: Workbook) -> None:
        answer(book, 3, response="Confirmed", comment="As £5 = “five” ", by="bob@trust.example", date=on)

    found = read_review(filled(workbook(RETURNED), change), "ann.xlsx")
    assert found.key == key(RETURNED)
    assert [one.is_blank for one in found.rows] == [True, False]
    assert found.rows[1].on == ANSWERED
    (response,) = weighed(found, RETURNED).responses
    assert (response.subject, response.by, response.comment) == ("A-01", "Bob Bell", "As £5 = “five”")


def test_a_director_s_workbook_reads_back_too() -> None:
    def change(book: Workbook) -> None:
        answer(book, 4, response="confirmed", by="Dee Dale", date="14/07/2025")

    found = read_review(filled(workbook(RETURNED, "dee"), change), "dee.xlsx")
    assert found.key == key(RETURNED, "dee")
    assert weighed(found, RETURNED).responses[0].subject == RETURN


@pytest.mark.parametrize("on", ["next week", "31/02/2025", 1e12])
def test_a_day_that_is_none_is_kept_as_it_stands(on: object) -> None:
    data = filled(workbook(RETURNED), lambda book: answer(book, 2, response="confirmed", by="Ann Archer", date=on))
    found = read_review(data, "ann.xlsx")
    assert isinstance(found.rows[0].on, str)
    assert "is no date" in weighed(found, RETURNED).problems[0].message


def test_a_changed_id_is_told_by_its_row() -> None:
    def change(book: Workbook) -> None:
        answer(book, 2, id="A-77", response="confirmed", by="Ann Archer", date="14/07/2025")

    found = weighed(read_review(filled(workbook(RETURNED), change), "ann.xlsx"), RETURNED)
    assert found.taken == 0
    assert str(found.problems[0]).startswith("ann.xlsx, sheet 'Review', row 2, A-77: 'A-77' is not one of the ids")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda book: book.remove(book["Key"]), "has no sheet 'Key', so it is no review workbook"),
        (lambda book: setattr(book["Review"], "title", "Mine"), "has no sheet 'Review'"),
        (lambda book: answer(book, 1, by="Who"), "has no column By in row 1 of sheet 'Review'"),
        (lambda book: book["Key"].delete_rows(1, 3), "has a sheet 'Key' that cannot be read"),
        (lambda book: book["Review"].cell(1_048_576, 16_384, "far"), None),
    ],
)
def test_workbooks_that_were_taken_apart(change: Callable[[Workbook], None], said: str | None) -> None:
    data = filled(workbook(RETURNED), change)
    if said is None:
        assert len(read_review(data, "ann.xlsx").rows) == 2, "a far cell costs nothing and is nobody's answer"
        return
    with pytest.raises(NhsbnError, match=said):
        read_review(data, "ann.xlsx")


@pytest.mark.parametrize("data", [b"", b"Dear all, please find attached", b"PK\x03\x04 cut off"])
def test_what_is_no_workbook_is_said_to_be_none(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "letter.xlsx"
    path.write_bytes(data)
    with pytest.raises(NhsbnError):
        read_review_file(path)


def test_a_file_far_too_large_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as stream:
        stream.truncate(LARGEST_FILE + 1)
    with pytest.raises(NhsbnError, match="has 8 MB, and no review workbook does"):
        read_review_file(path)


def test_rows_without_end_are_refused() -> None:
    def change(book: Workbook) -> None:
        for number in range(2, ROWS + 3):
            book["Review"].cell(number, 1, "A-01")

    with pytest.raises(NhsbnError, match="has a sheet of more than 20,000 rows, and no review workbook does"):
        read_review(filled(workbook(RETURNED), change), "ann.xlsx")


def test_titles_that_look_like_formulas_stay_texts() -> None:
    odd = review(replace(question("A-01"), definition="=HYPERLINK(1)", rules="+1"))
    book = opened(workbook(odd))
    assert text(book, 2, "Definition") == "=HYPERLINK(1)\n+1"
    assert book["Review"].cell(2, places(book)["Definition"]).data_type == "s"
