"""Text files to raw tables: encoding, delimiter, and every record with its number.

Here: CSV and its cousins. Not here: which heading means what, and what a row is (nhsbn). Two readers give the same
table: Arrow's for a file whose quotes are regular, and Python's csv module, which is the definition, for the rest.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from nhsbn.extracts.headers import TOP_ROWS
from nhsbn.extracts.landing import RefusedError
from nhsbn.extracts.row_classes import RawTable

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "pipe"}

_HEAD = 1 << 18
_MANY = 1000


@dataclass(frozen=True)
class TextFile:
    """A decoded text file.

    Attributes:
        text: its characters, without the byte order mark.
    """

    text: str

    @classmethod
    def decode(cls, data: bytes) -> TextFile:
        """Decode a file: UTF-16 by its mark, else UTF-8, else Windows-1252.

        Raises:
            RefusedError: when it is none of these, or not text.
        """
        try:
            if data.startswith((b"\xff\xfe", b"\xfe\xff")):
                text = data.decode("utf-16")
            else:
                try:
                    text = data.decode("utf-8-sig")
                except UnicodeDecodeError:
                    text = data.decode("cp1252")
        except UnicodeDecodeError as error:
            raise RefusedError(
                f"is not text in UTF-8, UTF-16 or Windows-1252 (byte {error.start + 1}). Save it as 'CSV UTF-8'."
            ) from None
        if "\0" in text:
            raise RefusedError("is not a text file or a workbook. Ask for the report as .xlsx or CSV.")
        if not text.strip():
            raise RefusedError("holds nothing but blanks. Copy it again, or ask for the report anew.")
        return cls(text)

    def tops(self) -> dict[str, list[list[str]]]:
        """The first records, read with each delimiter that the file could have, by the delimiter's character."""
        head = self.text[:_HEAD]
        return {
            delimiter: list(islice(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), TOP_ROWS))
            for delimiter in DELIMITERS
            if delimiter in head
        }

    def table(self, delimiter: str, header_row: int) -> RawTable:
        """The records below the header.

        Args:
            delimiter: between cells.
            header_row: index of the header among the records, from 0.

        Raises:
            RefusedError: when a cell is longer than any real one, which is what an unclosed quote makes.
        """
        lines = io.StringIO(self.text[:_HEAD], newline="")
        header = next(islice(csv.reader(lines, delimiter=delimiter), header_row, None))
        body = self.text[lines.tell() :]
        read = read_fast if is_regular(body, delimiter) else read_exactly
        return read(body, delimiter, len(header), header_row + 1)


def _records(body: str, delimiter: str) -> list[list[str]]:
    """Every record by Python's csv module: strictly, or as it is taken where a quote stands inside a cell.

    Raises:
        RefusedError: when a quote is never closed, which would swallow the rows after it.
    """
    try:
        return list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        if "end of data" in str(error) or "field larger" in str(error):
            raise RefusedError(
                "has a quotation mark that is never closed, so that the rows after it cannot be told apart. Ask "
                "for the report anew, or mend that cell."
            ) from None
        return list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))


def is_regular(body: str, delimiter: str) -> bool:
    """Whether both readers are sure to agree: no stray line ends, and every quote opens or closes a whole cell."""
    if body.count("\r") != body.count("\r\n"):
        return False
    if '"' not in body:
        return True
    mark = re.escape(delimiter)
    return '"' not in re.sub(rf'(?:^|(?<=[{mark}\n]))"(?:[^"]|"")*"(?=[{mark}\r\n]|\Z)', "", body)


def read_fast(body: str, delimiter: str, width: int, above: int) -> RawTable:
    """The table of a regular body, by Arrow. Ragged records come back one by one and are read exactly."""
    ragged: list[tuple[int, str]] = []

    def keep(row: pa_csv.InvalidRow) -> str:
        ragged.append((row.number, row.text))
        return "skip"

    names = [str(position) for position in range(width)]
    encoded = body.encode()
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(encoded),
            read_options=pa_csv.ReadOptions(use_threads=False, column_names=names, block_size=len(encoded) + 1),
            parse_options=pa_csv.ParseOptions(
                delimiter=delimiter,
                newlines_in_values='"' in body,
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string())),
                strings_can_be_null=False,
                check_utf8=False,
            ),
        )
    except pa.ArrowInvalid:
        return read_exactly(body, delimiter, width, above)
    if len(ragged) > _MANY:
        return read_exactly(body, delimiter, width, above)
    columns = [table[name].combine_chunks() for name in names]
    total = len(table) + len(ragged)
    overlong: dict[int, int] = {}
    if ragged:
        places = [number - 1 for number, _ in ragged]
        cells, wide = _fitted([next(csv.reader([text], delimiter=delimiter)) for _, text in ragged], width)
        overlong = {above + places[index] + 1: count for index, count in wide.items()}
        columns = [
            _inserted(whole, odd, places) for whole, odd in zip(columns, _columns(cells, width), strict=True)
        ]
    return RawTable(tuple(columns), np.arange(above + 1, above + total + 1), overlong, above)


def _inserted(column: pa.DictionaryArray, odd: pa.StringArray, places: Sequence[int]) -> pa.DictionaryArray:
    """A column with the cells of ragged records put where they stood."""
    coded = odd.dictionary_encode()
    codes = np.insert(
        column.indices.to_numpy(),
        np.asarray(places) - np.arange(len(places)),
        coded.indices.to_numpy() + len(column.dictionary),
    )
    words = pa.concat_arrays([column.dictionary, coded.dictionary])
    return pa.DictionaryArray.from_arrays(pa.array(codes), words)


def read_exactly(body: str, delimiter: str, width: int, above: int) -> RawTable:
    """The table of any body, by Python's csv module."""
    cells, overlong = _fitted(_records(body, delimiter), width)
    return RawTable(
        tuple(_columns(cells, width)),
        np.arange(above + 1, above + len(cells) + 1),
        {above + index + 1: count for index, count in overlong.items()},
        above,
    )


def _fitted(records: Sequence[list[str]], width: int) -> tuple[list[list[str]], dict[int, int]]:
    """Records made as wide as the header, and those too wide (index to cells), whose cells are blanked."""
    fitted: list[list[str]] = []
    overlong: dict[int, int] = {}
    for index, record in enumerate(records):
        if len(record) < width:
            record = [*record, *[""] * (width - len(record))]
        elif len(record) > width:
            if any(text.strip() for text in record[width:]):
                overlong[index] = len(record)
                record = [""] * width
            else:
                record = record[:width]
        fitted.append(record)
    return fitted, overlong


def _columns(cells: list[list[str]], width: int) -> list[pa.Array]:
    columns = zip(*cells, strict=True) if cells else [()] * width
    return [pa.array(column, pa.string()) for column in columns]
