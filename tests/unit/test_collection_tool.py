from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from nhsbn.errors import NhsbnError, ProblemsError
from nhsbn.extracts.coverage import Coverage
from nhsbn.periods import Period
from nhsbn.tools.cells import Knowledge, State
from nhsbn.tools.collection_tool import CellWrite, Tool, ToolCell, make_tool
from nhsbn.values import ALL, MetricValue
from tests.tool_samples import (
    QUARTER,
    REFERENCES,
    binding,
    catalogue,
    file_of,
    monthly_files,
    north_lincolnshire,
    reports,
    sample_tool,
    submission,
)


@pytest.fixture(scope="module")
def tool() -> Tool:
    return sample_tool()


def written(tool: Tool) -> dict[tuple[str, str], float | str]:
    return {(write.sheet, write.address): write.value for write in tool.writes}


def note(tool: Tool, question: str, kind: str) -> float | str:
    target = getattr(binding().notes[question], kind)
    return written(tool).get((target.sheet, target.address), "")


def cells_of(tool: Tool, question: str) -> list[ToolCell]:
    return [cell for cell in tool.cells if cell.question == question]


def test_every_requested_cell_ends_in_exactly_one_state(tool: Tool) -> None:
    bound = binding()
    places = [(cell.sheet, cell.address) for cell in tool.cells]
    assert sorted(places) == sorted(
        (one.target.sheet, one.target.address) for one in (*bound.answers, *bound.details)
    )
    assert max(Counter(places).values()) == 1
    assert sum(tool.summary.values()) == len(tool.cells)
    assert all(tool.summary[state] > 0 for state in State), tool.summary


def test_what_is_filled_is_written_and_nothing_else(tool: Tool) -> None:
    values = written(tool)
    for cell in tool.cells:
        assert values.get((cell.sheet, cell.address)) == cell.value
        assert (cell.value is not None) == (cell.state in (State.VALUE, State.TRUE_ZERO))


def test_no_blank_is_left_unexplained(tool: Tool) -> None:
    for cell in tool.cells:
        if not cell.state.is_filled and not cell.item.startswith("details."):
            said = str(note(tool, cell.question, "comments"))
            assert cell.reason.rstrip(".") in said
            assert cell.state.words in said
            assert not cell.owner or f"Owner: {cell.owner}." in said


def test_a_comment_groups_the_columns_that_share_a_reason(tool: Tool) -> None:
    assert note(tool, "MI-IP-07", "comments") == (
        "Not applicable (Psychiatric intensive care, Rehabilitation, Low secure, Learning disability, all months)"
        ": no beds of this type are provided in North Lincolnshire."
    )
    assert note(tool, "MI-CM-03", "comments") == (
        "Not collected (May 2025): no RePortal Contacts extract covers May 2025. "
        "Owner: Community performance lead."
    )
    assert note(tool, "MI-AC-01a", "comments") == ""


def test_a_withheld_cell_names_the_file_and_the_check(tool: Tool) -> None:
    assert (
        "Withheld (Adult acute, Older adult, All bed types, June 2025): risk_incidents_202506.csv failed"
        in str(note(tool, "MI-QS-01", "comments"))
    )


def test_the_data_source_names_system_report_and_extract_dates(tool: Tool) -> None:
    assert note(tool, "MI-AC-01a", "source") == "RePortal, Referrals, extracted 1 May, 1 June and 1 July 2025"
    assert note(tool, "MI-CM-03", "source") == "RePortal, Contacts, extracted 1 May and 1 July 2025"
    assert str(note(tool, "MI-AC-04", "source")).endswith("; Registered population, 2025")
    assert note(tool, "MI-FN-02a", "source") == "Return from Finance business partner"
    assert note(tool, "MI-SM-01", "source") == "Trust map of wards"


def test_extract_dates_of_two_years_name_both_years() -> None:
    files = [
        file_of("reportal_referrals", date(2025, 4, 1), date(2025, 4, 30), extracted=date(2025, 12, 31)),
        file_of("reportal_referrals", date(2025, 5, 1), date(2025, 6, 30), extracted=date(2026, 1, 2)),
    ]
    known = Knowledge(Coverage(reports(), files), north_lincolnshire())
    made = make_tool(submission(), binding(), catalogue().questions, (), known, REFERENCES)
    assert (
        note(made, "MI-AC-01a", "source") == "RePortal, Referrals, extracted 31 December 2025 and 2 January 2026"
    )


