"""A review pack as an Excel to be marked up: the rows to answer, the figures behind them, and a hidden key.

Here: drawing it. Not here: what its rows say (the core's review), and reading it back (review_reading). The same
pack gives the same bytes.

Everything is locked but the four columns that are to be filled in. The lock has no password: it is against a slip
of the hand. What an answer is bound to is the content hash on the sheet Key, which the records know.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from nhsbn.checks.review import ReviewedQuestion
from nhsbn.checks.standing import Status
from nhsbn.periods import Month, Period
from nhsbn.review.markup import ANSWERS, SHEET, Key
from nhsbn.review.pack import ReviewPack, gaps
from nhsbn.review.rows import (
    DECIMALS,
    SheetRow,
    check_words,
    gap_words,
    question_words,
    withheld_or_missing,
)
from nhsbn.values import ALL, TRUST

ABOUT, FIGURES, GAPS, WARNINGS, LOCALITIES, KEY = "About", "Figures", "Gaps", "Warnings", "Localities", "Key"
ID, LOOK = "Id", "Needs a look"
WORDS = {False: "Question", True: "Section"}
"""Heading of the words of a row, by whether it is the director's."""

FILL_IN = ("Response", "Comment", "By", "Date")

_WIDTHS: Mapping[str, float] = {
    ID: 20,
    "Question": 28,
    "Section": 20,
    LOOK: 14,
    "Definition": 42,
    "Month": 10,
    "Value": 12,
    "Last submitted": 12,
    "Change": 18,
    "Checks and gaps, with what to do": 54,
    "Where it stands": 34,
    "Leads, and what they said": 50,
    "Gaps": 46,
    "Open warnings": 46,
    "Accepted warnings": 40,
    "Response": 13,
    "Comment": 38,
    "By": 20,
    "Date": 13,
}
_WIDTH_OF_CODE = 13
_SIDE_BY_SIDE = frozenset({"Month", "Value", "Last submitted", "Change"})
_AT_RIGHT = _SIDE_BY_SIDE - {"Month"}
_BLUE, _DARK, _PALE, _PRESSING, _LINE = "#005EB8", "#003087", "#FFFBE6", "#FFE9B8", "#C3CBD0"
_ROW_HEIGHT, _TALLEST = 12.5, 400.0
_LETTERS = 1.3
"""Letters of Arial 9 to a unit of column width, words broken."""

_MADE = datetime(2000, 1, 1)  # a day of its own would make other bytes of the same pack
_HELP = (
    "On the sheet Review, fill in the four columns at the right, in every row.",
    "Response: confirmed, when the figures, gaps and open warnings of the row are right as they stand; queried, "
    "when something is to be looked into.",
    "Comment: what is in doubt, or what explains a figure or a gap. A row with a comment alone still waits.",
    "By and Date: who answers, by name or e-mail, and on which day. Fill down to answer many rows at once.",
    "Leave ids and everything else as they are. An answer is bound to what the row shows: should any of that "
    "change, the answer lapses, and the next pack says which cells changed.",
    "Rows that need a look come first. The sheet Figures has every figure behind a row. Send the file back when "
    "it is done, or half done; what is not answered stays open.",
)


@dataclass(frozen=True)
class _Looks:
    """The formats of a workbook."""

    book: xlsxwriter.Workbook

    def of(self, **more: object) -> Format:
        base = {"font_name": "Arial", "font_size": 9, "valign": "top", "text_wrap": True}
        return self.book.add_format({**base, **more})

    def head(self, colour: str) -> Format:
        return self.of(bold=True, font_color="#FFFFFF", bg_color=colour, valign="vcenter", font_size=10, indent=1)

    def body(self, **more: object) -> Format:
        line = {"bottom": 1, "right": 1, "bottom_color": _LINE, "right_color": _LINE}
        return self.of(
            **{"align": "left", "indent": 1, **line, **more}
        )  # the indent keeps figures off the words beside them


