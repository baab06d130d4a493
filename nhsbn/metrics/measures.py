"""What the measures stand on: the conformed tables, reports and reference data behind each, and their versions.

Here: questions about the SQL of measures that need the conformed tables too. Not here: reading the SQL files
(sqlfiles), and what a project counts with a measure (the catalogue and the compiler).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nhsbn.conformed.sqlfiles import ConformedSql, MeasureSql
from nhsbn.periods import Period

POPULATION = "trust_population"
"""The name under which the trust's population file stands among the sources of a metric."""

_POPULATION = re.compile(r"\bref\.population\b")


@dataclass(frozen=True)
class MeasureLibrary:
    """Every measure, and every conformed table they may read, by name.

    Attributes:
        conformed: in an order in which each table comes after those it reads.
    """

    measures: Mapping[str, MeasureSql]
    conformed: Mapping[str, ConformedSql]

    def sql(self, measure: str) -> str:
        """The SELECT of a measure: one row per candidate thing, ``excluded`` null where it is counted."""
        return self.measures[measure].select

    def columns(self, measure: str) -> Mapping[str, str]:
        """The columns of a measure and their types."""
        return self.measures[measure].header.types

    def version(self, measure: str, period: Period, tables: Mapping[str, str], population: str) -> str:
        """What decides the rows of a measure in a period, as one hash known before they are made.

        Args:
            measure: its name.
            period: whose months it is of.
            tables: the version of every conformed table.
            population: the version of the population figures, which count only where the measure reads them.
        """
        parts = [self.measures[measure].text, *map(str, period.months)]
        parts += [f"{name} {tables[name]}" for name in self.tables([measure])]
        if _POPULATION.search(self.sql(measure)):
            parts.append(population)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]

    def tables(self, measures: Iterable[str]) -> tuple[str, ...]:
        """The conformed tables that the measures read themselves, in order of name."""
        return tuple(sorted({table for name in measures for table in self.measures[name].header.tables}))

    def closure(self, measures: Iterable[str]) -> tuple[str, ...]:
        """The conformed tables behind the measures, through those that they read, each after what it reads."""
        return self.behind(self.tables(measures))

    def behind(self, tables: Iterable[str]) -> tuple[str, ...]:
        """The conformed tables named and all that they read, each after what it reads."""
        needed = set(tables)
        for table in reversed(list(self.conformed)):
            if table in needed:
                needed.update(self.conformed[table].header.tables)
        return tuple(table for table in self.conformed if table in needed)

    def sources(self, measures: Iterable[str]) -> tuple[str, ...]:
        """The extract reports behind the measures, through every conformed table between, in order of name.

        The population file of the trust is a source too, named ``trust_population``.
        """
        names = set(measures)
        reports = {report for table in self.closure(names) for report in self.conformed[table].header.reports}
        if any(_POPULATION.search(self.sql(name)) for name in names):
            reports.add(POPULATION)
        return tuple(sorted(reports))
