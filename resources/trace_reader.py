"""A trace from what was kept: the recipe of an answer, its measure's rows, and the tables and files behind them.

Here: opening what is kept, and putting a trace together. Not here: which tool and cell are meant
(``traced_tools``), the rows of one term (``trace_terms``), the way from a row onward (``row_reader``), and showing
any of it.

Nothing that is declared today is read: a trace is of what was, whatever became of it since.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import duckdb

from nhsbn.conformed.conforming import ConformedTable, UsedFile
from nhsbn.errors import NhsbnError
from nhsbn.metrics.term_rules import Parameters
from nhsbn.periods import Month, Period
from nhsbn.tools.collection_tool import ToolCell
from nhsbn.tracing.arithmetic import Amount, Result, shown, work_out
from nhsbn.tracing.recipe import KeptMetric, KeptQuestion, Recipe, ToolRecipe
from nhsbn.tracing.rows import TermRows
from nhsbn.tracing.trace import (
    StagedOut,
    Trace,
    TracedCell,
    TracedFile,
    TracedMap,
    TracedMeasure,
    TracedQuestion,
    TracedTable,
    TracedTerm,
    TracedTool,
)
from nhsbn.values import ALL, MetricValue
from resources.home import Home
from resources.kept import Recipes, gone
from resources.lake import Lake
from resources.records import Records
from resources.records_rows import Collection
from resources.staging import left_out_path, parquet
from resources.trace_terms import Wanted, staged_out, traced_term
from resources.traced_tools import Meant, cell_of


class TraceReader:
    """Traces answers of one home.

    Args:
        home: where what is kept lies.
        records: of that home.
    """

    def __init__(self, home: Home, records: Records) -> None:
        self.home, self.records = home, records
        self.recipes, self.lake = Recipes(home.lake), Lake(home.lake)
        self._kept: dict[str, Recipe] = {}

    def tool_recipe(self, meant: Meant) -> ToolRecipe:
        """What a tool was filled from.

        Raises:
            NhsbnError: when it is not kept.
        """
        version = meant.version
        of = f"Version {version.version} of {version.project} {version.period}, {version.locality},"
        return self.recipes.tool(version.inputs_version, of, again(version.project, version.period))

    def recipe(self, kept: ToolRecipe, code: str) -> Recipe:
        """What one of a tool's calculated answers was calculated from.

        Raises:
            NhsbnError: when it is not kept.
        """
        address = kept.metrics[kept.codes[code]]
        if address not in self._kept:
            command = again(kept.project, kept.period)
            self._kept[address] = self.recipes.metric(address, f"{code} of {kept.period}", command)
        return self._kept[address]

    def trace(self, meant: Meant, code: str, month: str, member: str, wanted: Wanted) -> Trace:
        """An answer of a tool taken apart.

        Args:
            meant: the tool.
            code: the question's code.
            month: ``2025-05``; empty where one answer stands for the period.
            member: a member of the breakdown, or ``all``.
            wanted: how much.

        Raises:
            NhsbnError: when something it needs is not kept, or the kept rows do not make the recorded value.
        """
        kept = self.tool_recipe(meant)
        cell = cell_of(meant.cells, code, month, member)
        if code not in kept.codes:
            return self._untraced(meant, kept, code, month, member, cell)
        recipe = self.recipe(kept, code)
        question = recipe.question(code)
        if question is None:
            raise NhsbnError(f"the recipe {recipe.inputs_version} has no question {code}; report this")
        trace = self._base(meant, kept, cell, asked(kept, recipe.metric, question), month, member)
        values, made_at = self._recorded(kept, recipe)
        recorded = values[code, month, kept.locality, member]
        with self.connected(recipe) as connection:
            terms = self.terms(connection, recipe, question, recorded, wanted)
            amounts = {one.name: Amount(question.terms[one.name], one.amount, one.counted) for one in terms}
            result = work_out(amounts, question.multiplier)
            check(recorded, result)
            tables, files = self._behind(recipe, kept, terms)
            not_staged = self._staged_out(connection, recipe, recorded.month, wanted) if wanted.excluded else ()
        return replace(
            trace,
            member_title=recipe.metric.members.get(member, "All"),
            recorded=recorded,
            calculated_at=made_at,
            metric_version=recipe.metric_version,
            inputs_version=recipe.inputs_version,
            sql=question.sql,
            params=question.params,
            terms=terms,
            steps=result.steps,
            measures=tuple(_measures(recipe, question)),
            tables=tables,
            files=files,
            staged_out=not_staged,
        )

    def values(self, kept: ToolRecipe, code: str, member: str) -> dict[str, str]:
        """Each month of the period to a question's answer for a member, in words; blank where none is calculated.

        Raises:
            NhsbnError: when what it was calculated from is not kept.
        """
        months = [str(month) for month in Period.parse(kept.period).months]
        if code not in kept.codes:
            return dict.fromkeys(months, "")
        recorded, _ = self._recorded(kept, self.recipe(kept, code))
        values = {month: recorded[code, month, kept.locality, member].value for month in months}
        return {month: "no value" if value is None else shown(value) for month, value in values.items()}

    # The rows ----------------------------------------------------------------------------------------------------

    @contextmanager
    def connected(self, recipe: Recipe) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection with ``measure.<name>`` as each was when the recipe was kept.

        Raises:
            NhsbnError: when the rows of one are not kept.
        """
        with self.lake.open() as connection:
            connection.execute("create schema measure")
            for name, measure in recipe.measures.items():
                path = self.lake.measure_path(name, measure.rows_version)
                if not path.exists():
                    of = f"{recipe.metric.metric_id} of {recipe.period}"
                    raise gone(of, path, again(recipe.project, recipe.period))
                connection.execute(f"create view measure.{name} as select * from {parquet([path])}")
            yield connection

    def terms(
        self,
        connection: duckdb.DuckDBPyConnection,
        recipe: Recipe,
        question: KeptQuestion,
        value: MetricValue,
        wanted: Wanted,
    ) -> tuple[TracedTerm, ...]:
        """The parts of a value, with their rows."""
        found = []
        for name, term in question.terms.items():
            rules = recipe.rules(Parameters())
            one = TermRows(term, rules, ((value.month, value.locality, value.member),))
            found.append(traced_term(connection, name, one, wanted))
        return tuple(found)

    # What lies behind --------------------------------------------------------------------------------------------

    def account(self, recipe: Recipe, table: str) -> ConformedTable:
        """The account of a conformed table behind a recipe.

        Raises:
            NhsbnError: when it is not kept.
        """
        path = self.lake.account_path(table, recipe.tables[table].version)
        try:
            return ConformedTable.from_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            of = f"{recipe.metric.metric_id} of {recipe.period}"
            raise gone(of, path, again(recipe.project, recipe.period)) from None

    def _behind(
        self, recipe: Recipe, kept: ToolRecipe, terms: Sequence[TracedTerm]
    ) -> tuple[tuple[TracedTable, ...], tuple[TracedFile, ...]]:
        accounts = [self.account(recipe, table) for table in recipe.tables]
        tables = tuple(self._table(recipe, account) for account in accounts)
        rows = Counter[str]()
        for term in terms:
            for share in term.shares:
                rows[share.file] += share.rows
        files = {one.file: traced_file(one, rows[one.file]) for account in accounts for one in account.files}
        return tables, tuple(sorted(files.values(), key=lambda one: (-one.rows, one.report, one.name, one.file)))

    def _table(self, recipe: Recipe, account: ConformedTable) -> TracedTable:
        maps = []
        for name, version in account.maps.items():
            path = self.lake.map_path(name, version)
            maps.append(TracedMap(name, version, self._from_home(path) if path.exists() else ""))
        return TracedTable(
            name=account.table,
            title=recipe.tables[account.table].title,
            version=account.version,
            rows=account.rows,
            reports=tuple(counts.report for counts in account.counts),
            tables=tuple(account.tables),
            maps=tuple(maps),
            sql=account.sql,
        )

    def _from_home(self, path: Path) -> str:
        return path.relative_to(self.home.root).as_posix()

    def _staged_out(
        self, connection: duckdb.DuckDBPyConnection, recipe: Recipe, month: Month, wanted: Wanted
    ) -> tuple[StagedOut, ...]:
        """What staging left out of the files that cover a month."""
        found: list[StagedOut] = []
        for table, one in recipe.tables.items():
            account, beside = self.account(recipe, table), self.lake.account_path(table, one.version)
            for report in (counts.report for counts in account.counts):
                files = [file.file for file in account.files if file.report == report and _covers(file, month)]
                path = left_out_path(beside, report)
                if files and path.exists():
                    found += staged_out(connection, path, report, files, wanted)
        return tuple(found)

    # What is recorded --------------------------------------------------------------------------------------------

    def _recorded(
        self, kept: ToolRecipe, recipe: Recipe
    ) -> tuple[Mapping[tuple[str, str, str, str], MetricValue], datetime | None]:
        """Every value of a metric as it was recorded, by code, month, locality and member, and when."""
        metric_id, version = recipe.metric.metric_id, recipe.inputs_version
        for of in self._collections(kept):
            if found := self.records.known(of, {metric_id: version}):
                values = found[metric_id].values
                by_cell = {(one.code, str(one.month), one.locality, one.member): one for one in values}
                return by_cell, self.records.calculated_at(of, metric_id, version)
        raise NhsbnError(f"the records hold no values of {metric_id} {kept.period} that recipe {version} made")

    def _collections(self, kept: ToolRecipe) -> Iterable[Collection]:
        made = self.records.tools(project=kept.project, edition=kept.edition, period=kept.period)
        for ods_code in dict.fromkeys(one.ods_code for one in made):
            yield Collection(ods_code, kept.project, kept.edition, kept.period)

    def _untraced(
        self, meant: Meant, kept: ToolRecipe, code: str, month: str, member: str, cell: ToolCell | None
    ) -> Trace:
        """An answer that is not calculated: returned by a lead, a detail, or whether something is provided."""
        if code in kept.returned:
            metric, question = kept.returned[code]
            return replace(
                self._base(meant, kept, cell, asked(kept, metric, question), month, member),
                member_title=metric.members.get(member, "All"),
                notes=(f"No source holds it; {metric.owner} is asked for it. {metric.rationale}",),
            )
        is_detail = code.startswith("details.")
        title = cell.question if cell else code
        about = TracedQuestion(
            kept.project, kept.edition, kept.period, title, title, title,
            "A detail of the submission." if is_detail else "Whether the trust provides it there.",
            "", cell.owner if cell else "", "", (cell.source,) if cell else (),
        )  # fmt: skip
        note = "Declared by the trust; no rows are behind it."
        if not is_detail:
            note = "Answered from the trust's registers of wards and teams (map_ward, map_team), not from rows."
        return replace(self._base(meant, kept, cell, about, month, member), notes=(note,))

    def _base(
        self,
        meant: Meant,
        kept: ToolRecipe,
        cell: ToolCell | None,
        question: TracedQuestion,
        month: str,
        member: str,
    ) -> Trace:
        version = meant.version
        made = self.records.tools(project=kept.project, period=kept.period, locality=kept.locality)
        return Trace(
            question=question,
            locality=kept.locality,
            place=kept.places.get(kept.locality, kept.locality),
            month=month,
            member=member,
            member_title="" if member == ALL else member,
            tool=TracedTool(version.version, version.sha256, version.path, version.made_at, made[-1].version),
            cell=_cell(cell) if cell else None,
            details=tuple(
                (one.question, str(one.value or f"{one.state.words}: {one.reason}"))
                for one in meant.cells
                if one.item.startswith("details.")
            ),
            differences=meant.differences,
        )