def test_a_file_that_later_ones_replace_is_not_a_data_source() -> None:
    files = [
        file_of("mha_legal_status", date(2025, 4, 1), date(2025, 7, 7), extracted=date(2025, 7, 7)),
        file_of("mha_legal_status", date(2025, 4, 1), date(2026, 3, 31), extracted=date(2026, 4, 7)),
        file_of("mha_legal_status", date(2025, 6, 1), date(2025, 6, 30), extracted=date(2026, 5, 1)),
    ]
    used = Coverage(reports(), files).used("mha_legal_status", QUARTER.months)
    assert [file.extracted_at.date() for file in used if file.extracted_at] == [date(2026, 4, 7), date(2026, 5, 1)]


def test_what_is_provided_is_yes_or_no(tool: Tool) -> None:
    answers = {cell.member: cell.value for cell in cells_of(tool, "MI-SM-01")}
    assert answers == {
        "adult_acute": "Yes",
        "older_adult": "Yes",
        "picu": "No",
        "rehabilitation": "No",
        "low_secure": "No",
        "learning_disability": "No",
    }


def test_submission_details_are_said_or_explained(tool: Tool) -> None:
    details = {cell.item.removeprefix("details."): cell for cell in tool.cells if cell.item.startswith("details.")}
    assert details["locality"].value == "North Lincolnshire"
    assert [details[f"month_{index}"].value for index in (1, 2, 3)] == ["April 2025", "May 2025", "June 2025"]
    assert details["contact_name"].state is State.NOT_COLLECTED
    comment = next(one.comments for one in binding().details if one.name == "contact_name")
    assert written(tool)[comment.sheet, comment.address] == (
        "Not collected: not declared for this project. Owner: Information quality officer."
    )


def test_without_any_extract_the_tool_is_still_made_and_says_so() -> None:
    known = Knowledge(Coverage(reports(), ()), north_lincolnshire())
    empty = make_tool(submission(), binding(), catalogue().questions, (), known, REFERENCES)
    assert empty.summary[State.TRUE_ZERO] == empty.summary[State.WITHHELD] == 0
    assert {cell.item for cell in empty.cells if cell.state is State.VALUE} == {
        "MI-SM-01",
        "MI-SM-02",
        *(f"details.{name}" for name, text in submission().details().items() if text),
    }
    assert note(empty, "MI-AC-01a", "comments") == (
        "Not collected (all months): no RePortal Referrals extract has been received. "
        "Owner: Community performance lead."
    )
    assert note(empty, "MI-AC-01a", "source") == "RePortal, Referrals, none received for this period"


def test_values_of_another_locality_are_passed_over() -> None:
    files = list(monthly_files(reports(), "2024-04", "2025-07"))
    known = Knowledge(Coverage(reports(), files), north_lincolnshire())
    values = [
        MetricValue("MI-CM-03", month, locality, ALL, value, value, None, 1)
        for month in QUARTER.months
        for locality, value in (("doncaster", 7.0), ("north_lincolnshire", 5.0))
    ]
    bound = binding()
    made = make_tool(submission(), bound, catalogue().questions, values, known, REFERENCES)
    assert {cell.value for cell in cells_of(made, "MI-CM-01")} == {0}
    assert 7.0 not in {write.value for write in made.writes}


def test_an_answer_that_is_not_on_the_list_is_refused_to_the_letter() -> None:
    known = Knowledge(Coverage(reports(), ()), north_lincolnshire())
    asked = replace(submission(), place="north lincolnshire", level="Region")
    with pytest.raises(ProblemsError) as raised:
        make_tool(asked, binding(), catalogue().questions, (), known, REFERENCES)
    assert [problem.message for problem in raised.value.problems] == [
        "'Region' is not in the cell's list, which must be met to the letter: Locality, Trust",
        "'north lincolnshire' is not in the cell's list, which must be met to the letter: "
        "Doncaster, Rotherham, North Lincolnshire, Trust",
    ]


def test_a_period_of_another_length_is_refused() -> None:
    known = Knowledge(Coverage(reports(), ()), north_lincolnshire())
    asked = replace(submission(), period=Period.parse("2025-26"))
    with pytest.raises(NhsbnError, match=r"2025-26 has 12 month\(s\), but template.xlsx asks for 3"):
        make_tool(asked, binding(), catalogue().questions, (), known, REFERENCES)


def test_writes_are_plain_cells(tool: Tool) -> None:
    assert all(isinstance(write, CellWrite) and write.value != "" for write in tool.writes)
    places = [(write.sheet, write.address) for write in tool.writes]
    assert len(set(places)) == len(places)
