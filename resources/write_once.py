"""Parquet written once, whole or not at all.

Here: running SELECTs into drafts side by side, and putting the drafts in their places. Not here: what is selected,
and where it lies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from resources.side_by_side import side_by_side


@contextmanager
def drafted(connection: duckdb.DuckDBPyConnection, selects: Mapping[Path, str]) -> Iterator[list[Path]]:
    """Write the Parquet files that are not there, as drafts that take their places when the block ends well.

    Args:
        connection: with what the SELECTs read.
        selects: where a Parquet file is to lie, to the SELECT of its rows.

    Yields:
        Where each can be read within the block, in the same order.
    """
    drafts = {path: path.with_name(f"{path.name}.{os.getpid()}.tmp") for path in selects if not path.exists()}
    for path in drafts:
        path.parent.mkdir(parents=True, exist_ok=True)

    def write(path: Path) -> None:
        target = str(drafts[path]).replace("'", "''")
        with connection.cursor() as own:
            own.execute(f"copy ({selects[path]}\n) to '{target}' (format parquet, parquet_version v2)")

    try:
        side_by_side(write, drafts)
        yield [drafts.get(path, path) for path in selects]
        for path, draft in drafts.items():
            draft.replace(path)
    finally:
        for draft in drafts.values():
            draft.unlink(missing_ok=True)


def write_once(connection: duckdb.DuckDBPyConnection, selects: Mapping[Path, str]) -> None:
    """Write the Parquet files that are not there; arguments as for :func:`drafted`."""
    with drafted(connection, selects):
        pass
