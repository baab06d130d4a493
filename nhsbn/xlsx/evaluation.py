"""Plain formulas of validations worked out: lists by OFFSET, COUNTA and INDIRECT, and conditions on a cell.

Here: the few functions of which these are made, as Excel works them out. Not here: cells' formulas (Excel and
LibreOffice work those out), and what a rule makes of an outcome (validations).

Anything else, errors and conversions between texts and numbers included, is not worked out: nothing is guessed.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from nhsbn.xlsx.cell_values import Held
from nhsbn.xlsx.references import LAST_COLUMN, LAST_ROW, Area, Place, Range, places_of, range_of
from nhsbn.xlsx.strings import length_of
from nhsbn.xlsx.workbook_map import WorkbookMap

LONGEST = 20_000
"""Cells of an area beyond which it is not read."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"]|\"\")*\")"
    r"|(?P<range>(?:(?:'(?:[^']|'')+'|[^\W\d][\w.]*)!)?"
    r"(?:\$?[A-Za-z]{1,3}\$?[0-9]{1,7}(?::\$?[A-Za-z]{1,3}\$?[0-9]{1,7})?|\$?[A-Za-z]{1,3}:\$?[A-Za-z]{1,3}))"
    r"(?![\w(.!:])"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<call>[^\W\d][\w.]*)\("
    r"|(?P<name>[^\W\d][\w.]*)"
    r"|(?P<sign><=|>=|<>|[-+*/&=<>(),]))"
)
_NUMERIC = re.compile(r"\s*[-+]?[0-9.,]+%?\s*")
_CRITERION = re.compile(r"^$|^[<>=]|[*?~]")
_DEEPEST, _MOST_TOKENS = 8, 10_000


class Span(NamedTuple):
    """A reference worked out: a sheet and an area."""

    title: str
    area: Area


Value = Held | Span


class UnevaluatedError(Exception):
    """A formula that is not worked out."""