def write_review(pack: ReviewPack, key: Key, rows: Sequence[SheetRow], names: Sequence[str]) -> bytes:
    """The workbook of a lead's or a director's pack.

    Args:
        pack: what it is about.
        key: what its rows are bound to, by id.
        rows: to be answered, in this order.
        names: who may answer, as By offers them; an e-mail is taken as well.
    """
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"title": _title(pack), "created": _MADE})
    looks = _Looks(book)
    questions = [one for part in pack.parts for one in pack.questions(part)]
    _about(book.add_worksheet(ABOUT), looks, pack, key)
    review = book.add_worksheet(SHEET)
    _review(review, looks, pack, rows, names)
    months = Period.parse(key.period).months
    _figures(book.add_worksheet(FIGURES), looks, questions, months)
    if pack.is_for_director:
        _plain(book.add_worksheet(GAPS), looks, (ID, "Question", "Gap"), (13, 40, 120), _gap_rows(questions))
        headings = (ID, "Question", "Check", "Status", "Severity", "What was found, and what to do")
        _plain(
            book.add_worksheet(WARNINGS),
            looks,
            headings,
            (12, 40, 24, 18, 11, 100),
            _warning_rows(pack, questions),
        )
        _localities(book.add_worksheet(LOCALITIES), looks, pack, questions, months)
    _key(book.add_worksheet(KEY), key)
    review.activate()
    book.close()
    return saved.getvalue()


def _title(pack: ReviewPack) -> str:
    return f"{pack.title} {pack.review.period}: {pack.review.place}"


def _about(sheet: Worksheet, looks: _Looks, pack: ReviewPack, key: Key) -> None:
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 110)
    sheet.write_string(0, 0, _title(pack), looks.of(bold=True, font_size=16, font_color=_DARK, text_wrap=False))
    lines = [
        ("Organisation", pack.organisation),
        ("For", pack.reader or f"{pack.director}, care group director"),
        ("Edition", pack.review.edition),
        ("Version of the tool", str(key.tool_version or "none has been made")),
        *((step.capitalize(), f"by {day.day} {day:%B %Y}") for step, day in pack.days.items()),
        ("Submitted", f"by {pack.deadline.day} {pack.deadline:%B %Y}"),
        *(("How to answer" if not number else "", text) for number, text in enumerate(_HELP)),
    ]
    for number, (label, text) in enumerate(lines, 2):
        sheet.write_string(number, 0, label, looks.of(bold=True, font_size=10))
        sheet.write_string(number, 1, text, looks.of(font_size=10))
        sheet.set_row(number, 14 * (1 + len(text) // 105) + 3)
    _lock(sheet)
    _print_set_up(sheet)


def _review(
    sheet: Worksheet, looks: _Looks, pack: ReviewPack, rows: Sequence[SheetRow], names: Sequence[str]
) -> None:
    words = WORDS[pack.is_for_director]
    headings = (ID, words, LOOK, *(rows[0].cells if rows else ()), *FILL_IN)
    formats = {heading: _body_of(heading, looks) for heading in headings}
    pressing = looks.body(bg_color=_PRESSING, bold=True)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, _width(heading, words))
        sheet.write_string(0, column, heading, looks.head(_DARK if heading in FILL_IN else _BLUE))
    sheet.set_row(0, 30)
    for number, row in enumerate(rows, 1):
        said = {ID: row.id, words: row.words, LOOK: row.look, **row.cells}
        for column, heading in enumerate(headings):
            look = pressing if heading == LOOK and row.is_pressing else formats[heading]
            if text := said.get(heading, ""):
                sheet.write_string(number, column, text, look)
            else:
                sheet.write_blank(number, column, None, look)
        sheet.set_row(number, _height(said))
    _lists(sheet, headings, len(rows), names, Period.parse(pack.review.period))
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(rows), 1), len(headings) - 1)
    _lock(sheet)
    _print_set_up(sheet)


