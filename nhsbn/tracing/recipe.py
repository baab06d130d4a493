"""Recipes: what a metric and a tool were made from, kept so that any past version can be traced.

Here: the models of what is kept, making them, and reading them again. Not here: where they are kept (resources),
and what is done with them (``rows``).

A recipe stands by itself. It holds the definition as asked, the conditions, and the SQL as it ran, so that nothing
that is declared today is needed to read it, and a change of a metric, a measure or a mapping leaves it as it is.
Recipes are read for ever: a change of these models, or of ``Term``, that a kept recipe does not fit takes a new
format number, and a reader of the old one beside the new.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from nhsbn.errors import NhsbnError
from nhsbn.metrics.catalogue import Catalogue, Metric, Question
from nhsbn.metrics.compiler import compile_question
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.metrics.term_rules import Parameters, TermRules
from nhsbn.metrics.terms import Term
from nhsbn.periods import Period

FORMAT: Literal[1] = 1


class Kept(BaseModel):
    """Base of what is kept: immutable, and nothing unknown in it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptMetric(Kept):
    """A metric as it was declared.

    Attributes:
        dimension: what it is broken down by beside the month, or empty.
        members: member id to title, of that breakdown.
        rationale: why no source holds it; empty for one that is calculated.
    """

    metric_id: str
    title: str
    section: str
    definition: str
    rules: str
    owner: str
    sources: tuple[str, ...]
    dimension: str
    dimension_title: str
    members: dict[str, str]
    rationale: str


class KeptQuestion(Kept):
    """An item as it was asked, and the statement that answered it."""

    code: str
    title: str
    unit: str
    terms: dict[str, Term]
    multiplier: float
    sql: str = ""
    params: dict[str, Any] = {}


class KeptMeasure(Kept):
    """A measure as it was.

    Attributes:
        version: hash of its SQL file.
        rows_version: address of its rows in the lake.
        columns: their names and types.
    """

    title: str
    grain: str
    definition: str
    version: str
    rows_version: str
    sql: str
    columns: dict[str, str]


class KeptTable(Kept):
    """A conformed table as it was; its account in the lake says the rest."""

    title: str
    version: str


class Recipe(Kept):
    """What one metric was calculated from, for one period.

    Attributes:
        format: of this record.
        localities: ids, as they were asked.
        scope: column to the values that concerned it.
        tables: the conformed tables behind it, each after those that it reads.
    """

    format: Literal[1] = FORMAT
    project: str
    edition: str
    period: str
    localities: tuple[str, ...]
    metric: KeptMetric
    metric_version: str
    inputs_version: str
    scope: dict[str, tuple[str, ...]]
    questions: tuple[KeptQuestion, ...]
    measures: dict[str, KeptMeasure]
    tables: dict[str, KeptTable]

    def question(self, code: str) -> KeptQuestion | None:
        """An item by its question code."""
        return next((question for question in self.questions if question.code == code), None)

    def rules(self, parameters: Parameters) -> TermRules:
        """The conditions of its terms."""
        columns = {name: measure.columns for name, measure in self.measures.items()}
        return TermRules(self.metric.dimension or None, self.scope, columns, parameters)


class ToolRecipe(Kept):
    """What one collection tool was filled from.

    Attributes:
        metrics: metric id to the inputs version of its recipe.
        codes: question code to metric id.
        returned: question code to what was asked of a lead, for what no source holds.
        places: locality id, or ``trust``, to its name.
    """

    format: Literal[1] = FORMAT
    project: str
    edition: str
    period: str
    locality: str
    metrics: dict[str, str]
    codes: dict[str, str]
    returned: dict[str, tuple[KeptMetric, KeptQuestion]]
    places: dict[str, str]