def again(project: str, period: str) -> str:
    """The command that makes a period's tools."""
    return f"nhsbn run {project} {period}"


def asked(kept: ToolRecipe, metric: KeptMetric, question: KeptQuestion) -> TracedQuestion:
    """A question as it was asked."""
    return TracedQuestion(
        project=kept.project,
        edition=kept.edition,
        period=kept.period,
        code=question.code,
        title=question.title,
        metric_title=metric.title,
        definition=metric.definition,
        rules=metric.rules,
        owner=metric.owner,
        unit=question.unit,
        sources=metric.sources,
        dimension=metric.dimension,
        dimension_title=metric.dimension_title,
    )


def check(recorded: MetricValue, result: Result) -> None:
    """Hold the rows to the recorded value.

    Raises:
        NhsbnError: when they make another.
    """
    parts = ("value", "numerator", "denominator", "rows_counted")
    wrong = [name for name in parts if getattr(recorded, name) != getattr(result, name)]
    if wrong:
        said = "; ".join(f"{name} was {getattr(recorded, name)} and is {getattr(result, name)}" for name in wrong)
        raise NhsbnError(
            f"{recorded.code}, {recorded.month}, {recorded.locality}, {recorded.member}: the kept rows do not "
            f"make what was recorded: {said}. They were changed since; put the lake back from a copy."
        )


def traced_file(file: UsedFile, rows: int) -> TracedFile:
    """A file that was read, with the rows it gave."""
    return TracedFile(
        file=file.file,
        sha256=file.sha256,
        name=file.name,
        report=file.report,
        period_start=date.fromisoformat(file.period_start) if file.period_start else None,
        period_end=date.fromisoformat(file.period_end) if file.period_end else None,
        extracted_at=datetime.fromisoformat(file.extracted_at) if file.extracted_at else None,
        rows=rows,
    )


def _measures(recipe: Recipe, question: KeptQuestion) -> Iterator[TracedMeasure]:
    for name in dict.fromkeys(term.measure for term in question.terms.values()):
        measure = recipe.measures[name]
        yield TracedMeasure(
            name,
            measure.title,
            measure.grain,
            measure.definition,
            measure.version,
            measure.rows_version,
            measure.sql,
        )


def _cell(cell: ToolCell) -> TracedCell:
    return TracedCell(cell.sheet, cell.address, cell.state, cell.value, cell.reason, cell.owner, cell.source)


def _covers(file: UsedFile, month: Month) -> bool:
    first, last = month.first_day.isoformat(), month.last_day.isoformat()
    return file.period_start <= last and first <= file.period_end
