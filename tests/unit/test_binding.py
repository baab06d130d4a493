from __future__ import annotations

from collections.abc import Iterable

import pytest

from nhsbn.errors import ProblemsError
from nhsbn.tools.binding import load_binding
from nhsbn.tools.template_grid import GridCell, SheetGrid, Takes
from nhsbn.xlsx.references import address

ANSWER = GridCell(is_locked=False)

BINDING = """\
template: template.xlsx
tool: small
details:
  sheet: About
  label: Item
  answer: Answer
  comments: Comments
  rows:
    organisation: Organisation
columns: {question: Question code, data_source: Data source, comments: Comments}
months: [Month 1, Month 2]
members:
  service: {adult: Adult, cyp: Young people, all: All services}
sheets:
  Access:
    Q1: {breakdown: service, total: true}
    Q2: {breakdown: service}
    Q3: {}
"""
ITEMS = (("Q1", "service"), ("Q2", "service"), ("Q3", None))


def about() -> SheetGrid:
    texts = {(1, 1): "Item", (1, 2): "Answer", (1, 3): "Comments", (2, 1): "Organisation"}
    cells = {place: GridCell(text) for place, text in texts.items()}
    return SheetGrid("About", True, True, cells | {(2, 2): ANSWER, (2, 3): ANSWER})


def access(**changes: GridCell | None) -> SheetGrid:
    """Two tables: by service and month (rows 1 to 4), then by month (rows 6 and 7). Changes are by address."""
    cells: dict[tuple[int, int], GridCell] = {(1, 1): GridCell("Question code")}
    for index, member in enumerate(("Adult", "Young people", "All services")):
        cells[1, 2 + 2 * index] = GridCell(member)
        for month in (1, 2):
            cells[2, 1 + 2 * index + month] = GridCell(f"Month {month}")
    cells |= {(1, 8): GridCell("Data source"), (1, 9): GridCell("Comments")}
    for row, code in ((3, "Q1"), (4, "Q2")):
        cells[row, 1] = GridCell(code)
        cells |= {(row, column): ANSWER for column in range(2, 10)}
    cells |= {(4, 6): GridCell(is_formula=True), (4, 7): GridCell(is_formula=True)}
    heads = ("Question code", "Month 1", "Month 2", "Data source", None, "Comments")
    cells |= {(6, column): GridCell(text) for column, text in enumerate(heads, 1) if text}
    cells |= {(7, 1): GridCell("Q3")} | {(7, column): ANSWER for column in (2, 3, 4, 5, 6)}
    for at, cell in changes.items():
        place = (int(at[1:]), ord(at[0]) - 64)
        if cell is None:
            del cells[place]
        else:
            cells[place] = cell
    merged = ((1, 1, 2, 1), (1, 2, 1, 3), (1, 4, 1, 5), (1, 6, 1, 7), (1, 8, 2, 8), (1, 9, 2, 9))
    return SheetGrid("Access", True, True, cells, (*merged, (6, 4, 6, 5), (7, 4, 7, 5)))


def load(
    sheet: SheetGrid, text: str = BINDING, items: Iterable[tuple[str, str | None]] | None = ITEMS, **units: str
):
    return load_binding(text, "binding.yaml", {"About": about(), "Access": sheet}, items, units)


def problems(
    sheet: SheetGrid, text: str = BINDING, items: Iterable[tuple[str, str | None]] | None = ITEMS, **units: str
) -> list[str]:
    with pytest.raises(ProblemsError) as raised:
        load(sheet, text, items, **units)
    return [str(problem) for problem in raised.value.problems]


def test_answers_are_found_by_code_and_headings() -> None:
    bound = load(access())
    found = {(cell.question, cell.member, cell.month): cell.target.address for cell in bound.answers}
    assert found == {
        ("Q1", "adult", 0): "B3",
        ("Q1", "adult", 1): "C3",
        ("Q1", "cyp", 0): "D3",
        ("Q1", "cyp", 1): "E3",
        ("Q1", "all", 0): "F3",
        ("Q1", "all", 1): "G3",
        ("Q2", "adult", 0): "B4",
        ("Q2", "adult", 1): "C4",
        ("Q2", "cyp", 0): "D4",
        ("Q2", "cyp", 1): "E4",
        ("Q3", "all", 0): "B7",
        ("Q3", "all", 1): "C7",
    }
    assert bound.notes["Q1"].source.address == "H3"
    assert bound.notes["Q3"].source.address == "D7"  # merged over two columns
    assert bound.notes["Q3"].comments.address == "F7"
    assert bound.details[0].target.address == "B2"