def _width(heading: str, words: str) -> float:
    """Of a column; question codes are shorter than the names of sections."""
    return _WIDTH_OF_CODE if heading == ID and words == WORDS[False] else _WIDTHS[heading]


def _body_of(heading: str, looks: _Looks) -> Format:
    if heading in FILL_IN:
        more = {"num_format": "dd/mm/yyyy"} if heading == "Date" else {"num_format": "@"}
        return looks.body(locked=False, bg_color=_PALE, **more)
    return looks.body(bold=heading == ID, align="right" if heading in _AT_RIGHT else "left")


def _height(said: Mapping[str, str]) -> float:
    """Of a row whose every cell can be read, as far as Excel has rows as tall; in points."""
    deepest = max(
        sum(1 + int(len(line) // (_WIDTHS[heading] * _LETTERS)) for line in text.split("\n"))
        for heading, text in said.items()
    )
    return min(_ROW_HEIGHT * deepest + 4, _TALLEST)


def _lists(sheet: Worksheet, headings: Sequence[str], rows: int, names: Sequence[str], period: Period) -> None:
    if not rows:
        return
    at = {heading: headings.index(heading) for heading in FILL_IN}
    one_of = ", ".join(ANSWERS)
    rules: dict[str, dict[str, object]] = {
        "Response": {
            "validate": "list",
            "source": [str(one) for one in ANSWERS],
            "error_title": "Response",
            "error_message": f"One of: {one_of}",
        },
        "By": {"validate": "list", "source": list(names), "show_error": False},
        "Date": {
            "validate": "date",
            "criteria": ">=",
            "value": datetime.combine(period.last_day, datetime.min.time()),
            "error_title": "Date",
            "error_message": f"The day of the answer, not before the end of {period}: "
            f"{period.last_day + timedelta(days=14):%d/%m/%Y}",
        },
    }
    for heading, rule in rules.items():
        sheet.data_validation(1, at[heading], rows, at[heading], rule)


def _figures(
    sheet: Worksheet, looks: _Looks, questions: Iterable[ReviewedQuestion], months: Sequence[Month]
) -> None:
    """Every figure of every question: a row for each member, a column for each month."""
    blocks = ("", "Last submitted: ", "Change: ")
    titles = [f"{block}{month.first_day:%b %Y}" for block in blocks for month in months]
    headings = (ID, "Question", "Of", *titles, "Gap")
    widths = (13, 36, 26, *(12 for _ in titles), 90)
    _head(sheet, looks, headings, widths)
    numbers = {unit: looks.body(num_format=_number_format(unit), align="right") for unit in DECIMALS}
    text, bold = looks.body(), looks.body(bold=True)
    number = 0
    for question in questions:
        found = {(cell.member, cell.month): cell for cell in question.cells}
        for member in dict.fromkeys((ALL, *question.members)):
            cells = [found[member, month] for month in months if (member, month) in found]
            if not any(cell.state is not None or cell.value is not None for cell in cells):
                continue
            number += 1
            sheet.write_string(number, 0, question.code, bold)
            sheet.write_string(number, 1, question_words(question), text)
            sheet.write_string(number, 2, question.members.get(member, member), text)
            values = [
                *(cell.value for cell in cells),
                *(cell.last_submitted for cell in cells),
                *(cell.change for cell in cells),
            ]
            for column, value in enumerate(values, 3):
                if value is None:
                    sheet.write_blank(number, column, None, text)
                else:
                    sheet.write_number(number, column, value, numbers[question.unit])
            gap = "; ".join(dict.fromkeys(filter(None, map(withheld_or_missing, cells))))
            sheet.write_string(number, len(headings) - 1, gap, text)
    _finish(sheet, number, len(headings), frozen=3)


def _number_format(unit: str) -> str:
    decimals = DECIMALS[unit]
    digits = f"#,##0{'.' + '0' * decimals if decimals else ''}"
    return {"pounds": f"£{digits}", "percent": f'{digits}"%"'}.get(unit, digits)


def _gap_rows(questions: Iterable[ReviewedQuestion]) -> Iterator[tuple[str, ...]]:
    for gap in gaps(questions):
        yield gap.question.code, question_words(gap.question), gap_words(gap)


def _warning_rows(pack: ReviewPack, questions: Iterable[ReviewedQuestion]) -> Iterator[tuple[str, ...]]:
    """Open and accepted failures, those of the return as a whole first."""
    about = [("", "", check) for check in pack.review.checks]
    about += [(one.code, question_words(one), check) for one in questions for check in one.checks]
    for code, words, check in about:
        if check.status.is_open or check.status is Status.ACCEPTED:
            where = code or check.subject
            yield where, words, check.title, check.status.value, check.severity, check_words(check)


def _localities(
    sheet: Worksheet,
    looks: _Looks,
    pack: ReviewPack,
    questions: Sequence[ReviewedQuestion],
    months: Sequence[Month],
) -> None:
    """The total of each question, place beside place."""
    places = ["Trust" if one.locality == TRUST else one.place for one in pack.beside]
    titles = [f"{place}, {month.first_day:%b %Y}" for month in months for place in places]
    headings = (ID, "Question", *titles)
    _head(sheet, looks, headings, (13, 40, *(15 for _ in titles)))
    numbers = {unit: looks.body(num_format=_number_format(unit), align="right") for unit in DECIMALS}
    text, bold = looks.body(), looks.body(bold=True)
    totals = [
        {
            (one.code, cell.month): cell.value
            for one in review.questions
            for cell in one.cells
            if cell.member == ALL
        }
        for review in pack.beside
    ]
    for number, question in enumerate(questions, 1):
        sheet.write_string(number, 0, question.code, bold)
        sheet.write_string(number, 1, question_words(question), text)
        values = [found.get((question.code, month)) for month in months for found in totals]
        for column, value in enumerate(values, 2):
            if value is None:
                sheet.write_blank(number, column, None, text)
            else:
                sheet.write_number(number, column, value, numbers[question.unit])
    _finish(sheet, len(questions), len(headings), frozen=2)


def _plain(
    sheet: Worksheet,
    looks: _Looks,
    headings: Sequence[str],
    widths: Sequence[float],
    rows: Iterable[Sequence[str]],
) -> None:
    _head(sheet, looks, headings, widths)
    text, bold, number = looks.body(), looks.body(bold=True), 0
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            sheet.write_string(number, column, value, text if column else bold)
    _finish(sheet, number, len(headings), frozen=1)


def _head(sheet: Worksheet, looks: _Looks, headings: Sequence[str], widths: Sequence[float]) -> None:
    head = looks.head(_BLUE)
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    sheet.set_row(0, 30)


def _finish(sheet: Worksheet, rows: int, columns: int, frozen: int) -> None:
    sheet.freeze_panes(1, frozen)
    sheet.autofilter(0, 0, max(rows, 1), columns - 1)
    _lock(sheet)
    _print_set_up(sheet)


def _key(sheet: Worksheet, key: Key) -> None:
    """What the workbook was made for, a label and its value a row; then each row's id, content and words."""
    about = {
        "Project": key.project,
        "Edition": key.edition,
        "Period": key.period,
        "Place": key.place,
        "Reader": key.reader,
        "Tool version": "" if key.tool_version is None else str(key.tool_version),
    }
    for number, pair in enumerate(about.items()):
        sheet.write_row(number, 0, pair)
    sheet.write_row(len(about), 0, (ID, "Content", "Words"))
    for number, (row_id, shown) in enumerate(key.rows.items(), len(about) + 1):
        sheet.write_row(number, 0, (row_id, shown.content, shown.words))
    _lock(sheet)
    sheet.very_hidden()


def _lock(sheet: Worksheet) -> None:
    sheet.protect("", {"autofilter": True, "format_columns": True, "format_rows": True})


def _print_set_up(sheet: Worksheet) -> None:
    sheet.set_landscape()
    sheet.set_paper(8)  # A3
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
