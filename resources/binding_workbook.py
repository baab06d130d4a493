"""A proposed binding as an Excel to fill in, and what was filled in read back.

Here: the workbook. Not here: what is proposed (the core's proposal) and what is made of the answers (the core's
rebinding decisions).

The sheet About carries the hashes of the template and of last year's edition, so that decisions are never taken
for another template than the one they were made on.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from nhsbn.declarations import Collector
from nhsbn.errors import NhsbnError
from nhsbn.rebinding.asked import AskedQuestion
from nhsbn.rebinding.decisions import DECISIONS, VERDICTS, Decision, shown
from nhsbn.rebinding.headings import HeadingMatch
from nhsbn.rebinding.proposal import Proposal
from nhsbn.rebinding.questions import Match
from nhsbn.rebinding.wording import Piece, compared, without
from nhsbn.tools.template_grid import SheetGrid
from nhsbn.tools.template_reading import read_template

ABOUT, QUESTIONS, HEADINGS = "About", "Questions", "Headings"
_FILL_IN = ("Decision", "Bind to", "Comparable", "Reason", "Decided by")

_BLUE, _DARK, _PALE = "005EB8", "003087", "FFFBE6"
_KINDS = {
    "same": "E8EDEE",
    "moved": "D2E6F5",
    "renamed": "D2E6F5",
    "reworded": "FFE9B8",
    "ambiguous": "F8D0C8",
    "new": "D5EBD8",
    "gone": "DDD3E8",
}
"""Row kinds by colour; the kind stands there in words too."""

_HASH_SHOWN = 16
_LINE = Side(style="thin", color="C3CBD0")
_ROW_HEIGHT, _MOST_LINES = 12.0, 30

_HELP = (
    "Every row of Questions and Headings needs a decision. Nothing is accepted of itself, however sure it is.",
    "accept: it is as proposed. A question that is proposed as new or gone is so.",
    "reject: it is not; the question is new, the heading is gone.",
    "bind to: it is another; write last year's question code, or this year's heading, in the column Bind to.",
    "Comparable: may its figures be compared with last year's? yes, with caveat or no, with a reason and the role "
    "that decided. Left empty, a question that was reworded, or whose definition rests on one that was, stays "
    "undecided and counts as no.",
    "Removed words are struck through and red in last year's words; added ones are bold and green in this year's.",
    "Filter by Kind and fill down to decide on many rows at once. Leave ids, codes and sheets as they are.",
)


@dataclass(frozen=True)
class _Column:
    heading: str
    width: float


_QUESTION_COLUMNS = (
    _Column("Id", 7),
    _Column("Kind", 11),
    _Column("Confidence", 11),
    _Column("Last year", 19),
    _Column("This year", 19),
    _Column("Last year's words", 52),
    _Column("This year's words", 52),
    _Column("What changed, or what it may be", 34),
    _Column("Decision", 11),
    _Column("Bind to", 14),
    _Column("Comparable", 13),
    _Column("Reason", 38),
    _Column("Decided by", 20),
)
_HEADING_COLUMNS = (
    _Column("Id", 7),
    _Column("Kind", 11),
    _Column("Confidence", 11),
    _Column("Where", 30),
    _Column("Last year", 34),
    _Column("This year", 34),
    _Column("What it may be", 44),
    _Column("Decision", 11),
    _Column("Bind to", 30),
)


def write_proposal(proposal: Proposal) -> bytes:
    """The Excel of a proposal, to be filled in."""
    book = Workbook()
    about = book.active
    about.title = ABOUT
    _about(about, proposal)
    rows = [(row, match, _question_cells(row, match)) for row, match in proposal.matches.items()]
    _table(book.create_sheet(QUESTIONS), _QUESTION_COLUMNS, rows)
    headings = [(row, one, _heading_cells(row, one)) for row, one in proposal.headings.items()]
    _table(book.create_sheet(HEADINGS), _HEADING_COLUMNS, headings)
    book.active = 1
    for sheet in book.worksheets:
        sheet.sheet_view.tabSelected = sheet.title == QUESTIONS
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def read_decisions(data: bytes, name: str, proposal: Proposal) -> tuple[Decision, ...]:
    """What a person filled in.

    Args:
        data: the workbook.
        name: its file name, for messages.
        proposal: the proposal that it must have been made from.

    Raises:
        NhsbnError: when it is no workbook.
        ProblemsError: when it is no list of decisions, or one made for another template or edition.
    """
    try:
        grid = read_template(data)
    except NhsbnError as error:
        raise NhsbnError(f"{name}: {error}") from None
    decisions: list[Decision] = []
    with Collector() as problems:
        for title in (ABOUT, QUESTIONS, HEADINGS):
            if title not in grid:
                problems.add(name, f"has no sheet {title!r}; give the file that --workbook made")
        if problems.problems:
            return ()
        for label, wanted, what in _identity(proposal):
            found = _beside(grid[ABOUT], label)
            if found != wanted:
                again = "make the list anew with --workbook"
                found, wanted = found[:_HASH_SHOWN], wanted[:_HASH_SHOWN]
                problems.add(
                    f"{name}, sheet {ABOUT!r}", f"was made for {what} {found or 'nothing'}, not {wanted}; {again}"
                )
        for title, columns in ((QUESTIONS, _QUESTION_COLUMNS), (HEADINGS, _HEADING_COLUMNS)):
            decisions += _decisions(grid[title], f"{name}, sheet {title!r}", columns, problems)
    return tuple(decisions)


def _identity(proposal: Proposal) -> Iterator[tuple[str, str, str]]:
    against = proposal.against
    yield "Project", against.project, "project"
    yield "Last year's edition", against.edition, "edition"
    yield "Last year's hash", against.fingerprint, "last year's edition as it then was, with hash"
    yield "Template's hash", proposal.template_hash, "the template with hash"


def _beside(sheet: SheetGrid, label: str) -> str:
    return next(
        (sheet.text(row, 2) for row, column in sheet.cells if column == 1 and sheet.text(row, 1) == label), ""
    )


def _decisions(
    sheet: SheetGrid, where: str, columns: Sequence[_Column], problems: Collector
) -> Iterator[Decision]:
    last = max((row for row, _ in sheet.cells), default=0)
    places = {sheet.text(1, column): column for _, column in sheet.cells}
    missing = [one.heading for one in columns if one.heading not in places]
    if missing:
        problems.add(f"{where}, row 1", f"has no column {', '.join(missing)}; make the list anew with --workbook")
        return
    for row in range(2, last + 1):
        said = {one.heading: sheet.text(row, places[one.heading]).strip() for one in columns}
        if any(said.values()):
            yield Decision(
                where=f"{where}, row {row}",
                row=said["Id"],
                last_year=said["Last year"],
                this_year=said["This year"],
                choice=said["Decision"].casefold(),
                bind_to=said["Bind to"],
                comparable=said.get("Comparable", ""),
                reason=said.get("Reason", ""),
                decided_by=said.get("Decided by", ""),
            )


# Drawing ---------------------------------------------------------------------------------------------------------


def _question_cells(row: str, match: Match) -> Mapping[str, Any]:
    last, this = shown(match)
    before, after = (_words(match.old.asked) if match.old else ()), (_words(match.new) if match.new else ())
    lines = [compared(*pair) for pair in zip(before, after, strict=True)] if match.kind == "reworded" else []
    may_be = [f"{one.old.code}, {one.confidence:.0%}: {one.old.asked.text}" for one in match.candidates]
    return {
        "Id": row,
        "Kind": match.kind,
        "Confidence": match.confidence,
        "Last year": last,
        "This year": this,
        "Last year's words": _rich([without(line, "added") for line in lines]) if lines else _lined(before),
        "This year's words": _rich([without(line, "removed") for line in lines]) if lines else _lined(after),
        "What changed, or what it may be": "\n".join((*match.changes, *may_be)),
    }


def _heading_cells(row: str, one: HeadingMatch) -> Mapping[str, Any]:
    return {
        "Id": row,
        "Kind": one.kind,
        "Confidence": one.confidence,
        "Where": ": ".join(one.path),
        "Last year": one.old,
        "This year": one.new,
        "What it may be": "\n".join(
            f"{text}, {confidence:.0%}" for text, confidence in one.candidates if text != one.new
        ),
    }


def _words(question: AskedQuestion) -> tuple[str, str]:
    return question.text, question.definition


def _lined(texts: Sequence[str]) -> str:
    return "\n".join(filter(None, texts))


def _rich(lines: Sequence[Sequence[Piece]]) -> CellRichText:
    """Lines of words, those that went or came marked."""
    looks = {
        "same": InlineFont(rFont="Arial", sz=9),
        "removed": InlineFont(rFont="Arial", sz=9, strike=True, color="B3261E"),
        "added": InlineFont(rFont="Arial", sz=9, b=True, color="00703C"),
    }
    blocks: list[TextBlock] = []
    for line in filter(None, lines):
        for index, piece in enumerate(line):
            if blocks:
                blocks.append(TextBlock(looks["same"], " " if index else "\n"))
            blocks.append(TextBlock(looks[piece.change], ILLEGAL_CHARACTERS_RE.sub("", piece.text)))
    return CellRichText(blocks)


def _about(sheet: Worksheet, proposal: Proposal) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 24, 110
    sheet["A1"] = f"{proposal.name} against {proposal.against.edition}"
    sheet["A1"].font = Font(name="Arial", size=16, bold=True, color=_DARK)
    counts = ", ".join(f"{count} {kind}" for kind, count in proposal.counts.items())
    rows = [
        ("Template", proposal.name),
        *((label, value) for label, value, _ in _identity(proposal)),
        ("Questions", counts),
        ("Headings that changed", str(len(proposal.headings))),
        *(("How to decide" if not index else "", text) for index, text in enumerate(_HELP)),
    ]
    for number, (label, text) in enumerate(rows, 3):
        for column, said in enumerate((label, text), 1):
            cell = sheet.cell(number, column, said)
            cell.font = Font(name="Arial", size=10, bold=column == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[number].height = _ROW_HEIGHT * (1 + len(text) // 105) + 3
    _print_set_up(sheet)


def _table(
    sheet: Worksheet,
    columns: Sequence[_Column],
    rows: Sequence[tuple[str, Match | HeadingMatch, Mapping[str, Any]]],
) -> None:
    """A sheet of rows to be decided on."""
    for number, column in enumerate(columns, 1):
        cell = sheet.cell(1, number, column.heading)
        cell.font = Font(name="Arial", size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_DARK if column.heading in _FILL_IN else _BLUE)
        cell.alignment = Alignment(vertical="center", wrap_text=True)
        sheet.column_dimensions[get_column_letter(number)].width = column.width
    sheet.row_dimensions[1].height = 30
    sheet.freeze_panes = "F2"
    sheet.sheet_view.showGridLines = False
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(len(rows) + 1, 2)}"
    for number, (_, match, cells) in enumerate(rows, 2):
        _row(sheet, number, columns, cells, match.kind)
    _print_set_up(sheet)
    if rows:
        _lists(sheet, columns, len(rows) + 1)


def _row(sheet: Worksheet, number: int, columns: Sequence[_Column], cells: Mapping[str, Any], kind: str) -> None:
    deepest = 1
    for place, column in enumerate(columns, 1):
        value = cells.get(column.heading)
        cell = sheet.cell(number, place)
        if value is not None and value != "":
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", value) if type(value) is str else value
            if type(value) is str:
                cell.data_type = "s"  # a sender's text may begin with =, and is no formula
        cell.font = Font(name="Arial", size=9, bold=column.heading in ("Id", "Kind"))
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.border = Border(bottom=_LINE, right=_LINE)
        if column.heading == "Kind":
            cell.fill = PatternFill("solid", fgColor=_KINDS[kind])
        elif column.heading == "Confidence":
            cell.number_format = "0%"
            cell.alignment = Alignment(horizontal="center", vertical="top")
        elif column.heading in _FILL_IN:
            cell.fill = PatternFill("solid", fgColor=_PALE)
            cell.number_format = "@"  # so that Excel keeps 1.10 and Apr-25 as they are typed
        said = str(value or "").split("\n")
        deepest = max(deepest, sum(1 + int(len(line) // (column.width * 1.2)) for line in said))
    sheet.row_dimensions[number].height = _ROW_HEIGHT * min(deepest, _MOST_LINES) + 3


def _lists(sheet: Worksheet, columns: Sequence[_Column], last: int) -> None:
    """Drop-downs, and a mark on what is still undecided."""
    for heading, items in (("Decision", DECISIONS), ("Comparable", VERDICTS)):
        places = [place for place, column in enumerate(columns, 1) if column.heading == heading]
        for place in places:
            cells = f"{get_column_letter(place)}2:{get_column_letter(place)}{last}"
            rule = DataValidation(type="list", formula1=f'"{",".join(items)}"', allow_blank=True)
            rule.error, rule.errorTitle, rule.showErrorMessage = f"One of: {', '.join(items)}", heading, True
            rule.add(cells)
            sheet.add_data_validation(rule)
            if heading == "Decision":
                fill = PatternFill("solid", bgColor="FFD54D")
                first = f"{get_column_letter(place)}2"
                sheet.conditional_formatting.add(cells, FormulaRule(formula=[f'{first}=""'], fill=fill))


def _print_set_up(sheet: Worksheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
