"""The catalogue of a project: what it asks, each metric with its definition, its items and where they come from.

Here: the models of ``metrics.yaml``, reading it, and holding it to the measures it names; every fault at once,
by file and line. Not here: turning an item into SQL (the compiler), and where an answer goes (the binding).

Field names are those of NHS England's Central Metrics Library where it has one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from nhsbn.declarations import Collector, Declared, Document
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.terms import Bounds, Condition, Term

Section = Literal["service_model", "access", "activity", "workforce", "quality_and_safety", "finance"]
Unit = Literal["count", "percent", "rate", "days", "wte", "pounds"]
Range = tuple[float, float]

MONTH = "month"
NUMBERS = frozenset({"bigint", "integer", "double"})
JUDGED_BY: dict[str, Any] = {
    "plausible_range": True,
    "year_on_year_tolerance": True,
    "items": {"__all__": {"plausible_range"}},
}
"""What of a metric's declaration only judges its figures (``nhsbn.checks``)."""


class Item(Declared):
    """One question: value = (numerator - less) / denominator x multiplier.

    An item of a metric that a lead returns has no terms.
    """

    item: str | None = Field(default=None, pattern=r"^[a-z]$")
    title: str
    unit: Unit | None = None
    plausible_range: Range | None = None
    numerator: Term | None = None
    less: Term | None = None
    denominator: Term | None = None
    multiplier: float = 1

    @model_validator(mode="after")
    def _adds_up(self) -> Item:
        if self.numerator is None and (self.less or self.denominator):
            raise ValueError("less and denominator need a numerator")
        if self.numerator and self.numerator.is_average and (self.less or self.denominator):
            raise ValueError("a mean or median stands alone, without less or denominator")
        if any(term.is_average for term in (self.less, self.denominator) if term):
            raise ValueError("less and denominator are sums or counts, not a mean or median")
        if self.multiplier != 1 and self.denominator is None:
            raise ValueError("multiplier goes with a denominator; use times in the numerator")
        if self.unit and self.plausible_range is None:
            raise ValueError("an item with a unit of its own needs a plausible_range of its own")
        return self

    @property
    def terms(self) -> dict[str, Term]:
        """Its terms by name."""
        named = {"numerator": self.numerator, "less": self.less, "denominator": self.denominator}
        return {name: term for name, term in named.items() if term}


class LeadReturn(Declared):
    """Who gives the figures that no source holds, and why none does."""

    lead: str
    rationale: str


