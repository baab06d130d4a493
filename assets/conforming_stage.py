"""The second stage: landed files made into conformed tables, each version once.

Here: which tables are out of date, making them in order, and gathering what no mapping table knows. Not here: how
a table is made (the lake), and the assets that show it (conformed).
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from assets.workshop import Workshop
from nhsbn.conformed.conforming import ConformedTable
from nhsbn.planning import Key, conformed_key
from resources.side_by_side import AT_ONCE


@dataclass(frozen=True, order=True)
class Unmapped:
    """A key that a mapping table lacks, in one conformed table.

    Attributes:
        pounds: the money that hangs on it, where the table holds money.
    """

    table: str
    map_name: str
    key_text: str
    rows: int
    pounds: float | None


def conform(workshop: Workshop, tables: Iterable[str]) -> Iterable[ConformedTable]:
    """Make some tables, in an order in which each comes after those it reads.

    Args:
        workshop: what to work with; the reports must have been landed.
        tables: names. A table that these read is made first where it is not there, but not handed out.

    Yields:
        The account of each.

    Raises:
        NhsbnError: when a table does not keep what it was given.
    """
    wanted = set(tables)
    inputs = workshop.inputs
    made: dict[str, Future[ConformedTable]] = {}

    def after_others(name: str) -> ConformedTable:
        for upstream in inputs.tables[name].header.tables:
            made[upstream].result()
        return workshop.lake.conform(name, inputs)

    # The tables are in order: what one waits for has been begun before it.
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        for name in workshop.site.library.behind(wanted):
            made[name] = pool.submit(after_others, name)
        for number, name in enumerate(inputs.tables, 1):
            if name in wanted:
                workshop.tell(f"Conforming: {number} of {len(inputs.tables)} tables, {name}")
                yield made[name].result()


def unmapped(workshop: Workshop) -> list[Unmapped]:
    """Everything that no mapping table knows, most rows first; only of tables that have been made."""
    inputs = workshop.inputs
    accounts = (workshop.lake.account(name, inputs.versions[name]) for name in inputs.tables)
    found = [
        Unmapped(account.table, one.map_name, one.key_text, one.rows, one.pounds)
        for account in accounts
        if account
        for one in account.unmapped
    ]
    return sorted(found, key=lambda one: (-one.rows, one))


def changes(workshop: Workshop) -> dict[Key, str]:
    """The tables of which the version that is called for has not been made."""
    inputs = workshop.inputs
    return {
        conformed_key(name): "its SQL, mapping tables or files changed"
        for name in inputs.tables
        if workshop.lake.account(name, inputs.versions[name]) is None
    }
