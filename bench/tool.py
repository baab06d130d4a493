"""How long one collection tool takes to fill: 11,000 cells over 40 tabs of a workbook of 2 MB.

    python -m bench.tool [FOLDER]

The floor is a plain unzip and zip of the same workbook; openpyxl's load and save is what filling is usually done
with. All three, and the proof, are timed in turn in one process, the best of several turns kept; peak memory is
that of a process which does nothing but fill. Here too: the workbook, which is drawn anew, the same each time.
What was measured is printed, and kept in ``tool.json`` for :mod:`bench.run`.
"""

from __future__ import annotations

import io
import json
import random
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path

import xlsxwriter
from openpyxl import load_workbook
from xlsxwriter.utility import xl_rowcol_to_cell as cell_name

from bench.measure import Measurement, measure
from nhsbn.xlsx.fill import fill
from nhsbn.xlsx.values import Entry, Value
from nhsbn.xlsx.verify import prove

TABS, QUESTIONS, COLUMNS = 40, 25, 11
"""Each tab asks 25 questions with 11 answers each: 275 cells, 11,000 in all."""

HISTORY_ROWS, HISTORY_COLUMNS = 500, 16
"""Below its questions each tab shows earlier years' figures, which bring the workbook to 2 MB."""

ANSWERS = ("Yes", "No", "In part", "Planned", "Not provided")
TURNS = 5


def main(folder: Path) -> None:
    """Measure, print, and keep."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = timings(folder)
    print_report(taken)
    kept = {name: [one.seconds, one.peak_mb] for name, one in taken.items()}
    (folder / "tool.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


def timings(folder: Path) -> dict[str, Measurement]:
    """What the floor, filling, its proof, and openpyxl take.

    Args:
        folder: where the workbook is put for the process whose memory is measured.
    """
    data = template()
    path = folder / "tool.xlsx"
    path.write_bytes(data)
    # Measured first: a child begins with the peak of the process that it is forked from.
    alone = measure(["-c", "import sys; from bench.tool import fill_alone; fill_alone(sys.argv[1])", path])
    entries = list(answers())
    filled = fill(data, entries).data
    steps: dict[str, Callable[[], object]] = {
        "tool floor": partial(unzip_and_zip, data),
        "tool fill": partial(fill, data, entries),
        "tool proof": partial(prove, data, filled, entries),
    }
    best = dict.fromkeys(steps, float("inf"))
    for _ in range(TURNS):
        for name, step in steps.items():
            best[name] = min(best[name], _seconds(step))
    best["tool openpyxl"] = _seconds(partial(load_and_save, data, entries))
    peaks = {"tool fill": alone.peak_mb}
    return {name: Measurement(seconds, peaks.get(name), "") for name, seconds in best.items()}


def print_report(taken: dict[str, Measurement]) -> None:
    """Print each timing, as multiples of the floor too."""
    floor = taken["tool floor"].seconds
    print(f"{'11,000 cells over 40 tabs of 2 MB':44}{'seconds':>9}{'peak MB':>9}{'x floor':>9}")
    for name, one in taken.items():
        name = LABELS[name]
        peak = f"{one.peak_mb:,.0f}" if one.peak_mb is not None else "-"
        print(f"{name:44}{one.seconds:>9.3f}{peak:>9}{one.seconds / floor:>9.1f}")


def template() -> bytes:
    """A sender's workbook: protected tabs of questions with drop-downs, limits, totals and earlier figures."""
    rng = random.Random(40)
    saved = io.BytesIO()
    book = xlsxwriter.Workbook(saved, {"in_memory": True})
    book.set_properties({"created": datetime(2025, 4, 1)})
    head = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#005EB8", "font_color": "white"})
    answer = book.add_format({"locked": False, "border": 1, "bg_color": "#FFF9E5"})
    dated = book.add_format({"locked": False, "border": 1, "num_format": "dd/mm/yyyy"})
    shown = book.add_format({"num_format": "#,##0.00", "border": 1})
    book.define_name("Answers", f"=Lists!$A$1:$A${len(ANSWERS)}")
    for number in range(TABS):
        _draw_tab(book.add_worksheet(f"Section {number + 1}"), rng, head, answer, dated, shown)
    lists = book.add_worksheet("Lists")
    lists.write_column(0, 0, ANSWERS)
    lists.hide()
    book.close()
    return saved.getvalue()


