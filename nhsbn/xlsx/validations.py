"""Data validations: what a cell's own rule says of a value, as Excel would when a person types it.

Here: rules of the sheet and of its extension (x14), evaluated where their formulas are plain. Not here: whether
the cell may be written at all (guards).

A rule with a formula that is more than the evaluation of plain ones knows is never guessed: it is reported as not
evaluated. A rule of warning or information style, or one that shows no error, lets the value in.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

from nhsbn.xlsx.cell_values import Held, held, is_formula
from nhsbn.xlsx.evaluation import LONGEST, Evaluator, UnevaluatedError
from nhsbn.xlsx.references import (
    LAST_ROW,
    Area,
    Areas,
    Place,
    areas_of,
    places_of,
    reference_of,
)
from nhsbn.xlsx.strings import length_of
from nhsbn.xlsx.values import Value, number_of, shortest
from nhsbn.xlsx.workbook_map import WorkbookMap
from nhsbn.xlsx.xml_bytes import ATTRIBUTES, attributes, is_true, text_of

LONGEST_LIST = LONGEST
"""Cells of a list's range beyond which it is not read."""

_RULE = re.compile(
    rb"<((?:[^\s<>/:]+:)?)dataValidation" + ATTRIBUTES + rb"(?:/>|>(.*?)</\1dataValidation\s*>)", re.DOTALL
)
_PART = rb"<((?:[^\s<>/:]+:)?)%b(?:\s[^>]*)?>(.*?)</\1%b\s*>"
_FIRST, _SECOND, _AREAS = (
    re.compile(_PART % (name, name), re.DOTALL) for name in (b"formula1", b"formula2", b"sqref")
)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LITERAL = re.compile(r'"((?:[^"]|"")*)"')
_COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "equal": (operator.eq, "equal to"),
    "notEqual": (operator.ne, "not equal to"),
    "greaterThan": (operator.gt, "greater than"),
    "lessThan": (operator.lt, "less than"),
    "greaterThanOrEqual": (operator.ge, "at least"),
    "lessThanOrEqual": (operator.le, "at most"),
}
_KINDS = {
    "whole": "a whole number",
    "decimal": "a number",
    "date": "a date",
    "time": "a time",
    "textLength": "a length",
}


@dataclass(frozen=True)
class Rule:
    """A data validation.

    Attributes:
        lets_in: whether it lets any value in after a word of warning.
    """

    kind: str
    comparison: str
    first: str
    second: str
    areas: tuple[Area, ...]
    lets_in: bool
    allows_blank: bool


class Verdict(NamedTuple):
    """What a rule says of a value: why it is refused, or what a person should know."""

    refusal: str = ""
    warning: str = ""


_FINE = Verdict()


@dataclass(frozen=True)
class _Choices:
    """What a range lists: to be compared, to be shown, and whether a cell of it is blank."""

    items: frozenset[tuple[str, object]]
    shown: list[str]
    has_blank: bool

    @classmethod
    def of(cls, held_items: list[Held]) -> _Choices:
        kept = [item for item in held_items if item is not None]
        return cls(
            items=frozenset(map(_item, kept)),
            shown=[shortest(item) if isinstance(item, float) else str(item) for item in kept],
            has_blank=any(item is None or item == "" for item in held_items),
        )