class Metric(Declared):
    """One metric, under the Central Metrics Library's names.

    Attributes:
        breakdown: ``month``, and at most one dimension of the catalogue.
        numerator_source_name: the reports behind the numerators; must be those that the SQL reads.
        denominator_source_name: the same for the denominators; ``trust_population`` is the population file.
        metric_owner: a role, never a person.
        plausible_range: low and high, in the metric's unit, for the trust in one month.
        year_on_year_tolerance: change in percent beyond which a reader should look.
        applies: the rule that says for which members of the breakdown it is asked.
        scope: where its concern is wider or narrower than the project's, the scope it has instead.
        months_before: months before the reported one whose extracts it needs too.
        months_after: months after the reported one whose extracts it needs too.
        returned: set where no source holds it (written ``return``).
    """

    metric_id: str = Field(pattern=r"^[A-Z]{2}-[A-Z]{2}-\d{2}$")
    metric_title: str
    section: Section
    metric_description: str
    inclusion_exclusion_rules: str
    unit: Unit
    breakdown: tuple[str, ...] = Field(min_length=1, max_length=2)
    numerator_source_name: tuple[str, ...] = ()
    denominator_source_name: tuple[str, ...] = ()
    metric_owner: str
    plausible_range: Range
    year_on_year_tolerance: float = Field(gt=0)
    applies: str | None = None
    scope: dict[str, tuple[str, ...]] | None = None
    months_before: int = Field(default=0, ge=0)
    months_after: int = Field(default=0, ge=0)
    returned: LeadReturn | None = Field(default=None, alias="return")
    items: tuple[Item, ...] = Field(min_length=1)

    @field_validator("breakdown")
    @classmethod
    def _by_month(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if value[0] != MONTH:
            raise ValueError(f"begins with {MONTH}")
        return value

    @model_validator(mode="after")
    def _agrees_with_its_items(self) -> Metric:
        letters = [item.item for item in self.items]
        if len(letters) > 1 and (None in letters or len(set(letters)) < len(letters)):
            raise ValueError("several items need a letter each, and no letter twice")
        for low, high in (
            self.plausible_range,
            *(item.plausible_range for item in self.items if item.plausible_range),
        ):
            if low >= high:
                raise ValueError(f"plausible_range {low:g} to {high:g} is empty; write the lower bound first")
        for item in self.items:
            if (item.numerator is None) != (self.returned is not None):
                raise ValueError(f"{item.title!r}: an item has a numerator, unless a lead returns the metric")
        return self

    @property
    def dimension(self) -> str | None:
        """What it is broken down by beside the month."""
        return self.breakdown[1] if len(self.breakdown) > 1 else None

    @property
    def sources(self) -> tuple[str, ...]:
        """Every source of its numerators and denominators, in order of name."""
        return tuple(sorted({*self.numerator_source_name, *self.denominator_source_name}))

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure it counts with, in order of name."""
        return tuple(sorted({term.measure for item in self.items for term in item.terms.values()}))


@dataclass(frozen=True)
class Question:
    """An item as it is asked: with its code, and what it takes from its metric."""

    metric: Metric
    item: Item

    @property
    def code(self) -> str:
        """The question code: the metric's id, with the item's letter where there is one."""
        return self.metric.metric_id + (self.item.item or "")

    @property
    def unit(self) -> Unit:
        """Its own unit, or the metric's."""
        return self.item.unit or self.metric.unit

    @property
    def plausible_range(self) -> Range:
        """Its own range, or the metric's."""
        return self.item.plausible_range or self.metric.plausible_range

    @property
    def is_ratio(self) -> bool:
        """Whether it divides, so that a missing value means nothing to divide by and not zero."""
        numerator = self.item.numerator
        return self.item.denominator is not None or (numerator is not None and numerator.is_average)


class Dimension(Declared):
    """A breakdown that the project asks: its members, each by its id, with the title the tool uses."""

    title: str
    members: dict[str, str] = Field(min_length=1)


class Catalogue(Declared):
    """What one edition of a project asks.

    Attributes:
        scope: column to the values that are the project's concern. Rows known to have another are left out
            of every term that does not name the column; rows that have none stay in.
    """

    project: str
    edition: str
    title: str
    cadence: Literal["month", "quarter", "year"]
    scope: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    dimensions: dict[str, Dimension] = Field(default_factory=dict)
    metrics: tuple[Metric, ...] = Field(min_length=1)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every item of every metric, in order."""
        return tuple(Question(metric, item) for metric in self.metrics for item in metric.items)

    @property
    def computed(self) -> tuple[Question, ...]:
        """The questions answered from sources, not by a lead."""
        return tuple(question for question in self.questions if question.metric.returned is None)

    def members(self, metric: Metric) -> tuple[str, ...]:
        """The members of the metric's breakdown; none when only the month divides it."""
        return tuple(self.dimensions[metric.dimension].members) if metric.dimension else ()

    def scope_of(self, metric: Metric) -> dict[str, tuple[str, ...]]:
        """The scope that holds for a metric: its own, or else the project's."""
        return self.scope if metric.scope is None else metric.scope

    def version(self, metric: Metric, library: MeasureLibrary) -> str:
        """Hash of all that makes the metric: its declaration, scope, members and measures' SQL.

        What only judges its figures is not in it, so that another threshold calculates nothing anew.

        The conformed tables are not in it: their own versions stand beside every value.
        """
        parts = {
            "metric": metric.model_dump(mode="json", exclude=JUDGED_BY),
            "scope": {name: list(values) for name, values in self.scope_of(metric).items()},
            "members": self.members(metric),
            "measures": {name: library.measures[name].version for name in metric.measures},
        }
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def load_catalogue(text: str, where: str, library: MeasureLibrary | None = None) -> Catalogue:
    """Read a project's ``metrics.yaml``.

    Args:
        text: its YAML.
        where: its path, for messages.
        library: the measures it is held to; without one, only its own sense is checked.

    Raises:
        ProblemsError: every fault, by file and line.
    """
    document = Document(text, where)
    metrics: dict[int, Metric] = {}
    with Collector() as problems:
        listed = document.data.get("metrics") if isinstance(document.data, dict) else None
        for index in range(len(listed) if isinstance(listed, list) else 0):
            with problems.gather():
                metrics[index] = document.validate(Metric, "metrics", index)
        if not problems.problems:
            with problems.gather():
                catalogue = document.validate(Catalogue)
        if not problems.problems:
            for at, message in disagreements(catalogue, library):
                problems.add(document.at(*at), message)
    return catalogue


Fault = tuple[tuple[str | int, ...], str]


def disagreements(catalogue: Catalogue, library: MeasureLibrary | None) -> Iterator[Fault]:
    """What no metric can know by itself: codes used twice, members and measures that do not exist."""
    seen: set[str] = set()
    for index, metric in enumerate(catalogue.metrics):
        at = ("metrics", index)
        if library is not None:
            yield from _scope_faults(catalogue, metric, at, library)
        if metric.metric_id in seen:
            yield (*at, "metric_id"), f"{metric.metric_id} is declared twice; keep one"
        seen.add(metric.metric_id)
        if metric.dimension and metric.dimension not in catalogue.dimensions:
            yield (*at, "breakdown"), f"{metric.dimension} is not one of the dimensions above"
            continue
        members = set(catalogue.members(metric))
        for number, item in enumerate(metric.items):
            for name, term in item.terms.items():
                place = (*at, "items", number, name)
                if unknown := sorted(set(term.member_where) - members):
                    yield (*place, "member_where"), f"{', '.join(unknown)}: not a member of the breakdown"
                if library is not None:
                    yield from _term_faults(metric, name, term, place, library)
        if library is not None and all(name in library.measures for name in metric.measures):
            yield from _source_faults(metric, at, library)


def _scope_faults(
    catalogue: Catalogue, metric: Metric, at: tuple[str | int, ...], library: MeasureLibrary
) -> Iterator[Fault]:
    """A column of the scope that no measure has would silently keep every row in."""
    known = {column for file in library.measures.values() for column in file.header.types}
    for column in sorted(set(catalogue.scope_of(metric)) - known):
        place = ("scope",) if metric.scope is None else (*at, "scope")
        yield (*place, column), f"no measure has a column {column}"


def _term_faults(
    metric: Metric, name: str, term: Term, place: tuple[str | int, ...], library: MeasureLibrary
) -> Iterator[Fault]:
    if term.measure not in library.measures:
        yield (*place, "measure"), f"no file of sql/measures defines the measure {term.measure}"
        return
    columns = library.columns(term.measure)
    for column in sorted(term.columns - set(columns)):
        yield place, f"the measure {term.measure} has no column {column}; it has {', '.join(columns)}"
    for at, where in term.wheres.items():
        for column, condition in where.items():
            if column in columns and not _fits(condition, columns[column]):
                yield (
                    (*place, *at, column),
                    f"{column} is {columns[column]}, and {condition!r} is not; quote a code",
                )
    if term.aggregate in ("sum", "mean", "median") and columns.get(term.of or "", "double") not in NUMBERS:
        yield (*place, "of"), f"{term.of} is {columns[term.of or '']}, and {term.aggregate} needs a number"
    if name == "numerator" and metric.dimension and metric.dimension not in columns:
        yield place, f"broken down by {metric.dimension}, which the measure {term.measure} does not have"


def _fits(condition: Condition, kind: str) -> bool:
    """Whether a column can be compared with the condition: YAML reads an unquoted 18_64 as a number."""
    if isinstance(condition, Bounds):
        return kind in NUMBERS
    values = condition if isinstance(condition, tuple) else (condition,)
    wanted = {"varchar": str, "boolean": bool}.get(kind, int)
    return all(type(value) is wanted for value in values)


def _source_faults(metric: Metric, at: tuple[str | int, ...], library: MeasureLibrary) -> Iterator[Fault]:
    for field, names in (
        ("numerator_source_name", ("numerator", "less")),
        ("denominator_source_name", ("denominator",)),
    ):
        terms = (item.terms.get(name) for item in metric.items for name in names)
        found = library.sources({term.measure for term in terms if term})
        declared: tuple[str, ...] = getattr(metric, field)
        if found != tuple(sorted(declared)):
            wanted, given = ", ".join(found) or "nothing", ", ".join(declared) or "nothing"
            yield (
                (*at, field),
                f"{metric.metric_id} names {given}, but its SQL reads {wanted}; write what it reads",
            )
