"""From the parts of a value to the value, step by step, as the compiled statement takes them.

Here: the arithmetic upon amounts, which are numbers already added up. Not here: adding them up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nhsbn.metrics.terms import Term
from nhsbn.tracing.trace import Step


@dataclass(frozen=True)
class Amount:
    """What the rows of a term came to.

    Attributes:
        amount: None for an average of no rows.
        counted: how many rows were counted.
    """

    term: Term
    amount: float | None
    counted: int


@dataclass(frozen=True)
class Result:
    """A value, its parts and the way to it, as :class:`nhsbn.values.MetricValue` holds them."""

    value: float | None
    numerator: float | None
    denominator: float | None
    rows_counted: int
    steps: tuple[Step, ...]


def work_out(amounts: Mapping[str, Amount], multiplier: float) -> Result:
    """The value of an item.

    Args:
        amounts: of its terms by name, ``numerator`` among them.
        multiplier: of the item.
    """
    first = amounts["numerator"]
    if first.term.aggregate == "median":
        return _median(first)
    if first.term.aggregate == "mean":
        return _mean(first)
    parts = {name: _times(name, one) for name, one in amounts.items()}
    steps = [step for _, step in parts.values()]
    numerator = parts["numerator"][0]
    if "less" in parts:
        less = parts["less"][0]
        steps.append(Step("numerator less", f"{shown(numerator)} - {shown(less)}", numerator - less))
        numerator -= less
    if "denominator" not in parts:
        steps.append(Step("value", shown(numerator), numerator))
        return Result(numerator, numerator, None, first.counted, tuple(steps))
    below = parts["denominator"][0]
    value = numerator / below * multiplier if below else None
    words = f"{shown(numerator)} / {shown(below)}" + (f" x {shown(multiplier)}" if multiplier != 1 else "")
    steps.append(Step("value", words if below else f"{words}: nothing to divide by", value))
    return Result(value, numerator, below, first.counted, tuple(steps))


def _times(name: str, one: Amount) -> tuple[float, Step]:
    """An amount after ``times``."""
    amount = one.amount or 0.0
    if one.term.times == 1:
        return amount, Step(name, _said(one), amount)
    result = amount * one.term.times
    return result, Step(name, f"{_said(one)}: {shown(amount)} x {shown(one.term.times)}", result)


def _mean(one: Amount) -> Result:
    total, step = _times("sum", one)
    value = total / one.counted if one.counted else None
    words = f"{shown(total)} / {one.counted:,} rows" + ("" if one.counted else ": no row to average")
    return Result(value, total, float(one.counted), one.counted, (step, Step("value", words, value)))


def _median(one: Amount) -> Result:
    value = None if one.amount is None else one.amount * one.term.times
    words = f"middle {one.term.of} of {one.counted:,} rows" + ("" if one.counted else ": no row to average")
    words += f" x {shown(one.term.times)}" if one.term.times != 1 else ""
    return Result(value, None, float(one.counted), one.counted, (Step("value", words, value),))


def _said(one: Amount) -> str:
    """How its rows were brought to an amount."""
    rows = f"{one.counted:,} {'row' if one.counted == 1 else 'rows'}"
    if one.term.aggregate == "count":
        return f"{rows} counted"
    if one.term.aggregate == "count_distinct":
        return f"each {one.term.of} of {rows} counted once"
    return f"{one.term.of} of {rows} added up"


def shown(number: float) -> str:
    """A number for a reader, with every figure that matters."""
    return f"{number:,.12g}"
