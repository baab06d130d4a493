"""The rows of a worksheet, found in its bytes without reading them.

Here: where rows stand and what their tags say. Not here: cells (sheet).
"""

from __future__ import annotations

import operator
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from nhsbn.errors import NhsbnError
from nhsbn.xlsx.xml_bytes import attributes, closing_tag, tag, whole


class Row(NamedTuple):
    """Where a row stands: its tag, what is inside it, and its end."""

    number: int
    start: int
    inside: int
    outside: int
    end: int
    attributes: bytes


class Rows(Mapping[int, Row]):
    """The rows of a sheet by number, in their order; each is read when it is asked for.

    Args:
        part: the sheet's part, for messages.
        mask: the part with what is no element blanked.
        prefix: of the sheet's names.
        inside: where the rows begin.
        outside: where they end.

    Raises:
        NhsbnError: when they are out of order, which no program that wrote them meant.
    """

    def __init__(self, part: str, mask: bytes, prefix: bytes, inside: int, outside: int) -> None:
        self._part, self._mask, self._prefix, self._outside = part, mask, prefix, outside
        found = [(match[1], match.start()) for match in _row_starts(prefix).finditer(mask, inside, outside)]
        self.starts = [start for _, start in found]
        self.are_numbered = all(text is not None for text, _ in found)
        self.numbers = [int(text) for text, _ in found] if self.are_numbered else self._counted()
        if not all(map(operator.lt, (0, *self.numbers), self.numbers)):
            last = next(one for one, after in zip((0, *self.numbers), self.numbers, strict=False) if after <= one)
            raise NhsbnError(f"{part} has its rows out of order, after row {last}; open it in Excel and save it")
        self._read: dict[int, Row] = {}

    def __getitem__(self, number: int) -> Row:
        """A row; KeyError when the sheet holds none of that number."""
        if number not in self._read:
            index = self._index(number)
            if index is None:
                raise KeyError(number)
            self._read[number] = self._row(index)
        return self._read[number]

    def __contains__(self, number: object) -> bool:
        """Whether there is a row of that number."""
        return isinstance(number, int) and self._index(number) is not None

    def __iter__(self) -> Iterator[int]:
        """Their numbers."""
        return iter(self.numbers)

    def __len__(self) -> int:
        """How many there are."""
        return len(self.numbers)

    def span(self, index: int) -> tuple[int, int]:
        """Where a row stands, with what follows it up to the next."""
        following = index + 1
        return self.starts[index], self.starts[following] if following < len(self.starts) else self._outside

    def _index(self, number: int) -> int | None:
        index = bisect_left(self.numbers, number)
        return index if index < len(self.numbers) and self.numbers[index] == number else None

    def _row(self, index: int) -> Row:
        start, limit = self.span(index)
        match = tag(self._prefix, b"row").match(self._mask, start, limit)
        if match is None:
            raise NhsbnError(
                f"{self._part}: row {self.numbers[index]} cannot be read; open it in Excel and save it"
            )
        ended = None if match[2] else closing_tag(self._prefix, b"row").search(self._mask, match.end(), limit)
        outside, end = ended.span() if ended else (match.end(), match.end())
        return Row(self.numbers[index], start, match.end(), outside, end, match[1])

    def _counted(self) -> list[int]:
        """Numbers of rows of which some say none, or write it in another way."""
        numbers: list[int] = []
        self.are_numbered = True
        for start in self.starts:
            match = tag(self._prefix, b"row").match(self._mask, start)
            given = attributes(match[1]).get("r") if match else None
            self.are_numbered &= given is not None
            numbers.append(whole(given, -1) if given is not None else (numbers[-1] if numbers else 0) + 1)
        return numbers


@lru_cache(maxsize=64)
def _row_starts(prefix: bytes) -> re.Pattern[bytes]:
    return re.compile(rb'<%brow(?:\s+r="([0-9]{1,7})"|(?=[\s/>]))' % re.escape(prefix))
