"""Columns of an extract as Arrow arrays, and how each is printed as text.

Here: making typed columns from simulated numbers, and formatting them in the date and blank forms a system uses.
Not here: which form a file uses (``forms``), and writing files (``writers``).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

NEVER = np.iinfo(np.int64).max // 4
"""A day or minute that has not come: printed as a blank, or as the system's open end."""

DATE_FORMS = {"dmy": "%d/%m/%Y", "dmony": "%d-%b-%Y", "iso": "%Y-%m-%d", "dotted": "%d.%m.%y"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def ids(prefix: str, numbers: npt.NDArray[np.int64], width: int) -> pa.Array:
    """Identifiers such as ``P0001234``; a negative number is a blank."""
    text = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")
    text = pc.binary_join_element_wise(prefix, text, "")
    return blank_where(text, numbers < 0)


def words(vocabulary: Sequence[str], codes: npt.NDArray[np.int64]) -> pa.Array:
    """The word of each code; a negative code is a blank."""
    return pa.array(list(vocabulary), pa.string()).take(pa.array(codes, mask=codes < 0))


def days(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Dates of day numbers; ``NEVER`` is a blank."""
    return pa.array(np.where(numbers >= NEVER, 0, numbers).astype("int32"), mask=numbers >= NEVER).cast(
        pa.date32()
    )


def minutes(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """Times of minutes since 1970; ``NEVER`` is a blank."""
    missing = numbers >= NEVER
    return pa.array(np.where(missing, 0, numbers) * 60, mask=missing).cast(pa.timestamp("s"))


def hidden_after(numbers: npt.NDArray[np.int64], limit: int) -> npt.NDArray[np.int64]:
    """What was not yet known at ``limit`` becomes ``NEVER``."""
    return np.where(numbers > limit, NEVER, numbers)


def blank_where(column: pa.Array, where: npt.NDArray[np.bool_]) -> pa.Array:
    """The column with blanks where asked."""
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column)


def flags(values: npt.NDArray[np.bool_], yes: str = "Y", no: str = "N") -> pa.Array:
    """A yes or no column in the words given."""
    return words((no, yes), values.astype(np.int64))


def as_text(column: pa.Array | pa.ChunkedArray, date_form: str) -> pa.Array:
    """A column printed: dates in the form named, numbers shortest, blanks null."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if pa.types.is_date32(column.type):
        return _by_value(column.cast(pa.int32()), lambda day: _day(day).strftime(DATE_FORMS[date_form]))
    if pa.types.is_timestamp(column.type):
        seconds = column.cast(pa.int64())
        day = pc.divide(seconds, 86_400)
        minute = pc.divide(pc.subtract(seconds, pc.multiply(day, 86_400)), 60)
        dates = _by_value(day, lambda value: _day(value).strftime(DATE_FORMS[date_form]))
        times = _by_value(minute, lambda value: f"{value // 60:02d}:{value % 60:02d}")
        return pc.binary_join_element_wise(dates, times, " ")
    if pa.types.is_floating(column.type):
        return _by_value(column, lambda value: f"{value:.10g}")
    return column.cast(pa.string())


def _day(number: int) -> datetime:
    return _EPOCH + timedelta(days=number)


def _by_value(column: pa.Array, text_of: object) -> pa.Array:
    """Format each distinct value once: a column of a million dates holds a few hundred."""
    encoded = column.dictionary_encode()
    texts = pa.array([text_of(value) for value in encoded.dictionary.to_pylist()], pa.string())  # type: ignore[operator]
    return texts.take(encoded.indices)