@dataclass
class Evaluator:
    """Works out a formula as seen from a cell.

    Attributes:
        book: the workbook.
        title: the sheet that the formula stands on.
        held: what a cell holds; it raises :class:`UnevaluatedError` for one whose value is not known.
        shift: rows and columns from the cell for which the formula was written; None when that cannot be told.
        moves: whether the outcome may differ from cell to cell.
        reads_blank: whether a cell was read on its own that holds nothing.
    """

    book: WorkbookMap
    title: str
    held: Callable[[str, Place], Held]
    shift: tuple[int, int] | None
    moves: bool = False
    reads_blank: bool = False
    _tokens: list[tuple[str, str]] = field(default_factory=list)
    _depth: int = 0
    _met: int = 0

    def value(self, formula: str) -> Value:
        """What a formula comes to: a reference stays one.

        Raises:
            UnevaluatedError: when it holds more than is worked out here.
        """
        kept, self._tokens = self._tokens, list(_tokens(formula.strip().removeprefix("=")))[::-1]
        self._depth += 1
        self._met += len(self._tokens)  # with those of its names, and of theirs
        if self._depth > _DEEPEST or self._met > _MOST_TOKENS:
            raise UnevaluatedError
        try:
            outcome = self._comparison()
        except RecursionError:  # brackets within brackets, as nobody writes them
            raise UnevaluatedError from None
        if self._tokens:
            raise UnevaluatedError
        self._tokens, self._depth = kept, self._depth - 1
        return outcome

    def plain(self, value: Value) -> Held:
        """A value on its own: of a reference to one cell what that holds."""
        if not isinstance(value, Span):
            return value
        if value.area.size != 1:
            raise UnevaluatedError
        found = self.held(value.title, (value.area.top, value.area.left))
        self.reads_blank |= found is None
        return found

    def number(self, value: Value) -> float:
        """A number; a blank is none, a truth is one or zero."""
        found = self.plain(value)
        if isinstance(found, str):
            raise UnevaluatedError
        return float(found or 0)

    def text(self, value: Value) -> str:
        """A text; a whole number is written in its digits."""
        found = self.plain(value)
        if found is None or isinstance(found, str):
            return found or ""
        if isinstance(found, float) and found.is_integer() and abs(found) < 1e15:
            return str(int(found))
        raise UnevaluatedError

    def is_so(self, value: Value) -> bool:
        """A truth, or a number that is not zero."""
        return self.number(value) != 0

    def all_held(self, value: Value) -> Iterator[Held]:
        """What the cells of a reference hold; a value by itself otherwise."""
        if not isinstance(value, Span):
            yield value
            return
        title, area = value
        rows = self.book.sheet(title).rows.numbers
        last = min(area.bottom, max((*rows[-1:], area.top)))
        area = Area(area.top, area.left, last, area.right)
        if area.size > LONGEST:
            raise UnevaluatedError
        yield from (self.held(title, place) for place in places_of(area))

    def span(self, value: Value) -> Span:
        """A reference."""
        if not isinstance(value, Span):
            raise UnevaluatedError
        return value

    def reference(self, text: str) -> Span:
        """What a text refers to, as INDIRECT has it: an address, or a name for a fixed area."""
        self.moves = True
        found = range_of(text) or range_of((self.book.name(text, self.title) or "").removeprefix("="))
        if found is None or (range_of(text) is None and found.moves):
            raise UnevaluatedError
        return self._placed(found, (0, 0))

    def _placed(self, found: Range, shift: tuple[int, int] | None) -> Span:
        title = self.title if found.sheet is None else self.book.title(found.sheet)
        if shift is None and found.moves:
            raise UnevaluatedError
        area = found.moved(*(shift or (0, 0)))
        if title is None or area is None:
            raise UnevaluatedError
        return Span(title, area)

    def _comparison(self) -> Value:
        left = self._joined()
        while self._next("sign") in _COMPARISONS:
            compare = _COMPARISONS[self._tokens.pop()[1]]
            left = compare(*_ordered(self.plain(left), self.plain(self._joined())))
        return left

    def _joined(self) -> Value:
        left = self._sum()
        while self._next("sign") == "&":
            self._tokens.pop()
            left = self.text(left) + self.text(self._sum())
        return left

    def _sum(self) -> Value:
        left = self._product()
        while self._next("sign") in ("+", "-"):
            sign = 1 if self._tokens.pop()[1] == "+" else -1
            left = self.number(left) + sign * self.number(self._product())
        return left

    def _product(self) -> Value:
        left = self._signed()
        while self._next("sign") in ("*", "/"):
            is_times, first = self._tokens.pop()[1] == "*", self.number(left)
            second = self.number(self._signed())
            if not is_times and second == 0:
                raise UnevaluatedError
            left = first * second if is_times else first / second
        return left

    def _signed(self) -> Value:
        if self._next("sign") in ("+", "-"):
            sign = 1 if self._tokens.pop()[1] == "+" else -1
            return sign * self.number(self._signed())
        return self._one()

    def _one(self) -> Value:
        if not self._tokens:
            raise UnevaluatedError
        kind, token = self._tokens.pop()
        if kind == "number":
            return float(token)
        if kind == "text":
            return token[1:-1].replace('""', '"')
        if kind == "range":
            found = range_of(token)
            if found is None:
                raise UnevaluatedError
            self.moves |= found.moves
            return self._placed(found, self.shift)
        if kind == "call":
            return self._call(token.upper())
        if kind == "name":
            return self._named(token)
        if token != "(":  # noqa: S105 (a bracket)
            raise UnevaluatedError
        inside = self._comparison()
        self._expect(")")
        return inside

    def _named(self, name: str) -> Value:
        if name.upper() in ("TRUE", "FALSE"):
            return name.upper() == "TRUE"
        meaning = self.book.name(name, self.title)
        if meaning is None:
            raise UnevaluatedError
        kept, self.shift = self.shift, None
        found = self.value(meaning)
        self.shift = kept
        return found

    def _call(self, name: str) -> Value:
        given: list[Value] = []
        while self._next("sign") != ")":
            given.append(None if self._next("sign") == "," else self._comparison())
            if self._next("sign") != ")":
                self._expect(",")
        self._expect(")")
        if name not in FUNCTIONS:
            raise UnevaluatedError
        fewest, most, work_out = FUNCTIONS[name]
        if not fewest <= len(given) <= most:
            raise UnevaluatedError
        return work_out(self, given)

    def _next(self, kind: str) -> str:
        return self._tokens[-1][1] if self._tokens and self._tokens[-1][0] == kind else ""

    def _expect(self, sign: str) -> None:
        if self._next("sign") != sign:
            raise UnevaluatedError
        self._tokens.pop()


def _tokens(formula: str) -> Iterator[tuple[str, str]]:
    position, end = 0, len(formula.rstrip())
    while position < end:
        match = _TOKEN.match(formula, position)
        if match is None or match.lastgroup is None:
            raise UnevaluatedError
        yield match.lastgroup, match[match.lastgroup]
        position = match.end()