def test_headings_match_whatever_their_spaces_case_and_line_breaks() -> None:
    bound = load(access(D1=GridCell("YOUNG\u00a0\n people")))
    assert any(cell.member == "cyp" and cell.target.address == "D3" for cell in bound.answers)


def test_inserted_rows_and_columns_move_the_addresses() -> None:
    one = access()
    moved = SheetGrid(
        "Access",
        True,
        True,
        {(row + 5, column + 30): cell for (row, column), cell in one.cells.items()},
        tuple((top + 5, left + 30, bottom + 5, right + 30) for top, left, bottom, right in one.merged),
    )
    assert load(moved).answers[0].target.address == "AF8"


def test_choices_of_a_list_come_with_the_cell() -> None:
    bound = load(access(B3=GridCell(is_locked=False, choices=("Yes", "No"))))
    assert bound.answers[0].target.choices == ("Yes", "No")


def test_every_fault_is_listed_at_once_with_sheet_question_and_line() -> None:
    text = BINDING.replace("    Q3: {}", "    Q9: {}").replace("Organisation\n", "Nobody\n")
    assert problems(access(D2=GridCell("Month 3"), B4=GridCell()), text) == [
        "binding.yaml:9: sheet 'About': question 'Nobody' stands nowhere below 'Item'",
        "binding.yaml:16: sheet 'Access', question 'Q1', column 'Young people / Month 1': "
        "no column of its table is headed so; one is needed",
        "binding.yaml:17: sheet 'Access', question 'Q2', column 'Adult / Month 1': "
        "cell B4 is not an answer cell (locked, merged or absent)",
        "binding.yaml:17: sheet 'Access', question 'Q2', column 'Young people / Month 1': "
        "no column of its table is headed so; one is needed",
        "binding.yaml:18: sheet 'Access': question 'Q9' stands nowhere below 'Question code'",
        "binding.yaml:18: question 'Q9': no metric of the catalogue has item 'Q9'",
        "binding.yaml:14: item 'Q3' of the catalogue is bound to no question",
        "binding.yaml:8: sheet 'About', question 'Organisation': answer cells B2, C2 are bound to nothing",
        "binding.yaml:16: sheet 'Access', question 'Q1': answer cell D3 is bound to nothing",
        "binding.yaml:17: sheet 'Access', question 'Q2': answer cell D4 is bound to nothing",
        "binding.yaml:15: sheet 'Access', question 'Q3': answer cells B7, C7, D7, F7 are bound to nothing",
    ]


def test_a_formula_is_never_an_answer() -> None:
    assert problems(
        access(), BINDING.replace("Q2: {breakdown: service}", "Q2: {breakdown: service, total: true}")
    ) == [
        "binding.yaml:17: sheet 'Access', question 'Q2', column 'All services / Month 1': cell F4 holds a formula",
        "binding.yaml:17: sheet 'Access', question 'Q2', column 'All services / Month 2': cell G4 holds a formula",
    ]


def test_two_rows_or_two_columns_are_one_too_many() -> None:
    found = problems(access(A4=GridCell("Q1"), C2=GridCell("Month 1")))
    assert any("question 'Q1' stands in rows 3, 4; one is needed" in problem for problem in found)
    found = problems(access(C2=GridCell("Month 1")))
    assert any("column 'Adult / Month 1': 2 cells are headed so" in problem for problem in found)


def test_a_requested_cell_left_unbound_is_an_error() -> None:
    text = BINDING.replace("Q1: {breakdown: service, total: true}", "Q1: {breakdown: service}")
    assert problems(access(), text) == [
        "binding.yaml:16: sheet 'Access', question 'Q1': answer cells F3, G3 are bound to nothing",
    ]


def test_a_hidden_sheet_is_not_bound() -> None:
    one = access()
    hidden = SheetGrid("Access", False, True, one.cells, one.merged)
    assert "sheet 'Access' is hidden in template.xlsx; a person sees 'About'" in problems(hidden)[0]


def test_an_item_is_bound_once_and_with_its_own_breakdown() -> None:
    text = BINDING.replace("Q2: {breakdown: service}", "Q2: {item: Q1, breakdown: service}")
    assert "binding.yaml:14: item 'Q1' of the catalogue is bound to 2 questions" in problems(access(), text)
    wrong = problems(access(), items=(("Q1", "bed_type"), *ITEMS[1:]))
    assert wrong == ["binding.yaml:16: question 'Q1' is broken down by service, its metric by bed_type"]


