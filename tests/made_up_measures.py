"""Small measures made up for tests of the compiler and of traces: a catalogue of one question, and a database.

Here: what both kinds of test stand on. Not here: their rows of visits, which differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from nhsbn.metrics.catalogue import Catalogue, Question
from nhsbn.metrics.compiler import month_table
from nhsbn.metrics.measures import MeasureLibrary
from nhsbn.periods import Period

PEOPLE = """
insert into measure.people values
    ('2025-04-01', 'north', 'all', 100, null), ('2025-04-01', 'south', 'all', 300, null),
    ('2025-04-01', 'north', 'young', 20, null), ('2025-04-01', 'south', 'young', 30, null)
"""


@contextmanager
def made_up(library: MeasureLibrary, *statements: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with ``ref.month`` of 2025-26-Q1 and every measure of a library, filled by the statements."""
    with duckdb.connect() as made:
        for schema in ("ref", "measure"):
            made.execute(f"create schema {schema}")
        months = month_table(Period.parse("2025-26-Q1").months)
        made.execute(months.sql, months.params)
        for name, file in library.measures.items():
            columns = ", ".join(f"{column} {kind}" for column, kind in file.header.types.items())
            made.execute(f"create table measure.{name} ({columns})")
        for statement in statements:
            made.execute(statement)
        yield made


def asked(item: dict[str, Any], breakdown: tuple[str, ...] = ("month", "service")) -> tuple[Catalogue, Question]:
    """A catalogue of one question, and the question."""
    catalogue = Catalogue.model_validate(
        {
            "project": "made_up", "edition": "2025-26", "title": "Made up", "cadence": "quarter",
            "scope": {"service": ["adult", "cyp"]},
            "dimensions": {"service": {"title": "Service", "members": {"adult": "Adult", "cyp": "Young"}}},
            "metrics": [
                {
                    "metric_id": "MU-AC-01", "metric_title": "T", "section": "access", "metric_description": "D",
                    "inclusion_exclusion_rules": "R", "unit": "count", "breakdown": breakdown,
                    "metric_owner": "Lead", "plausible_range": [0, 1], "year_on_year_tolerance": 1,
                    "items": [{"title": "T", **item}],
                }
            ],
        }
    )  # fmt: skip
    return catalogue, catalogue.questions[0]


def term(aggregate: str, of: str | None = None, **more: Any) -> dict[str, Any]:
    """A term over the visits."""
    return {"measure": "visit", "aggregate": aggregate, "of": of, **more}