def make_recipe(
    catalogue: Catalogue,
    metric: Metric,
    library: MeasureLibrary,
    period: Period,
    localities: Sequence[str],
    rows_versions: Mapping[str, str],
    table_versions: Mapping[str, str],
    inputs_version: str,
) -> Recipe:
    """What a metric is calculated from.

    Args:
        catalogue: that asks it.
        metric: one that is calculated.
        library: its measures and their tables.
        period: of the values.
        localities: ids.
        rows_versions: measure to the address of its rows.
        table_versions: conformed table to its version.
        inputs_version: the recipe's own address.
    """
    questions = [question for question in catalogue.computed if question.metric is metric]
    files = {name: library.measures[name] for name in metric.measures}
    return Recipe(
        project=catalogue.project,
        edition=catalogue.edition,
        period=str(period),
        localities=tuple(localities),
        metric=_kept_metric(catalogue, metric),
        metric_version=catalogue.version(metric, library),
        inputs_version=inputs_version,
        scope=catalogue.scope_of(metric),
        questions=tuple(_computed(question, catalogue, library, localities) for question in questions),
        measures={
            name: KeptMeasure(
                title=file.header.title,
                grain=file.header.grain,
                definition=file.header.definition,
                version=file.version,
                rows_version=rows_versions[name],
                sql=file.select,
                columns=dict(file.header.types),
            )
            for name, file in files.items()
        },
        tables={
            name: KeptTable(title=library.conformed[name].header.title, version=table_versions[name])
            for name in library.closure(metric.measures)
        },
    )


def make_tool_recipe(
    catalogue: Catalogue, period: Period, locality: str, metrics: Mapping[str, str], places: Mapping[str, str]
) -> ToolRecipe:
    """What a tool is filled from.

    Args:
        catalogue: that the tool asks.
        period: it is of.
        locality: id, or ``trust``.
        metrics: metric id to inputs version.
        places: names of localities and of the trust.
    """
    return ToolRecipe(
        project=catalogue.project,
        edition=catalogue.edition,
        period=str(period),
        locality=locality,
        metrics=dict(metrics),
        codes={question.code: question.metric.metric_id for question in catalogue.computed},
        returned={
            question.code: (_kept_metric(catalogue, question.metric), _kept_question(question))
            for question in catalogue.questions
            if question.metric.returned
        },
        places=dict(places),
    )


KeptT = TypeVar("KeptT", Recipe, ToolRecipe)


def read_kept(model: type[KeptT], text: str, where: str) -> KeptT:
    """A recipe as it was kept.

    Raises:
        NhsbnError: when the text is none, or one of a later version of the program.
    """
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors()[0]
        what = ".".join(map(str, fault["loc"])) or "the file"
        raise NhsbnError(
            f"{where} cannot be read ({what}: {fault['msg']}). It was damaged, or written by a later version of "
            "the program; use that version, or put the file back from a copy of the home folder."
        ) from None


def _kept_metric(catalogue: Catalogue, metric: Metric) -> KeptMetric:
    dimension = catalogue.dimensions[metric.dimension] if metric.dimension else None
    return KeptMetric(
        metric_id=metric.metric_id,
        title=metric.metric_title,
        section=metric.section,
        definition=metric.metric_description,
        rules=metric.inclusion_exclusion_rules,
        owner=metric.returned.lead if metric.returned else metric.metric_owner,
        sources=metric.sources,
        dimension=metric.dimension or "",
        dimension_title=dimension.title if dimension else "",
        members=dimension.members if dimension else {},
        rationale=metric.returned.rationale if metric.returned else "",
    )


def _kept_question(question: Question) -> KeptQuestion:
    item = question.item
    return KeptQuestion(
        code=question.code,
        title=item.title,
        unit=question.unit,
        terms=item.terms,
        multiplier=item.multiplier,
    )


def _computed(
    question: Question, catalogue: Catalogue, library: MeasureLibrary, localities: Sequence[str]
) -> KeptQuestion:
    query = compile_question(question, catalogue, library, localities)
    return _kept_question(question).model_copy(update={"sql": query.sql, "params": dict(query.params)})