def _ordered(left: Held, right: Held) -> tuple[_Rank, _Rank]:
    """Two values as Excel orders them: numbers before texts before truths, a blank like what it stands beside."""
    if left is None:
        left = "" if isinstance(right, str) else False if isinstance(right, bool) else 0.0
    if right is None:
        right = "" if isinstance(left, str) else False if isinstance(left, bool) else 0.0
    return _rank(left), _rank(right)


def _rank(value: float | str | bool) -> _Rank:
    if isinstance(value, bool):
        return 2, float(value)
    return (1, value.casefold()) if isinstance(value, str) else (0, value)


_Rank = tuple[int, float | str]
_COMPARISONS: Mapping[str, Callable[[_Rank, _Rank], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


def _offset(on: Evaluator, given: Sequence[Value]) -> Value:
    title, area = on.span(given[0])
    size = [float(area.bottom - area.top + 1), float(area.right - area.left + 1)]
    rows, columns = on.number(given[1]), on.number(given[2])
    for index, one in enumerate(given[3:]):
        size[index] = size[index] if one is None else on.number(one)
    numbers = [rows, columns, *size]
    if not all(one.is_integer() for one in numbers) or min(size) < 1:
        raise UnevaluatedError
    top, left = area.top + int(rows), area.left + int(columns)
    made = Area(top, left, top + int(size[0]) - 1, left + int(size[1]) - 1)
    if top < 1 or left < 1 or made.bottom > LAST_ROW or made.right > LAST_COLUMN:
        raise UnevaluatedError
    return Span(title, made)


def _count_if(on: Evaluator, given: Sequence[Value]) -> Value:
    wanted = on.plain(given[1])
    if wanted is None or isinstance(wanted, bool):
        raise UnevaluatedError
    if isinstance(wanted, str) and (_CRITERION.search(wanted) or _NUMERIC.fullmatch(wanted)):
        raise UnevaluatedError
    count = 0
    for one in on.all_held(on.span(given[0])):
        if isinstance(wanted, float) and isinstance(one, str) and _NUMERIC.fullmatch(one):
            raise UnevaluatedError  # COUNTIF takes it for a number
        count += one is not None and not isinstance(one, bool) and _rank(one) == _rank(wanted)
    return float(count)


def _if(on: Evaluator, given: Sequence[Value]) -> Value:
    outcome = on.is_so(given[0])
    return given[1] if outcome else given[2] if len(given) > 2 else False


def _each(on: Evaluator, given: Sequence[Value]) -> list[bool]:
    return [on.is_so(one) for one in given]


def _whole(on: Evaluator, value: Value) -> float:
    number = on.number(value)
    return number // 1


def _modulo(on: Evaluator, given: Sequence[Value]) -> float:
    divisor = on.number(given[1])
    if divisor == 0:
        raise UnevaluatedError
    return on.number(given[0]) % divisor


FUNCTIONS: Mapping[str, tuple[int, int, Callable[[Evaluator, Sequence[Value]], Value]]] = {
    "AND": (1, 30, lambda on, given: all(_each(on, given))),
    "OR": (1, 30, lambda on, given: any(_each(on, given))),
    "NOT": (1, 1, lambda on, given: not on.is_so(given[0])),
    "IF": (2, 3, _if),
    "ISNUMBER": (1, 1, lambda on, given: isinstance(on.plain(given[0]), float)),
    "ISTEXT": (1, 1, lambda on, given: isinstance(on.plain(given[0]), str)),
    "ISNONTEXT": (1, 1, lambda on, given: not isinstance(on.plain(given[0]), str)),
    "ISBLANK": (1, 1, lambda on, given: on.plain(given[0]) is None),
    "LEN": (1, 1, lambda on, given: float(length_of(on.text(given[0])))),
    "TRIM": (1, 1, lambda on, given: re.sub(" +", " ", on.text(given[0]).strip(" "))),
    "SUBSTITUTE": (3, 3, lambda on, given: _substituted(*(on.text(one) for one in given))),
    "INT": (1, 1, lambda on, given: _whole(on, given[0])),
    "MOD": (2, 2, _modulo),
    "COUNTA": (1, 1, lambda on, given: float(sum(one is not None for one in on.all_held(given[0])))),
    "COUNT": (1, 1, lambda on, given: float(sum(isinstance(one, float) for one in on.all_held(given[0])))),
    "COUNTIF": (2, 2, _count_if),
    "OFFSET": (3, 5, _offset),
    "INDIRECT": (1, 1, lambda on, given: on.reference(on.text(given[0]))),
}
"""Functions by name: fewest and most arguments, and how they are worked out."""


def _substituted(text: str, old: str, new: str) -> str:
    return text.replace(old, new) if old else text
