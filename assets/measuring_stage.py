"""The third stage: metrics calculated from the conformed tables, each once for one exact set of inputs.

Here: which inputs a metric stands on, what is already known, and calculating the rest. Not here: the SQL (the
compiler), and what a value's absence means (the tool stage).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import chain

import duckdb

from assets.conforming_stage import conform
from assets.workshop import Workshop
from nhsbn.metrics.catalogue import Catalogue, Metric, Question
from nhsbn.metrics.compiler import compute, month_table
from nhsbn.periods import Period
from nhsbn.planning import Key, metric_key
from nhsbn.programme import Project
from nhsbn.tracing.recipe import make_recipe
from nhsbn.trust import Population, latest
from nhsbn.values import MetricValue
from resources.kept import Recipes
from resources.records_rows import Calculated, Collection, digest
from resources.side_by_side import side_by_side


@dataclass(frozen=True)
class Edition:
    """One project's edition and the period asked of it."""

    project: Project
    catalogue: Catalogue
    period: Period


def inputs(workshop: Workshop, work: Edition, metrics: Iterable[Metric]) -> dict[str, str]:
    """What each metric stands on, as one version: definition, tables, populations, localities and period.

    Returns:
        Metric id to version; none for a metric that a lead returns.
    """
    library = workshop.site.library
    wanted = [metric for metric in metrics if metric.returned is None]
    measures = measure_versions(workshop, work.period, (name for metric in wanted for name in metric.measures))
    return {
        metric.metric_id: digest(
            [
                work.catalogue.version(metric, library),
                {name: measures[name] for name in metric.measures},
                workshop.site.organisation.locality_ids,
                str(work.period),
            ]
        )
        for metric in wanted
    }


def measure_versions(workshop: Workshop, period: Period, measures: Iterable[str]) -> dict[str, str]:
    """The version of some measures in a period, from the extracts as they were last landed."""
    library, tables = workshop.site.library, workshop.inputs.versions
    population = digest([asdict(one) for one in _populations(workshop, period)])
    return {name: library.version(name, period, tables, population) for name in sorted(set(measures))}


def calculate(workshop: Workshop, run_id: str, work: Edition, metrics: Iterable[Metric]) -> dict[str, Calculated]:
    """The values of some metrics: those known from these very inputs, and the rest calculated and kept.

    Args:
        workshop: what to work with; conformed tables that are not there yet are made.
        run_id: the run that keeps them.
        work: the return.
        metrics: which; those that a lead returns are passed over.

    Returns:
        Metric id to its values.
    """
    wanted = {metric.metric_id: metric for metric in metrics if metric.returned is None}
    versions = inputs(workshop, work, wanted.values())
    of = collection(workshop, work)
    known = workshop.records.known(of, versions)
    missing = [
        metric
        for metric_id, metric in wanted.items()
        if metric_id not in known or not _can_be_traced(workshop, work, metric, versions[metric_id])
    ]
    if missing:
        workshop.tell(f"Measuring: {len(missing)} of {len(wanted)} metrics")
        found = _computed(workshop, work, missing, versions)
        workshop.records.begin_run(run_id, of)
        workshop.records.keep_metrics(run_id, of, found)
        known |= {one.metric_id: one for one in found}
    return {metric_id: known[metric_id] for metric_id in wanted}


def changes(workshop: Workshop, work: Edition) -> dict[Key, str]:
    """The metrics that have not been calculated from what they now stand on."""
    project = work.project.project
    versions = inputs(workshop, work, work.catalogue.metrics)
    known = workshop.records.known_versions(collection(workshop, work), versions)
    found: dict[Key, str] = {}
    for metric in work.catalogue.metrics:
        metric_id = metric.metric_id
        if metric_id not in versions:
            continue
        if metric_id not in known:
            found[metric_key(project, metric_id)] = "has not been calculated from these inputs"
        elif not _can_be_traced(workshop, work, metric, versions[metric_id]):
            found[metric_key(project, metric_id)] = "what it was calculated from is not in the lake"
    return found


def collection(workshop: Workshop, work: Edition) -> Collection:
    """What the records file this return under."""
    return Collection(
        workshop.site.organisation.ods_code, work.project.project, work.project.edition, str(work.period)
    )


def _can_be_traced(workshop: Workshop, work: Edition, metric: Metric, version: str) -> bool:
    """Whether the lake still holds the recipe of a metric and the rows it was calculated from."""
    rows = measure_versions(workshop, work.period, metric.measures)
    return Recipes(workshop.home.lake).metric_path(version).exists() and all(
        workshop.lake.measure_path(name, one).exists() for name, one in rows.items()
    )


def _computed(
    workshop: Workshop, work: Edition, metrics: list[Metric], versions: Mapping[str, str]
) -> list[Calculated]:
    library = workshop.site.library
    measures = measure_versions(workshop, work.period, (name for metric in metrics for name in metric.measures))
    unmade = [name for name, version in measures.items() if not workshop.lake.measure_path(name, version).exists()]
    tables = library.tables(unmade)
    made = workshop.inputs.versions
    for _ in conform(workshop, [name for name in tables if not workshop.lake.account(name, made[name])]):
        pass
    with workshop.lake.connect(workshop.inputs, tables) as connection:
        _make_reference(connection, work.period, _populations(workshop, work.period))
        ids = {metric.metric_id for metric in metrics}
        questions = [question for question in work.catalogue.computed if question.metric.metric_id in ids]
        localities = workshop.site.organisation.locality_ids

        def measure(name: str) -> None:
            with connection.cursor() as own:
                workshop.lake.measure(own, name, measures[name], library.sql(name))

        def answer(question: Question) -> list[MetricValue]:
            with connection.cursor() as own:
                return compute(own, [question], work.catalogue, library, localities)

        side_by_side(measure, measures)
        values = list(chain.from_iterable(side_by_side(answer, questions)))
    for metric in metrics:
        recipe = make_recipe(
            work.catalogue, metric, library, work.period, localities, measures, made, versions[metric.metric_id]
        )
        Recipes(workshop.home.lake).keep(recipe)
    codes = {question.code: question.metric.metric_id for question in questions}
    return [
        Calculated(
            metric.metric_id,
            work.catalogue.version(metric, library),
            versions[metric.metric_id],
            tuple(sorted(value for value in values if codes[value.code] == metric.metric_id)),
        )
        for metric in metrics
    ]


def _populations(workshop: Workshop, period: Period) -> tuple[Population, ...]:
    return latest(workshop.site.populations, period.first_month.year)


def _make_reference(
    connection: duckdb.DuckDBPyConnection, period: Period, populations: Iterable[Population]
) -> None:
    """Make ``ref.month`` and ``ref.population`` for the period asked."""
    months = month_table(period.months)
    connection.execute(months.sql, months.params)
    columns = "locality varchar, age_group varchar, basis varchar, population bigint"
    connection.execute(f"create or replace table ref.population ({columns})")
    rows = [(one.locality, one.age_group, one.basis, one.population) for one in populations]
    if rows:
        connection.executemany("insert into ref.population values (?, ?, ?, ?)", rows)
