"""A few raw extracts in an inbox, answered twice: by the pipeline without Dagster, and by pandas.

Here: writing the files, both answers, and where they part. Not here: what is in the files (random_extracts).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd

from nhsbn.metrics.catalogue import Catalogue
from nhsbn.metrics.compiler import compute, measure_table, month_table
from nhsbn.periods import Period
from nhsbn.trust import latest
from resources.lake import Lake
from resources.landing import land_inbox
from resources.site import Site
from tests.oracle.community import Community
from tests.oracle.counting import Grid
from tests.oracle.facts import Facts
from tests.oracle.inpatient import Inpatient
from tests.oracle.run import ROOT, Key, Parts, alike, keyed
from tests.oracle.workforce import Workforce

PERIOD = Period.parse("2025-26-Q1")
SITE = Site(trust=ROOT / "trust")
CATALOGUE: Catalogue = SITE.catalogue("mhlda_indicators", "2025-26")

Row = Mapping[str, str]
Half = Community | Inpatient | Workforce


@dataclass(frozen=True)
class Extract:
    """One raw file of a report.

    Attributes:
        report: its id.
        named: the end of its name, which says its period.
        extracted: when it was run.
        rows: cells by column id; columns that are not given are blank.
    """

    report: str
    named: str
    extracted: datetime
    rows: Sequence[Row]

    @property
    def name(self) -> str:
        """The file's name, which tells issues of one period apart by when they were run."""
        stem = SITE.register.reports[self.report].file_name.split("(?P")[0]
        return f"{stem}{self.named}_extracted-{self.extracted:%Y%m%d}.csv"

    def text(self) -> str:
        """The file as its system would export it."""
        columns = SITE.register.reports[self.report].columns
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow([f"Run at: {self.extracted:%d/%m/%Y %H:%M}"])
        writer.writerow([column.heading for column in columns.values()])
        writer.writerows([row.get(name, "") for name in columns] for row in self.rows)
        return out.getvalue()

    def put(self, inbox: Path) -> None:
        """Write the file into its source's folder."""
        folder = inbox / SITE.register.reports[self.report].source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / self.name).write_text(self.text(), encoding="utf-8", newline="")


def by_pipeline(home: Path, sections: tuple[str, ...]) -> dict[Key, Parts]:
    """Every figure of some sections of the catalogue: landed, conformed and measured.

    Raises:
        AssertionError: when a file was not admitted, as its rows would then count in one answer only.
    """
    landed = land_inbox(home / "inbox", home / "lake", SITE.register, b"a key for the tests only", workers=1)
    assert [problem for file in landed if file.status != "admitted" for problem in file.problems] == []
    inputs = SITE.inputs(
        {report: tuple(file for file in landed if file.report == report) for report in SITE.register.reports}
    )
    questions = [one for one in CATALOGUE.computed if one.code.startswith(sections)]
    measures = sorted({measure for one in questions for measure in one.metric.measures})
    tables = SITE.library.closure(measures)
    lake = Lake(home / "lake", threads=1)
    for table in tables:
        lake.conform(table, inputs)
    with lake.connect(inputs, tables) as connection:
        _make_reference(connection)
        for measure in measures:
            connection.execute(measure_table(measure, SITE.library))
        values = compute(connection, questions, CATALOGUE, SITE.library, SITE.organisation.locality_ids)
    return {
        (one.code, str(one.month), one.locality, one.member): (one.value, one.numerator, one.denominator)
        for one in values
    }


def _make_reference(connection: duckdb.DuckDBPyConnection) -> None:
    months = month_table(PERIOD.months)
    connection.execute(months.sql, months.params)
    columns = "locality varchar, age_group varchar, basis varchar, population bigint"
    connection.execute(f"create table ref.population ({columns})")
    people = latest(SITE.populations, PERIOD.first_month.year)
    rows = [(one.locality, one.age_group, one.basis, one.population) for one in people]
    connection.executemany("insert into ref.population values (?, ?, ?, ?)", rows)


def by_pandas(inbox: Path, half: type[Half], sections: tuple[str, ...]) -> dict[Key, Parts]:
    """The same figures from the raw files."""
    facts = Facts(inbox, ROOT, SITE.trust)
    grid = Grid([pd.Timestamp(month.first_day) for month in PERIOD.months], facts.localities)
    return dict(keyed(item for item in half(facts, grid).items() if item.code.startswith(sections)))


def apart(one: dict[Key, Parts], other: dict[Key, Parts]) -> dict[Key, tuple[Parts, Parts]]:
    """The figures that differ in value, numerator or denominator.

    A median has no numerator in the return, nor a count a denominator: there is nothing to compare then.
    """
    return {
        key: (parts, other[key])
        for key, parts in one.items()
        if not alike(parts[0], other[key][0])
        or any(
            mine is not None and theirs is not None and not alike(mine, theirs)
            for mine, theirs in zip(parts[1:], other[key][1:], strict=True)
        )
    }
