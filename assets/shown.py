"""How facts are shown in the UI: tables of bounded length.

Here: turning rows into Dagster metadata. Not here: which facts an asset shows.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import dagster as dg

SHOWN = 30
"""Rows of any table that the UI is given; all of them are in the records."""

Cell = str | int | float | bool | None


def table(rows: Sequence[Mapping[str, Cell]], shown: int = SHOWN) -> dg.MetadataValue:
    """A table, cut at so many rows, the last line saying how many are left out; in words when empty."""
    if not rows:
        return dg.MetadataValue.text("none")
    records = [dg.TableRecord(dict(row)) for row in rows[:shown]]
    if len(rows) > shown:
        first = next(iter(rows[0]))
        records.append(dg.TableRecord(dict.fromkeys(rows[0], "") | {first: f"and {len(rows) - shown} more"}))
    return dg.MetadataValue.table(records, schema=_schema(rows[0]))


def files(root: Path, paths: Iterable[str]) -> Mapping[str, dg.MetadataValue]:
    """Links to files of the repository, and their paths for whom a link does not open."""
    listed = sorted(paths)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # the links are told in words as well
        links = [
            dg.LocalFileCodeReference(file_path=str(root / path), line_number=1, label=path) for path in listed
        ]
        references = dg.CodeReferencesMetadataValue(code_references=list(links))
    return {"dagster/code_references": references, "SQL files": dg.MetadataValue.text(", ".join(listed))}


def _schema(row: Mapping[str, Cell]) -> dg.TableSchema:
    return dg.TableSchema([dg.TableColumn(name) for name in row])
