"""What checks judge: the figures of a period, those before them, and other sources' figures for the same thing.

Here: the evidence as plain values, and reading it. Not here: gathering it (the stages), and the rules.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from nhsbn.metrics.catalogue import Catalogue, Question
from nhsbn.periods import Month, Period
from nhsbn.tools.cells import CellState
from nhsbn.values import ALL, TRUST, MetricValue

Cell = tuple[str, str, str]
"""Question code, place, and member of the breakdown or ``all``."""

Series = Mapping[Month, float]

COUNTS = ("count", "count_distinct")


class Verdict(Protocol):
    """Whether an item may be held to another edition's, as ``nhsbn.rebinding.comparability`` says it."""

    @property
    def against(self) -> str:
        """The other edition."""

    @property
    def item(self) -> str | None:
        """The other edition's item."""

    @property
    def verdict(self) -> str:
        """``yes``, ``with caveat`` or ``no``."""

    @property
    def reason(self) -> str:
        """Why."""


@dataclass(frozen=True)
class EarlierFigure:
    """A figure of an earlier month, under the code that its own edition gave it."""

    edition: str
    item: str
    locality: str
    member: str
    month: Month
    value: float


@dataclass(frozen=True)
class Earlier:
    """Figures of earlier months, under this edition's codes.

    Attributes:
        submitted: what NHSBN was sent.
        computed: what is kept of our own calculations; stands where nothing was submitted.
        verdicts: this edition's item to whether other editions' figures may be held to it.
    """

    submitted: Mapping[Cell, Series] = field(default_factory=dict)
    computed: Mapping[Cell, Series] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)

    def history(self, cell: Cell) -> Series:
        """What is known of a cell's earlier months, oldest first."""
        both = {**self.computed.get(cell, {}), **self.submitted.get(cell, {})}
        return {month: both[month] for month in sorted(both)}

    def why_not(self, item: str, edition: str) -> str:
        """Why an item may not be held to an edition's figures; empty where it may."""
        verdict = self.verdicts.get(item)
        return verdict.reason if verdict and verdict.against == edition and verdict.verdict == "no" else ""

    def caveat(self, item: str) -> str:
        """What a reader must know where an item is held to another edition's figures."""
        verdict = self.verdicts.get(item)
        return verdict.reason if verdict and verdict.verdict == "with caveat" else ""


def earlier(
    edition: str,
    submitted: Iterable[EarlierFigure],
    computed: Iterable[EarlierFigure],
    verdicts: Mapping[str, Verdict],
    ratios: Collection[str] = (),
) -> Earlier:
    """Figures of earlier months under this edition's codes; those that may not be compared are left out.

    Where a tool adds up its members itself, so that no total was typed, the members are added up here too.

    Args:
        edition: this edition.
        submitted: of any edition.
        computed: of any edition.
        verdicts: this edition's item to whether another edition's figures may be held to it.
        ratios: this edition's items whose members are never added up: without a total they have none.
    """
    items: dict[tuple[str, str], list[str]] = defaultdict(list)
    for item, verdict in verdicts.items():
        if verdict.item is not None and verdict.verdict != "no":
            items[verdict.against, verdict.item].append(item)
    return Earlier(
        _with_totals(_gathered(edition, submitted, items), ratios), _gathered(edition, computed, items), verdicts
    )


def _gathered(
    edition: str, figures: Iterable[EarlierFigure], items: Mapping[tuple[str, str], list[str]]
) -> dict[Cell, dict[Month, float]]:
    found: dict[Cell, dict[Month, float]] = defaultdict(dict)
    for one in figures:
        own = [one.item] if one.edition == edition else items.get((one.edition, one.item), [])
        for item in own:
            found[item, one.locality, one.member][one.month] = one.value
    return found


def _with_totals(found: dict[Cell, dict[Month, float]], ratios: Collection[str]) -> dict[Cell, dict[Month, float]]:
    """With the sum of the members in every month that has no total of its own."""
    sums: dict[Cell, dict[Month, float]] = defaultdict(lambda: defaultdict(float))
    for (item, locality, member), series in found.items():
        if member != ALL and item not in ratios:
            for month, value in series.items():
                sums[item, locality, ALL][month] += value
    return found | {cell: {**series, **found.get(cell, {})} for cell, series in sums.items()}


