"""One row followed into the answers of tools: what it adds to each, and why it is not in the others.

Here: the row in the measures that past versions of answers count with. Not here: finding the row, and what landing
and staging made of it (``row_reader``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from nhsbn.metrics.term_rules import Parameters
from nhsbn.periods import Month
from nhsbn.tracing.recipe import KeptQuestion, Recipe
from nhsbn.tracing.row_trace import NotReached, Reached
from nhsbn.tracing.rows import Cell, TermRows
from nhsbn.tracing.trace import RowPlace
from nhsbn.values import ALL, TRUST
from resources.kept import gone
from resources.records_models import ToolVersion
from resources.staging import parquet
from resources.trace_reader import TraceReader, again
from resources.trace_terms import PLACES, run, traced_row
from resources.traced_tools import Meant, cell_of

IS_PLACE = "_file = $file and _row = $row and _sheet is not distinct from $sheet"
"""True of the rows that come from one row of a file."""


def at(place: RowPlace) -> dict[str, Any]:
    """The parameters of :data:`IS_PLACE`."""
    return {"file": place.file, "row": place.row, "sheet": place.sheet}


@dataclass(frozen=True)
class _Found:
    """Where a measure has the row: a measure without localities has it for the trust alone."""

    months: tuple[Month, ...] = ()
    localities: frozenset[str] = frozenset()


class Follower:
    """Follows one row into the answers of tools.

    Args:
        traces: of the home.
        connection: with a schema ``measure``.
        place: the row.

    Attributes:
        lost: what could not be looked into, once the row was followed.
    """

    def __init__(self, traces: TraceReader, connection: duckdb.DuckDBPyConnection, place: RowPlace) -> None:
        self.traces, self.connection, self.place = traces, connection, place
        self.lost: dict[str, None] = {}
        self._held: dict[tuple[str, date], int] = {}
        self._found: dict[str, _Found] = {}
        self._missed_by: set[tuple[str, str, str]] = set()
        self._views: dict[str, str] = {}

    def follow(self, versions: Iterable[ToolVersion]) -> tuple[list[Reached], list[NotReached]]:
        """The answers of some tools that the row is in, and those it is not in though their measure has it.

        Raises:
            NhsbnError: when what a tool was made from is not kept.
        """
        reached: list[Reached] = []
        missed: dict[NotReached, None] = {}
        for version in versions:
            kept = self.traces.tool_recipe(Meant(version, ()))
            cells = None
            for code in kept.codes:
                recipe = self.traces.recipe(kept, code)
                question = recipe.question(code)
                for name, term in question.terms.items() if question else ():
                    found = self._rows(recipe, term.measure)
                    if question is None or not found.months:
                        continue
                    if version.locality == TRUST or version.locality in found.localities:
                        cells = cells or tuple(self.traces.records.cells(version.id))
                        reached += self._reached(Meant(version, cells), recipe, question, name, found.months)
                    if (once := (recipe.inputs_version, code, name)) not in self._missed_by:
                        self._missed_by.add(once)
                        missed |= dict.fromkeys(self._missed(version, recipe, question, name, found.months))
        return reached, list(missed)

    @property
    def held(self) -> dict[str, int]:
        """Measure to how many of its rows come from the row, once it was followed."""
        held = Counter[str]()
        for (measure, _), rows in self._held.items():
            held[measure] += rows
        return dict(held)

    def _rows(self, recipe: Recipe, measure: str) -> _Found:
        """The row as a measure has it; ``measure.<name>`` is then that version of it."""
        kept = recipe.measures[measure]
        path = self.traces.lake.measure_path(measure, kept.rows_version)
        locality = "locality" if "locality" in kept.columns else f"'{TRUST}'"
        if "_row" not in kept.columns:
            return _Found()
        if not path.exists():
            of = f"What rests on the measure {measure} in {recipe.project} {recipe.period}"
            self.lost[str(gone(of, path, again(recipe.project, recipe.period)))] = None
            return _Found()
        if kept.rows_version not in self._found:
            found = self.connection.execute(
                f"select month, {locality}, count(*) from {parquet([path])} where {IS_PLACE} "
                "group by all order by all",
                at(self.place),
            ).fetchall()
            self._found[kept.rows_version] = _Found(
                tuple(dict.fromkeys(Month.of(month) for month, _, _ in found)), frozenset(row[1] for row in found)
            )
            by_month = Counter[date]()
            for month, _, rows in found:
                by_month[month] += rows
            # Tools of one period may count with several versions of a measure, which have the same row each.
            for month, rows in by_month.items():
                self._held[measure, month] = max(rows, self._held.get((measure, month), 0))
        months = self._found[kept.rows_version].months
        if months and self._views.get(measure) != kept.rows_version:
            self._views[measure] = kept.rows_version
            self.connection.execute(f"create or replace view measure.{measure} as from {parquet([path])}")
        return self._found[kept.rows_version]

    def _reached(
        self,
        meant: Meant,
        recipe: Recipe,
        question: KeptQuestion,
        name: str,
        months: tuple[Month, ...],
    ) -> Iterator[Reached]:
        version, term = meant.version, question.terms[name]
        members = (*recipe.metric.members, ALL)
        cells: tuple[Cell, ...] = tuple(
            (month, version.locality, member) for month in months for member in members
        )
        one = TermRows(term, recipe.rules(Parameters()), cells)
        # A thing told apart needs its other rows beside this one, a median all rows, and the rest this row alone.
        only = "" if term.aggregate == "median" else IS_PLACE
        if term.aggregate == "count_distinct":
            only = f"{term.of} in (select {term.of} from measure.{term.measure} where {IS_PLACE})"
        one.rules.parameters.named.update(at(self.place))
        listed = ", ".join((PLACES, *one.columns))
        sql = f"select _cell, {listed} from ({one.counted(only)}) where {IS_PLACE} order by _cell, {one.order}"
        found: dict[int, list[Any]] = {}
        for index, *row in run(self.connection, sql, one.rules.parameters).fetchall():
            found.setdefault(index, []).append(traced_row(one, row))
        for index, rows in found.items():
            month, locality, member = cells[index]
            cell = cell_of(meant.cells, question.code, str(month), member)
            # Rows of a sheet shared out over localities: what one of them says, said of them together.
            yield Reached(
                project=version.project,
                period=version.period,
                locality=locality,
                version=version.version,
                code=question.code,
                title=question.title,
                month=str(month),
                member=member,
                term=name,
                contribution=sum((one.contribution for one in rows), Decimal(0)),
                note="; ".join(dict.fromkeys(one.note for one in rows if one.note)),
                same_as=next((one.same_as for one in rows if one.same_as), None),
                cell=f"{cell.sheet}!{cell.address}" if cell else "",
            )

    def _missed(
        self,
        version: ToolVersion,
        recipe: Recipe,
        question: KeptQuestion,
        name: str,
        months: tuple[Month, ...],
    ) -> Iterator[NotReached]:
        """Why a row of the measure is not counted by a term, wherever it is of."""
        term = question.terms[name]
        for month in months:
            cell: Cell = (month, TRUST, ALL)
            one = TermRows(term, recipe.rules(Parameters()), (cell,))
            one.rules.parameters.named.update(at(self.place))
            sql = f"select distinct _rule, _said from ({one.left_out(cell)}) where {IS_PLACE} order by all"
            for rule, said in run(self.connection, sql, one.rules.parameters).fetchall():
                reason = said if rule is None else f"not: {one.conditions(ALL)[rule].words}"
                yield NotReached(
                    version.project, version.period, question.code, question.title, name, str(month), reason
                )
