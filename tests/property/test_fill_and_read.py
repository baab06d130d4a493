"""Filled by the writer and read back, a tool gives the very values that were put in, and nothing else."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nhsbn.tools.binding import AnswerCell
from nhsbn.tools.collection_tool import CellWrite
from nhsbn.tools.tool_reading import ToolForm, read_tool
from nhsbn.tools.workbook_contents import WorkbookContents
from resources.site import Site
from resources.tool_forms import tool_form
from resources.workbook import SpliceWriter

SITE = Site()
PROJECT = "mhlda_indicators"

LARGE, TINY = 1.7e307, 5e-324
NUMBERS = {
    "count": st.one_of(st.just(0.0), st.integers(0, 10**12).map(float), st.just(1e300)),
    "percent": st.floats(-1000, 1000),
    "rate": st.one_of(st.floats(0, LARGE), st.just(TINY)),
    "days": st.floats(0, LARGE),
    "wte": st.floats(-100, LARGE),
    "pounds": st.floats(-1e9, 1e9),
}
"""Whatever the template takes of each unit: nought, below nought, very large and very small."""

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")), max_size=40).filter(
    lambda text: text.strip() and not set(text) & {"\ufffe", "\uffff"}
)


@cache
def form(edition: str) -> ToolForm:
    return tool_form(SITE, PROJECT, edition)


def answers(edition: str) -> st.SearchStrategy[dict[AnswerCell, float | str]]:
    """Some cells with an answer each; the others stay blank."""
    one = form(edition)

    def answered(cells: list[AnswerCell]) -> st.SearchStrategy[dict[AnswerCell, float | str]]:
        words = st.sampled_from(["Yes", "No"])
        kinds = {cell: words if cell.asks == "provided" else NUMBERS[one.units[cell.item]] for cell in cells}
        return st.fixed_dictionaries(kinds)

    return st.lists(st.sampled_from(one.binding.answers), unique=True, max_size=60).flatmap(answered)


@pytest.mark.parametrize(("edition", "examples"), [("2025-26", 10), ("2024-25", 3)])
def test_what_is_filled_is_what_is_read(edition: str, examples: int) -> None:
    one = form(edition)
    notes = sorted(one.binding.notes)
    period = one.project.periods[1]
    details = {"period": str(period), "locality": "Doncaster", "level": "Locality", "ods_code": "RXE"}
    details |= {f"month_{index}": month.title for index, month in enumerate(period.months, 1)}

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))
    @given(answers(edition), st.dictionaries(st.sampled_from(notes), TEXTS, max_size=5), TEXTS)
    def holds(given_answers: dict[AnswerCell, float | str], comments: dict[str, str], contact: str) -> None:
        said = details | {"contact_name": contact}
        targets = {detail.name: detail.target for detail in one.binding.details}
        writes = [
            *((targets[name], text) for name, text in said.items()),
            *((cell.target, value) for cell, value in given_answers.items()),
            *((one.binding.notes[question].comments, text) for question, text in comments.items()),
        ]
        cells = [CellWrite(target.sheet, target.address, value) for target, value in writes]
        filled = SpliceWriter().fill(SITE.of_edition(PROJECT, edition, "template.xlsx"), cells)
        tool = read_tool(WorkbookContents.read(filled.data), one)
        assert tool.misfits == ()
        assert tool.submission.details == said
        assert (str(tool.submission.period), tool.submission.locality) == (said["period"], "doncaster")
        read = {(cell.sheet, cell.address): cell.value for cell in tool.values}
        assert read == {(cell.target.sheet, cell.target.address): value for cell, value in given_answers.items()}
        assert len(tool.values) + len(tool.blanks) == len(one.binding.answers)
        assert {question: note.comments for question, note in tool.notes.items() if note.comments} == comments
        dated = {(cell.question, cell.member, cell.month) for cell in tool.values if cell.column}
        assert dated == {
            (cell.question, cell.member, period.months[cell.month])
            for cell in given_answers
            if cell.month is not None
        }

    holds()