@dataclass(frozen=True)
class Evidence:
    """All that the checks of one return are judged on.

    Attributes:
        catalogue: what the edition asks.
        controls: figures that only checks use.
        places: locality ids, and ``trust`` last.
        values: every figure that was computed, controls included.
        states: place to question code, member and month, to the state of that cell.
        earlier: figures of earlier months.
        other: source, item and place to another source's figures.
        mapped: conformed table to its unmapped rows and all its rows.
        reissued: conformed table to each report behind it, to the rows of earlier issues that a later one has no
            more, and those that it has again.
    """

    catalogue: Catalogue
    controls: Catalogue | None
    period: Period
    places: tuple[str, ...]
    values: tuple[MetricValue, ...]
    states: Mapping[str, Mapping[tuple[str, str, Month], CellState]]
    earlier: Earlier = field(default_factory=Earlier)
    other: Mapping[Cell, Series] = field(default_factory=dict)
    mapped: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    reissued: Mapping[str, Mapping[str, tuple[int, int]]] = field(default_factory=dict)

    @cached_property
    def questions(self) -> Mapping[str, Question]:
        """Every question, controls included, by code."""
        found = {question.code: question for question in self.catalogue.questions}
        controls = self.controls.questions if self.controls else ()
        return found | {question.code: question for question in controls}

    @cached_property
    def figures(self) -> Mapping[Cell, Mapping[Month, MetricValue]]:
        """The figures that stand as numbers: where an extract is missing, a nought is none."""
        found: dict[Cell, dict[Month, MetricValue]] = defaultdict(dict)
        for value in self.values:
            if value.value is None:
                continue
            state = self.states.get(value.locality, {}).get((value.code, value.member, value.month))
            if state is None or state.state.is_filled:
                found[value.code, value.locality, value.member][value.month] = value
        return found

    def of(self, code: str, place: str, member: str = ALL) -> Mapping[Month, MetricValue]:
        """The figures of one cell by month; none where it holds none."""
        return self.figures.get((code, place, member), {})

    def value(self, code: str, place: str, member: str, month: Month) -> float | None:
        """One figure; None where it is not there."""
        found = self.of(code, place, member).get(month)
        return found.value if found else None

    def members(self, question: Question) -> tuple[str, ...]:
        """The members of a question's breakdown, the total first."""
        return (ALL, *self.catalogue.members(question.metric))

    def named(self, question: Question, place: str, member: str, month: Month) -> str:
        """A cell in words: ``April 2025, Older adult``."""
        titles = self.catalogue.dimensions[question.metric.dimension].members if question.metric.dimension else {}
        return f"{month.title}, {titles[member]}" if member in titles else month.title

    def cells(self, question: Question, place: str) -> Iterator[tuple[str, Month, MetricValue, float]]:
        """Every figure of a question at a place: member, month, figure and its value."""
        for member in self.members(question):
            for month, figure in self.of(question.code, place, member).items():
                if figure.value is not None:
                    yield member, month, figure, figure.value

    @property
    def localities(self) -> tuple[str, ...]:
        """The places that are localities."""
        return tuple(place for place in self.places if place != TRUST)


def counts_things(question: Question) -> bool:
    """Whether a figure's numerator counts things that happen one by one, so that chance moves it by its root."""
    item = question.item
    return item.numerator is not None and item.less is None and item.numerator.aggregate in COUNTS


def words(value: float, unit: str) -> str:
    """A figure as a person reads it: ``1,234``, ``12.3%``, ``£5,000``."""
    if unit == "pounds":
        return f"-£{-value:,.0f}" if value < 0 else f"£{value:,.0f}"
    shown = f"{value:,.0f}" if unit == "count" and value == round(value) else f"{value:,.1f}"
    return {"percent": f"{shown}%", "days": f"{shown} days", "wte": f"{shown} WTE"}.get(unit, shown)


def apart(one: float, other: float, unit: str) -> str:
    """How far two figures are apart, as a person reads it; two percentages in points."""
    far = abs(one - other)
    return f"{words(far, 'rate')} points" if unit == "percent" else words(far, unit)