def test_an_unknown_breakdown_says_which_there_are() -> None:
    text = BINDING.replace("Q2: {breakdown: service}", "Q2: {breakdown: ward}")
    assert "binding.yaml:17: breakdown 'ward' is not under members; it has service" in problems(access(), text)


def test_a_misspelt_key_names_its_line() -> None:
    text = BINDING.replace("Q2: {breakdown: service}", "Q2: {brakedown: service}")
    assert problems(access(), text) == [
        "binding.yaml:17: sheets.Access.Q2.brakedown: is not a known key here; check its spelling"
    ]


@pytest.mark.parametrize(
    ("place", "name"), [((1, 1), "A1"), ((7, 26), "Z7"), ((2, 27), "AA2"), ((9, 703), "AAA9")]
)
def test_addresses(place: tuple[int, int], name: str) -> None:
    assert address(place) == name


def answer(takes: Takes, *choices: str) -> GridCell:
    return GridCell(is_locked=False, takes=takes, choices=choices or None)


def test_every_cell_of_another_type_is_an_error_and_all_are_listed() -> None:
    sheet = access(
        B3=answer("list", "Low", "High"),
        C3=answer("date"),
        D3=answer("text"),
        E3=answer("time"),
        B4=answer("percentage"),
        C4=answer("whole number"),
        H3=answer("number"),
        I3=answer("list", "None"),
    )
    figure, wrong = "and a number (count) is written there", "; bind the right question to it"
    assert [said.partition(", question ")[2] for said in problems(sheet, Q1="count", Q2="percent")] == [
        f"'Q1', column 'Data source': cell H3 takes a number, and a text is written there{wrong}",
        f"'Q1', column 'Comments': cell I3 takes an item of a list, and a text is written there{wrong}",
        f"'Q1', column 'Adult / Month 1': cell B3 takes an item of a list, {figure}{wrong}",
        f"'Q1', column 'Adult / Month 2': cell C3 takes a date, {figure}{wrong}",
        f"'Q1', column 'Young people / Month 1': cell D3 takes a text, {figure}{wrong}",
        f"'Q1', column 'Young people / Month 2': cell E3 takes a time, {figure}{wrong}",
        "'Q2', column 'Adult / Month 1': cell B4 shows 0.85 as 85%, and percentages here run from 0 to 100; "
        "declare the metric as a rate from 0 to 1, without its multiplier",
        "'Q2', column 'Adult / Month 2': cell C4 takes whole numbers only, and a number (percent) is written "
        f"there{wrong}",
    ]


def test_a_count_fits_whole_numbers_and_any_figure_a_number() -> None:
    assert load(access(B3=answer("whole number"), B4=answer("number")), Q1="count", Q2="percent")


def test_yes_or_no_needs_a_list_of_both_or_an_open_cell() -> None:
    text = BINDING.replace("Q3: {}", "Q3: {asks: provided}").replace(
        "months: [Month 1, Month 2]", "months: [Month 2]"
    )
    sheet = SheetGrid(
        "Access",
        True,
        True,
        {
            (1, 1): GridCell("Question code"),
            (1, 2): GridCell("Adult"),
            (1, 3): GridCell("Data source"),
            (1, 4): GridCell("Comments"),
            (2, 1): GridCell("Q1"),
            **{(2, column): ANSWER for column in (2, 3, 4)},
        },
    )
    text = text[: text.index("sheets:")].replace("cyp: Young people, all: All services", "") + (
        "sheets:\n  Access:\n    Q1: {asks: provided, breakdown: service}\n"
    )
    for cell, fault in (
        (answer("list", "Yes", "No", "Not sure"), ""),
        (answer("text"), ""),
        (answer("number"), "takes a number, and Yes or No is written there; bind the right question to it"),
        (answer("list", "Y", "N"), "takes one of Y, N, and Yes or No is written there"),
    ):
        one = SheetGrid("Access", True, True, {**sheet.cells, (2, 2): cell})
        if fault:
            where = "sheet 'Access', question 'Q1', column 'Adult': cell B2 "
            assert [said.partition(": ")[2] for said in problems(one, text, None)] == [where + fault]
        else:
            assert load(one, text, None)
