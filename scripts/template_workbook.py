"""How the stand-in collection tool looks: the workbook drawn with XlsxWriter, the same bytes every time.

Here: sheets, formats, validations, protection, print set-up. Not here: which questions are asked.
"""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from scripts.template_design import DETAILS, Block, Row, ToolDesign
from scripts.template_looks import (
    A3,
    A4,
    ANSWER_WIDTH,
    ANSWERS_ON_FIRST_PAGE,
    BLUE,
    CODE,
    COMMENTS_WIDTH,
    DARK_BLUE,
    FIRST_ANSWER,
    GUIDANCE,
    LINE,
    LOOKS,
    MONTHS,
    NOTES,
    POUNDS_WIDTH,
    PRINT_SCALE,
    QUESTION,
    SOURCE_WIDTH,
    TYPE,
    UNITS,
    WIDTHS,
    lines,
)


def draw(tool: ToolDesign) -> bytes:
    """The workbook of a tool."""
    return _Drawing(tool).bytes()


class _Drawing:
    def __init__(self, tool: ToolDesign) -> None:
        self.tool = tool
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.buffer, {"in_memory": True})
        self.formats: dict[str, Format] = {}
        self.details_rows = {name: index + 5 for index, name in enumerate(DETAILS)}
        self.keys: list[tuple[str, str, str]] = []

    def bytes(self) -> bytes:
        self.book.set_properties(
            {
                "title": f"{self.tool.title} {self.tool.edition}: data collection tool",
                "comments": "A stand-in for a tool that is not public.",
                "created": datetime(int(self.tool.edition[:4]), 4, 1),
            }
        )
        self.introduction()
        self.details()
        for title, blocks in self.tool.sheets.items():
            self.section(title, blocks)
        self.lists()
        self.key_sheet()
        self.book.get_worksheet_by_name("Introduction").activate()
        self.book.close()
        return self.buffer.getvalue()

    def look(self, name: str, **more: Any) -> Format:
        """A format by name, made once."""
        key = f"{name}{sorted(more.items())}"
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"font_name": "Arial", "font_size": 10, **LOOKS[name], **more}
            )
        return self.formats[key]

    def sheet(self, title: str, colour: str) -> Worksheet:
        sheet = self.book.add_worksheet(title)
        sheet.hide_gridlines(2)
        sheet.set_tab_color(colour)
        sheet.set_landscape()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_footer(f"&L&8{self.tool.title} {self.tool.edition}&C&8&A&R&8Page &P of &N")
        sheet.protect(options={"format_columns": True, "format_rows": True})
        return sheet

    def introduction(self) -> None:
        sheet = self.sheet("Introduction", DARK_BLUE)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 0, 26)
        sheet.set_column(1, 1, 96)
        sheet.write(0, 0, f"{self.tool.title}: data collection tool", self.look("title"))
        sheet.write(1, 0, f"Edition {self.tool.edition}", self.look("subtitle"))
        rows = [
            (
                "What this is",
                "A stand-in for a collection tool that is not public. It has the shape of one, and asks "
                "what this edition's metrics ask.",
            ),
            (
                "How to fill it in",
                "Answer the pale yellow cells. Grey cells add up by themselves. Leave a cell blank "
                "where there is no answer, and say why under Comments: not applicable, not collected or withheld. "
                "Nought is an answer: enter 0 only where nothing was counted.",
            ),
            (
                "Values",
                "Enter values unrounded; they are shown rounded. Percentages run from 0 to 100, so 85 means 85%.",
            ),
            (
                "Months",
                "Month 1 to Month 3 are the months of the reporting period, given under Submission details.",
            ),
            ("Data source", "Name the system, the report and the date it was extracted, beside each question."),
            (
                "Submissions",
                "One for each locality, and one for the trust as a whole, counted from the records and "
                "not by adding up or averaging localities.",
            ),
            ("Sheets", "Submission details, then " + ", ".join(self.tool.sheets) + "."),
        ]
        for index, (label, text) in enumerate(rows, 3):
            sheet.set_row(index, (lines(text, 84) + 1) * LINE)
            sheet.write(index, 0, label, self.look("bold"))
            sheet.write(index, 1, text, self.look("text"))
        sheet.write(11, 0, "Colours", self.look("bold"))
        for index, (name, text) in enumerate((("answer", "An answer"), ("total", "Adds up by itself")), 12):
            sheet.write_blank(index, 0, None, self.look(name, locked=True))
            sheet.write(index, 1, text, self.look("text"))

    def details(self) -> None:
        sheet = self.sheet("Submission details", DARK_BLUE)
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        for column, width in enumerate((22, 58, 58, 40)):
            sheet.set_column(column, column, width)
        sheet.write(0, 0, "Submission details", self.look("title"))
        sheet.write(1, 0, f"{self.tool.title} {self.tool.edition}", self.look("subtitle"))
        for column, text in enumerate(("Item", "Answer", "Guidance", "Comments")):
            sheet.write(4, column, text, self.look("head_left"))
        guidance = {
            "organisation": "Name of the NHS trust.",
            "ods_code": "Organisation Data Service code of the trust.",
            "submission_name": "Name under which this submission is shown in the outputs.",
            "level": "Whether this is one locality's submission or the whole trust's.",
            "locality": "Choose from the list.",
            "contact_name": "Who answers questions on this submission.",
            "contact_email": "An address at the trust.",
            "period": "The quarter of the financial year.",
        }
        lists = {"level": "=Levels", "locality": "=Localities", "period": "=Periods"}
        for name, row in self.details_rows.items():
            sheet.write(row, 0, DETAILS[name], self.look("code"))
            sheet.set_row(row, 2 * LINE)
            sheet.write_blank(row, 1, None, self.look("answer", text_wrap=True))
            sheet.write(row, 2, guidance.get(name, "A calendar month of the reporting period."), self.look("cell"))
            sheet.write_blank(
                row, 3, None, self.look("answer", text_wrap=True, font_size=9, align="left", indent=1)
            )
            source = lists.get(name, "=Months" if name.startswith("month_") else None)
            if source:
                sheet.data_validation(row, 1, row, 1, {"validate": "list", "source": source})

    def section(self, title: str, blocks: tuple[Block, ...]) -> None:
        sheet = self.sheet(title, BLUE)
        width = max(self.answer_columns(block) for block in blocks)
        pounds = any(row.unit == "pounds" for block in blocks for row in block.rows)
        self.columns(sheet, width, POUNDS_WIDTH if pounds else ANSWER_WIDTH)
        sheet.write(0, 0, f"{title}", self.look("title"))
        cell = {name: f"'Submission details'!$B${row + 1}" for name, row in self.details_rows.items()}
        about = f'={cell["locality"]}&"   |   "&{cell["period"]}&"   |   "&{cell["ods_code"]}'
        sheet.write_formula(1, 0, about, self.look("subtitle"), "")
        row = 3
        for block in blocks:
            row = self.block(sheet, row, block, width) + 2
        sheet.freeze_panes(3, 2)
        sheet.repeat_rows(0, 1)
        sheet.set_paper(A3)
        sheet.repeat_columns(CODE, QUESTION)
        sheet.set_print_scale(PRINT_SCALE)
        sheet.set_v_pagebreaks([FIRST_ANSWER + min(width, ANSWERS_ON_FIRST_PAGE)])

    def columns(self, sheet: Worksheet, width: int, answer_width: float) -> None:
        for column, chars in WIDTHS.items():
            sheet.set_column(column, column, chars)
        sheet.set_column(FIRST_ANSWER, FIRST_ANSWER + width - 1, answer_width)
        sheet.set_column(FIRST_ANSWER + width, FIRST_ANSWER + width, SOURCE_WIDTH)
        sheet.set_column(FIRST_ANSWER + width + 1, FIRST_ANSWER + width + 1, COMMENTS_WIDTH)

    def members(self, block: Block) -> dict[str, str]:
        """Members that head this block's columns; the total only where its rows have one."""
        members = dict(self.tool.members[block.breakdown]) if block.breakdown else {"all": ""}
        if block.breakdown and all(row.total == "none" for row in block.rows):
            del members["all"]
        return members

    def answer_columns(self, block: Block) -> int:
        return len(self.members(block)) * (len(MONTHS) if block.asks == "metric" else 1)

    def notes(self, block: Block, width: int) -> dict[str, tuple[int, int]]:
        """First and last column of a block's data source and comments.

        They have columns of their own; a much narrower block's are laid over answer columns that it leaves free.
        """
        start, end = FIRST_ANSWER + self.answer_columns(block), FIRST_ANSWER + width
        if min(width, ANSWERS_ON_FIRST_PAGE) + FIRST_ANSWER - start < 10:
            return {text: (end + index, end + index) for index, text in enumerate(NOTES)}
        return {"Data source": (start, start + 3), "Comments": (start + 4, start + 9)}

    def block(self, sheet: Worksheet, row: int, block: Block, width: int) -> int:
        """Draw a block from ``row`` on, and return the row after it."""
        notes = self.notes(block, width)
        last = notes["Comments"][1]
        sheet.set_row(row, 20)
        for column in range(last + 1):
            sheet.write_blank(row, column, None, self.look("block"))
        sheet.write(row, 0, block.title, self.look("block"))
        row = self.headings(sheet, row + 1, block, notes)
        for question in block.rows:
            if question.heading:
                for column in range(last + 1):
                    sheet.write_blank(row, column, None, self.look("group"))
                sheet.write(row, QUESTION, question.heading, self.look("group"))
                row += 1
            self.question(sheet, row, block, question, notes)
            row += 1
        return row

    def headings(self, sheet: Worksheet, row: int, block: Block, notes: dict[str, tuple[int, int]]) -> int:
        """The heading rows: members over their months, months, and which months those are."""
        by_month = block.asks == "metric"
        bottom = row + bool(block.breakdown) + 2 * by_month - 1
        texts = ("Question code", "Question", "Definition and guidance", "Answer type")
        for column, text in enumerate(texts):
            self.merged(sheet, row, column, bottom, column, text, self.look("head_left"))
        for text, (left, right) in notes.items():
            self.merged(sheet, row, left, bottom, right, text, self.look("head_left"))
        if not by_month:
            sheet.set_row(row, 3 * LINE)
        column = FIRST_ANSWER
        for title in self.members(block).values():
            span = len(MONTHS) if by_month else 1
            if block.breakdown:
                self.merged(sheet, row, column, row, column + span - 1, title, self.look("head"))
            if by_month:
                self.months(sheet, bottom - 1, column)
            column += span
        return bottom + 1

    def months(self, sheet: Worksheet, row: int, column: int) -> None:
        sheet.set_row(row + 1, 2 * LINE)
        for index, month in enumerate(MONTHS):
            place = f"'Submission details'!$B${self.details_rows[f'month_{index + 1}'] + 1}"
            sheet.write(row, column + index, month, self.look("head"))
            formula = f'=IF({place}="","",{place})'
            sheet.write_formula(row + 1, column + index, formula, self.look("head", font_size=9, bold=False), "")

    @staticmethod
    def merged(sheet: Worksheet, top: int, left: int, bottom: int, right: int, text: str, look: Format) -> None:
        if (top, left) == (bottom, right):
            sheet.write(top, left, text, look)
        else:
            sheet.merge_range(top, left, bottom, right, text, look)

    def question(
        self, sheet: Worksheet, row: int, block: Block, question: Row, notes: dict[str, tuple[int, int]]
    ) -> None:
        answer_type, _, _ = UNITS[question.unit]
        deep = max(3, lines(question.guidance, WIDTHS[GUIDANCE]), lines(question.text, WIDTHS[QUESTION]))
        sheet.set_row(row, deep * LINE)
        sheet.write(row, CODE, question.code, self.look("code"))
        for column, text in ((QUESTION, question.text), (GUIDANCE, question.guidance), (TYPE, answer_type)):
            sheet.write(row, column, text, self.look("cell"))
        self.keys.append((sheet.get_name(), question.code, xl_rowcol_to_cell(row, CODE)))
        months = len(MONTHS) if block.asks == "metric" else 1
        parts = [member for member in self.members(block) if member != "all" or not block.breakdown]
        added = FIRST_ANSWER + len(parts) * months
        self.answers(sheet, row, question, added + (months if question.total == "answer" else 0) - 1)
        if question.total == "formula":
            self.totals(sheet, row, question, added, months)
        for left, right in notes.values():
            self.merged(
                sheet,
                row,
                left,
                row,
                right,
                "",
                self.look("answer", text_wrap=True, font_size=9, align="left", indent=1),
            )

    def answers(self, sheet: Worksheet, row: int, question: Row, last: int) -> None:
        """Unlocked cells, that take what the answer type says."""
        answer_type, number, rule = UNITS[question.unit]
        align = "center" if question.unit == "yes_no" else "right"
        for column in range(FIRST_ANSWER, last + 1):
            sheet.write_blank(row, column, None, self.look("answer", num_format=number, align=align))
        error = {"error_title": question.code, "error_message": f"Enter: {answer_type}."}
        sheet.data_validation(row, FIRST_ANSWER, row, last, {"criteria": "between", **rule, **error})

    def totals(self, sheet: Worksheet, row: int, question: Row, first: int, months: int) -> None:
        """Formulas that add the members up, and stay blank where no member has a value."""
        look = self.look("total", num_format=UNITS[question.unit][1])
        for index in range(months):
            cells = ",".join(
                xl_rowcol_to_cell(row, column) for column in range(FIRST_ANSWER + index, first, months)
            )
            formula = f'=IF(COUNT({cells})=0,"",SUM({cells}))'
            sheet.write_formula(row, first + index, formula, look, "")

    def lists(self) -> None:
        sheet = self.book.add_worksheet("Lists")
        sheet.hide()
        sheet.protect()
        start = int(self.tool.edition[:4])
        calendar = [datetime(start + (3 + n) // 12, (3 + n) % 12 + 1, 1) for n in range(12)]
        lists = {
            "YesNo": ("Yes", "No"),
            "Levels": ("Locality", "Trust"),
            "Localities": self.tool.places,
            "Periods": tuple(f"{self.tool.edition}-Q{quarter}" for quarter in range(1, 5)),
            "Months": tuple(f"{month:%B %Y}" for month in calendar),
        }
        for column, (name, items) in enumerate(lists.items()):
            sheet.write(0, column, name)
            sheet.write_column(1, column, items)
            first, last = (xl_rowcol_to_cell(r, column, True, True) for r in (1, len(items)))
            self.book.define_name(name, f"=Lists!{first}:{last}")

    def key_sheet(self) -> None:
        """What a receiver reads to know its own tool again."""
        sheet = self.book.add_worksheet("Keys")
        sheet.very_hidden()
        sheet.protect()
        about = (("project", self.tool.project), ("edition", self.tool.edition), ("tool_version", "1"))
        for row, pair in enumerate(about):
            sheet.write_row(row, 0, pair)
        sheet.write_row(len(about) + 1, 0, ("sheet", "question_code", "anchor"))
        for row, key in enumerate(self.keys, len(about) + 2):
            sheet.write_row(row, 0, key)