def _draw_tab(
    sheet: xlsxwriter.workbook.Worksheet, rng: random.Random, *formats: xlsxwriter.format.Format
) -> None:
    head, answer, dated, shown = formats
    title = sheet.get_name()
    sheet.protect()
    sheet.set_column(0, 0, 50)
    sheet.merge_range(0, 0, 0, COLUMNS, f"{title}: answer for each month", head)
    for question in range(QUESTIONS):
        row = question + 2
        sheet.write(row, 0, f"{title}, question {question + 1}: how many, as at the end of the month?")
        for column in range(1, COLUMNS + 1):
            sheet.write_blank(row, column, None, dated if _kind(question) == "date" else answer)
        if _kind(question) == "number":
            cells = f"{cell_name(row, 1)}:{cell_name(row, COLUMNS)}"
            sheet.write_formula(row, COLUMNS + 1, f"=SUM({cells})", shown, 0)
        options = {
            "number": {"validate": "decimal", "criteria": ">=", "value": 0},
            "list": {"validate": "list", "source": "=Answers"},
            "date": {"validate": "date", "criteria": ">=", "value": date(2020, 1, 1)},
            "text": {"validate": "length", "criteria": "<=", "value": 200},
        }[_kind(question)]
        sheet.data_validation(row, 1, row, COLUMNS, options)
    for row in range(QUESTIONS + 4, QUESTIONS + 4 + HISTORY_ROWS):
        sheet.write(row, 0, f"Provider {rng.randrange(1000)}")
        for column in range(1, HISTORY_COLUMNS):
            sheet.write_number(row, column, round(rng.lognormvariate(4, 2), 2), shown)


def answers() -> Iterator[Entry]:
    """A value for each answer cell."""
    rng = random.Random(11)
    values: dict[str, Callable[[], Value]] = {
        "number": lambda: round(rng.uniform(0, 5000), 3),
        "list": lambda: rng.choice(ANSWERS),
        "date": lambda: date(2025, 4, 1) + timedelta(days=rng.randrange(90)),
        "text": lambda: f"Counted from the ledger of {rng.randrange(10_000)} rows",
    }
    for number in range(TABS):
        for question in range(QUESTIONS):
            for column in range(1, COLUMNS + 1):
                value = values[_kind(question)]()
                yield Entry(f"Section {number + 1}", cell_name(question + 2, column), value)


def _kind(question: int) -> str:
    return ("number", "number", "number", "list", "number", "date", "number", "text")[question % 8]


def unzip_and_zip(data: bytes) -> bytes:
    """The floor: every member unpacked and packed again, and nothing understood."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as made:
        for info in source.infolist():
            made.writestr(info, source.read(info))
    return saved.getvalue()


def load_and_save(data: bytes, entries: list[Entry]) -> bytes:
    """What filling by openpyxl takes; it keeps neither cached totals nor much else."""
    book = load_workbook(io.BytesIO(data))
    for entry in entries:
        book[entry.sheet][entry.address].value = entry.value
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def fill_alone(path: str) -> None:
    """Fill, in a process that does nothing else."""
    fill(Path(path).read_bytes(), list(answers()))


def _seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


LABELS = {
    "tool floor": "floor: unzip and zip",
    "tool fill": "fill",
    "tool proof": "proof of what was filled",
    "tool openpyxl": "openpyxl: load, set, save",
}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if sys.argv[1:] else Path("var") / "bench")