@dataclass(frozen=True)
class Validations:
    """The data validations of a worksheet.

    Args:
        book: the workbook.
        title: the sheet's.
        filled: values that other cells come to hold, by sheet and place, as lists and limits then read them.
    """

    book: WorkbookMap
    title: str
    filled: Mapping[str, Mapping[Place, Value]]

    def verdict(self, place: Place, value: Value) -> Verdict:
        """What the cell's rule says of a value; a blank is always let in, as deleting is."""
        over = self._over.over(place)
        if not over or value is None:
            return _FINE
        rule = over[0]
        if rule.kind == "none":
            return _FINE
        try:
            refusal = self._refusal(rule, place, value)
        except UnevaluatedError:
            formula = rule.first or "no formula"
            return Verdict(warning=f"its validation ({rule.kind}: {formula}) was not evaluated; check the value")
        if refusal and rule.lets_in:
            return Verdict(warning=f"{refusal}, but its validation only warns")
        return Verdict(refusal) if refusal else _FINE

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Every rule of the sheet and of its extension."""
        sheet = self.book.sheet(self.title)
        return tuple(
            _rule(attributes(match[2]), sheet.data[slice(*match.span(3))] if match[3] else b"")
            for match in _RULE.finditer(sheet.mask, sheet.after)
        )

    @cached_property
    def _over(self) -> Areas[Rule]:
        return Areas((area, rule) for rule in self.rules for area in rule.areas)

    def _refusal(self, rule: Rule, place: Place, value: Value) -> str:
        if rule.kind == "list":
            return self._list_refusal(rule, place, value)
        if rule.kind == "custom":
            return self._custom_refusal(rule, place)
        if rule.kind not in _KINDS:
            raise UnevaluatedError
        wanted = _KINDS[rule.kind]
        number = number_of(value, self.book.is_1904)
        if rule.kind == "textLength":
            number = length_of(_shown(value, number))
        if number is None or (rule.kind == "whole" and number != int(number)):
            return f"its validation asks for {wanted}, not {value!r}"
        first = self._limit(rule, rule.first, place)
        if rule.comparison in _COMPARISONS:
            compare, words = _COMPARISONS[rule.comparison]
            return "" if compare(number, first) else f"{value} is not {words} {shortest(first)} ({wanted})"
        second = self._limit(rule, rule.second, place)
        is_between = first <= number <= second
        if is_between is (rule.comparison != "notBetween"):
            return ""
        words = "between" if rule.comparison != "notBetween" else "outside"
        return f"{value} is not {words} {shortest(first)} and {shortest(second)} ({wanted})"

    def _list_refusal(self, rule: Rule, place: Place, value: Value) -> str:
        number = number_of(value, self.book.is_1904)
        items = literal(rule.first)
        if items is not None:
            if _shown(value, number) in items:
                return ""
            return f"{_shown(value, number)!r} is not in its list: {_listed(items)}"
        listed = self._choices(rule, place)
        if _item(value if number is None else float(number)) in listed.items:
            return ""
        if rule.allows_blank and listed.has_blank and reference_of(rule.first) is None:
            if self.book.name(rule.first.strip().removeprefix("="), self.title) is None:
                raise UnevaluatedError
            return ""  # Excel lets anything in: a blank in a named list stands for all
        return f"{_shown(value, number)!r} is not in its list: {_listed(listed.shown)}"

    def _custom_refusal(self, rule: Rule, place: Place) -> str:
        evaluator = self._evaluator(rule, place)
        is_so = evaluator.is_so(evaluator.value(rule.first))
        if rule.allows_blank and evaluator.reads_blank:  # what Excel makes of that differs from rule to rule
            raise UnevaluatedError
        return "" if is_so else f"its validation asks that {rule.first}"

    def _evaluator(self, rule: Rule, place: Place) -> Evaluator:
        base = rule.areas[0] if len(rule.areas) == 1 else None
        shift = (place[0] - base.top, place[1] - base.left) if base else None
        return Evaluator(self.book, self.title, self._held, shift)

    def _choices(self, rule: Rule, place: Place) -> _Choices:
        """What a rule's formula lists; read once for all the cells for which that is the same."""
        if rule.first not in self._read:
            area = self._area(rule, rule.first, place)
            found = _Choices.of(list(self._items(*area)))
            if rule.first not in self._fixed:
                return found
            self._read[rule.first] = found
        return self._read[rule.first]

    @cached_property
    def _read(self) -> dict[str, _Choices]:
        return {}

    def _items(self, title: str, area: Area) -> Iterator[Held]:
        sheet = self.book.sheet(title)
        if area.bottom == LAST_ROW:
            area = Area(area.top, area.left, max((*sheet.rows.numbers[-1:], area.top)), area.right)
        if area.size > LONGEST_LIST or min(area.bottom - area.top, area.right - area.left) > 0:
            raise UnevaluatedError
        for cell in places_of(area):
            yield self._held(title, cell)

    def _limit(self, rule: Rule, formula: str, place: Place) -> float:
        constant = _constant(formula)
        if constant is None:
            named = self.book.name(formula.strip().removeprefix("="), self.title)
            constant = _constant(named) if named is not None else None
        if constant is not None:
            return constant
        evaluator = self._evaluator(rule, place)
        value = evaluator.plain(evaluator.value(formula))
        if isinstance(value, bool) or not isinstance(value, float):
            raise UnevaluatedError
        return value

    def _held(self, title: str, place: Place) -> Held:
        if place in self.filled.get(title, ()):
            value = self.filled[title][place]
            number = number_of(value, self.book.is_1904)
            return float(number) if number is not None else value if isinstance(value, str | bool) else None
        if is_formula(self.book.sheet(title), place):
            raise UnevaluatedError
        return held(self.book, title, place)

    def _area(self, rule: Rule, formula: str, place: Place) -> tuple[str, Area]:
        """The sheet and area that a formula refers to, as seen from a cell."""
        if formula in self._fixed:
            return self._fixed[formula]
        evaluator = self._evaluator(rule, place)
        title, area = evaluator.span(evaluator.value(formula))
        if not evaluator.moves:
            self._fixed[formula] = title, area
        return title, area

    @cached_property
    def _fixed(self) -> dict[str, tuple[str, Area]]:
        """What formulas refer to that is the same from every cell."""
        return {}


def _rule(given: Mapping[str, str], inside: bytes) -> Rule:
    first = _FIRST.search(inside)
    second = _SECOND.search(inside) if b"formula2" in inside else None
    areas = _AREAS.search(inside) if "sqref" not in given else None
    style = given.get("errorStyle", "stop")
    return Rule(
        kind=given.get("type", "none"),
        comparison=given.get("operator", "between"),
        first=text_of(first[2]) if first else "",
        second=text_of(second[2]) if second else "",
        areas=areas_of(given.get("sqref") or (text_of(areas[2]) if areas else "")),
        lets_in=style != "stop" or not is_true(given.get("showErrorMessage")),
        allows_blank=is_true(given.get("allowBlank")),
    )


@lru_cache(maxsize=1024)
def _constant(formula: str) -> float | None:
    plain = formula.strip().removeprefix("=")
    return float(plain) if _NUMBER.fullmatch(plain) else None


@lru_cache(maxsize=1024)
def literal(formula: str) -> tuple[str, ...] | None:
    """The items of a list that its formula spells out."""
    match = _LITERAL.fullmatch(formula.strip())
    return tuple(item.strip() for item in match[1].replace('""', '"').split(",")) if match else None


def _item(value: Held | Value) -> tuple[str, object]:
    """A value as lists compare it: a truth is no number, and case makes no difference."""
    if isinstance(value, str):
        return "text", value.casefold()
    return type(value).__name__, value


def _shown(value: Value, number: float | None) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return shortest(number) if number is not None else str(value)


def _listed(items: Sequence[str]) -> str:
    return ", ".join(items[:12]) + (f" and {len(items) - 12} more" if len(items) > 12 else "")
