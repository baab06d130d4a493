"""From cells as read to rows as landed: what each row is, and clean text in each column.

Here: blank, title, total and data rows told apart; cells trimmed, filled down and padded; rows set aside with
their reason; identifiers replaced. All of it on whole columns. Not here: finding the header (headers), reading
files, and typing (staging reads the text: Excel serials of 20000 to 80000 as dates, ``-`` in a money column as
nil).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from nhsbn.extracts.coded import Coded, Rows
from nhsbn.extracts.headers import Header
from nhsbn.extracts.identifiers import NHS_NUMBER, PERSON_NAME, Tokens, nhs_numbers
from nhsbn.extracts.landing import RowCounts
from nhsbn.extracts.reports import Column, Report, normalise_heading

NULL_WORDS = ("NULL", "N/A", "#N/A", "..", "(blank)")
DASHES = ("-", "–", "—")

_NULLS = sorted({case for word in NULL_WORDS for case in (word, word.lower(), word.title(), word.upper())} | {""})
_SPACES = " \t\r\n\u00a0\u200b\ufeff"
_FORMULA = r"^(=|[+\-@][A-Za-z][A-Za-z0-9_.]*\()"
_SCIENTIFIC = r"^[0-9](\.[0-9]+)?[eE]\+[0-9]{1,3}$"
_SUSPECT = "|".join((_FORMULA, _SCIENTIFIC, PERSON_NAME, NHS_NUMBER))
_FOOTER = (
    r"^end of (report|file|extract|data)\b|^(row|record) count\b"
    r"|^(number of )?(rows|records)( returned| exported)?:|^[\d,]+ (rows|records)\b|^page \d+( of \d+)?$"
)
_TOTAL = re.compile(rf"^(grand|sub|overall|report)?[- ]?totals?\b|\btotals?:?$|{_FOOTER}", re.I)
_BARE_TOTAL = re.compile(rf"^(grand|sub|overall|report)?[- ]?totals?:?$|{_FOOTER}", re.I)
_TITLE = re.compile(r"^(report|run at|run on|printed on|printed by|period|parameters|as at|invented data)\b", re.I)
_STATED = re.compile(
    r"(?:rows?|records?)(?: count| returned| exported)?\W*(\d[\d,]*)|(\d[\d,]*) (?:rows|records)\b", re.I
)
_TOTAL_HINT = r"(?i)total|end of|count|records|rows|^page "

DATA, BLANK, TITLE, TOTAL = range(4)


@dataclass(frozen=True)
class RawTable:
    """The rows below a header, as text.

    Attributes:
        columns: for each position of the header row, its cells as strings, plain or dictionary-coded; blank is "".
        rows: the number of each row, from 1, rising, as Excel shows it or as records of a text file count.
        overlong: row number to number of cells, for rows with more cells than the header; their cells are blank.
        above: how many rows stand above, the header included.
    """

    columns: tuple[pa.DictionaryArray | pa.StringArray, ...]
    rows: npt.NDArray[np.int64]
    overlong: Mapping[int, int]
    above: int


@dataclass(frozen=True)
class CleanTable:
    """The rows that are kept, and the count of every row.

    Attributes:
        table: declared columns as text, then ``_row`` and ``_set_aside``.
        counts: rows by what they are.
        set_aside: reason to the first rows with it, for messages.
        footer_rows: the number of rows that a footer states, if one does.
    """

    table: pa.Table
    counts: RowCounts
    set_aside: Mapping[str, tuple[int, ...]]
    footer_rows: int | None


def clean_rows(raw: RawTable, header: Header, report: Report, tokens: Tokens) -> CleanTable:
    """Class every row, and clean the cells of those kept.

    Args:
        raw: the sheet.
        header: where its columns are.
        report: the declaration.
        tokens: what stands for identifiers.
    """
    kept = {name: column for name, column in report.kept_columns.items() if name in header.columns}
    cells = {name: _cleaned(raw.columns[header.columns[name]], column) for name, column in kept.items()}
    classes, footer = _classes(raw, header, report, cells)
    data = np.flatnonzero(classes == DATA)
    filled = _filled(raw, header, report, cells, classes)
    if len(data) < len(classes):
        cells = {name: values.at(data) for name, values in cells.items()}
    cells |= filled
    numbers = raw.rows[data]

    reasons = {
        int(
            np.searchsorted(numbers, number)
        ): f"too many cells: {cell_count} where the header has {len(raw.columns)}"
        for number, cell_count in raw.overlong.items()
    }
    for name in report.key:
        if name in cells:
            _note(reasons, cells[name].blank, f"key cell blank: {report.columns[name].heading}")
    for name, column in kept.items():
        cells[name] = _checked(cells[name], column, reasons)
        if column.digits:
            cells[name] = cells[name].mapped(partial(_padded, width=column.digits))
        if column.personal == "hash":
            cells[name] = cells[name].mapped(partial(_hashed, tokens=tokens))

    aside = pa.nulls(len(data), pa.string())
    if reasons:
        aside = pa.array([reasons.get(index) for index in range(len(data))], pa.string())
    blanks = pa.nulls(len(data), pa.string())
    columns = {name: cells[name].to_arrow() if name in cells else blanks for name in report.kept_columns}
    examples: dict[str, list[int]] = defaultdict(list)
    for index in sorted(reasons):
        examples[reasons[index]].append(int(numbers[index]))
    counts = RowCounts(
        read=raw.above + len(classes),
        landed=len(data) - len(reasons),
        set_aside=len(reasons),
        blank=int(np.count_nonzero(classes == BLANK)),
        title=raw.above + int(np.count_nonzero(classes == TITLE)),
        total=int(np.count_nonzero(classes == TOTAL)),
    )
    return CleanTable(
        table=pa.table({**columns, "_row": pa.array(numbers), "_set_aside": aside}),
        counts=counts,
        set_aside={reason: tuple(rows) for reason, rows in examples.items()},
        footer_rows=footer,
    )


def _cleaned(values: pa.DictionaryArray | pa.StringArray, column: Column) -> Coded:
    """Trimmed text, with null for a blank cell and for the words that stand for one."""
    nulls = _NULLS if column.type == "money" else [*_NULLS, *DASHES]

    def clean(words: pa.StringArray) -> pa.StringArray:
        words = pc.utf8_trim(pc.replace_substring(words, "\u00a0", " "), characters=_SPACES)
        blank = pc.is_in(words, value_set=pa.array(nulls, pa.string()))
        return pc.if_else(blank, pa.scalar(None, pa.string()), words)

    return Coded.of(values).mapped(clean)


def _classes(
    raw: RawTable, header: Header, report: Report, cells: Mapping[str, Coded]
) -> tuple[npt.NDArray[np.int8], int | None]:
    """The class of every row, and the row count that a footer states.

    Only rows whose key is not whole, or that hold a total's words or a heading in a key or in the leftmost column,
    are looked at one by one.
    """
    classes = np.zeros(len(raw.rows), dtype=np.int8)
    keys = [name for name in report.key if name in cells and name not in report.fill_down]
    key_blank = np.zeros(len(raw.rows), dtype=bool)
    for name in keys:
        if (blank := cells[name].blank) is not None:
            key_blank |= blank
    suspect = key_blank.copy()
    printed = pa.array([text for column in report.columns.values() for text in (column.heading, *column.aliases)])
    for position in {header.columns[name] for name in keys}:
        column = Coded.of(raw.columns[position])
        hinted = pc.or_(
            pc.match_substring_regex(column.words, _TOTAL_HINT), pc.is_in(column.words, value_set=printed)
        )
        if (rows := column.rows(hinted)) is not None:
            suspect |= rows
    suspects = np.flatnonzero(suspect)
    take = pa.array(suspects)
    rows_text = zip(*(values.take(take).to_pylist() for values in raw.columns), strict=True)
    look = _Look(raw, header, report, keys)
    whole = np.flatnonzero(~key_blank)
    last_whole = int(whole[-1]) if len(whole) else -1
    footer = None
    for index, row in zip(suspects, rows_text, strict=True):
        if int(raw.rows[index]) in raw.overlong:
            continue
        filled = {position: text for position, cell in enumerate(row) if (text := cell.strip(_SPACES))}
        classes[index] = look.class_of(filled, bool(key_blank[index]), bool(index > last_whole))
        if classes[index] == TOTAL:
            footer = stated_rows(filled.values()) or footer
    return classes, footer


class _Look:
    """Looks at one row that may be no data row."""

    def __init__(self, raw: RawTable, header: Header, report: Report, keys: Sequence[str]) -> None:
        self._keys = {header.columns[name] for name in keys}
        self._fill = {header.columns[name] for name in report.fill_down if name in header.columns}
        self._headings: dict[int, set[str]] = defaultdict(set)
        for text, name in report.headings.items():
            if name in header.columns:
                self._headings[header.columns[name]].add(text)

    def class_of(self, filled: Mapping[int, str], key_blank: bool, after_last: bool) -> int:
        """The class of a row.

        Args:
            filled: its cells that are not blank, by position.
            key_blank: whether a cell of its key is blank.
            after_last: whether it stands below the last row with a whole key.
        """
        if not filled:
            return BLANK
        first = filled[min(filled)]
        if all(normalise_heading(text) in self._headings.get(position, ()) for position, text in filled.items()):
            return TITLE
        in_key = self._keys & filled.keys()
        if key_blank:
            total = any(_TOTAL.search(text) for text in filled.values())
        else:
            total = any(_BARE_TOTAL.search(filled[position]) for position in in_key)
        if total:
            return TOTAL
        if key_blank and not in_key:
            if filled.keys() <= self._fill or (len(filled) <= 2 and _TITLE.search(first)):
                return TITLE
            if len(filled) == 1 and after_last:
                return TOTAL
        return DATA


def stated_rows(texts: Iterable[str]) -> int | None:
    """The number in ``Row count: 1,204`` or ``1,204 records``, if a footer states one."""
    match = _STATED.search(" ".join(texts))
    return int((match[1] or match[2]).replace(",", "")) if match else None


def _filled(
    raw: RawTable,
    header: Header,
    report: Report,
    cells: Mapping[str, Coded],
    classes: npt.NDArray[np.int8],
) -> dict[str, Coded]:
    """The fill-down columns of the data rows, each blank cell given the value printed above it.

    An outer column (declared first) that prints another value ends the run of the inner ones. Totals print in the
    same columns and are passed over; a group's heading row, with nothing in other columns, is not.
    """
    names = [name for name in report.fill_down if name in cells]
    if not names:
        return {}
    own = {header.columns[name] for name in names}
    empty = np.ones(len(classes), dtype=bool)
    for position, values in enumerate(raw.columns):
        if position not in own:
            empty &= pc.equal(values, "").to_numpy(zero_copy_only=False)
    used = (classes == DATA) | ((classes == TITLE) & empty)
    printed = zip(*(cells[name].to_list() for name in names), strict=True)
    current: list[str | None] = [None] * len(names)
    filled: list[list[str | None]] = [[] for _ in names]
    for values, kind, use in zip(printed, classes, used, strict=True):
        if not use:
            continue
        renewed = False
        for level, value in enumerate(values):
            if value is not None:
                renewed = renewed or value != current[level]
                current[level] = value
            elif renewed:
                current[level] = None
        if kind == DATA:
            for level, value in enumerate(current):
                filled[level].append(value)
    return {name: Coded.of(pa.array(filled[level], pa.string())) for level, name in enumerate(names)}


def _note(reasons: dict[int, str], rows: Rows | None, reason: str) -> None:
    """Give a reason to rows that have none yet."""
    if rows is not None:
        for index in np.flatnonzero(rows):
            reasons.setdefault(int(index), reason)


def _checked(cells: Coded, column: Column, reasons: dict[int, str]) -> Coded:
    """Note the rows whose cell may not be used, and blank the cells that would give a person away."""
    words = cells.words
    if not pc.any(pc.match_substring_regex(words, _SUSPECT)).as_py():
        return cells
    where = f"column {column.heading!r}"
    _note(reasons, cells.rows(pc.match_substring_regex(words, _FORMULA)), f"formula text in {where}")
    if column.type == "text":
        lost = cells.rows(pc.match_substring_regex(words, _SCIENTIFIC))
        _note(reasons, lost, f"a number lost to scientific notation in {where}")
    if column.personal == "hash":
        return cells
    shaped = words.filter(pc.match_substring_regex(words, NHS_NUMBER)).to_pylist()
    numbers = pc.is_in(words, value_set=pa.array(sorted(nhs_numbers(shaped)), pa.string()))
    names = pc.match_substring_regex(words, PERSON_NAME)
    _note(reasons, cells.rows(names), f"a person's name in {where}")
    _note(reasons, cells.rows(numbers), f"an NHS number in {where}")
    person = pc.fill_null(pc.or_(names, numbers), False)
    return cells.mapped(lambda words: pc.if_else(person, pa.scalar(None, pa.string()), words))


def _padded(words: pa.StringArray, width: int) -> pa.StringArray:
    short = pc.fill_null(pc.match_substring_regex(words, rf"^[0-9]{{1,{width - 1}}}$"), False)
    return pc.if_else(short, pc.utf8_lpad(words, width, "0"), words)


def _hashed(words: pa.StringArray, tokens: Tokens) -> pa.StringArray:
    return pa.array(tokens.of_all(words.to_pylist()), pa.string())


def clashing_rows(table: pa.Table, report: Report) -> list[tuple[tuple[str, int], ...]]:
    """Groups of rows with one key and different contents.

    Exact duplicates do no harm and are left to staging, which counts them.

    Args:
        table: every kept row of a file, with ``_sheet`` and ``_row``.
        report: whose key to use.

    Returns:
        For each such key, the sheet and row number of every row that has it.
    """
    aside = table["_set_aside"]
    landed = table if aside.null_count == len(aside) else table.filter(pc.is_null(aside))
    keys = list(report.key)
    plain = [landed[name] for name in keys if not pa.types.is_dictionary(landed[name].type)]
    if any(len(pc.unique(values)) == len(landed) for values in plain):
        return []
    counted = landed.group_by(keys, use_threads=False).aggregate([([], "count_all")])
    if len(counted) == len(landed):
        return []
    repeated = counted.filter(pc.greater(counted["count_all"], 1))
    # Each key column sifts by itself, in Arrow; only the few rows left are compared whole, in Python.
    suspect = landed
    for name in keys:
        suspect = suspect.filter(pc.is_in(suspect[name], value_set=repeated[name].cast(pa.string())))
    wanted = set(zip(*(repeated[name].to_pylist() for name in keys), strict=True))
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, key in enumerate(zip(*(suspect[name].to_pylist() for name in keys), strict=True)):
        if key in wanted:
            groups[key].append(index)
    flat = [index for group in groups.values() for index in group]
    few = suspect.take(pa.array(flat, pa.int64()))
    contents = dict(
        zip(flat, zip(*(few[name].to_pylist() for name in report.kept_columns), strict=True), strict=True)
    )
    places = dict(zip(flat, zip(few["_sheet"].to_pylist(), few["_row"].to_pylist(), strict=True), strict=True))
    return [
        tuple(places[index] for index in group)
        for group in groups.values()
        if len({contents[index] for index in group}) > 1
    ]
