"""How facts are shown in the UI: tables of bounded length.

Here: turning rows into Dagster metadata. Not here: which facts an asset shows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import dagster as dg

SHOWN = 30
"""Rows of any table that the UI is given; all of them are in the records."""

Cell = str | int | float | bool | None


def table(rows: Sequence[Mapping[str, Cell]]) -> dg.MetadataValue:
    """A table, cut at :data:`SHOWN` rows, the last line saying how many are left out; in words when empty."""
    if not rows:
        return dg.MetadataValue.text("none")
    records = [dg.TableRecord(dict(row)) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        first = next(iter(rows[0]))
        records.append(dg.TableRecord(dict.fromkeys(rows[0], "") | {first: f"and {len(rows) - SHOWN} more"}))
    return dg.MetadataValue.table(records, schema=_schema(rows[0]))


def _schema(row: Mapping[str, Cell]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name) for name in row])
