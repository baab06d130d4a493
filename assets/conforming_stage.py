"""The second stage: landed files made into conformed tables, each version once.

Here: which tables are out of date, making them in order, and gathering what no mapping table knows. Not here: how
a table is made (the lake), and the assets that show it (conformed).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from assets.workshop import Workshop
from nhsbn.conforming import ConformedTable
from nhsbn.planning import Key, conformed_key


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
    for number, name in enumerate(workshop.inputs.tables, 1):
        if name in wanted:
            workshop.tell(f"Conforming: {number} of {len(workshop.inputs.tables)} tables, {name}")
            yield make(workshop, name)


def make(workshop: Workshop, name: str) -> ConformedTable:
    """One table, after those that it reads."""
    for upstream in workshop.inputs.tables[name].header.tables:
        make(workshop, upstream)
    return workshop.lake.conform(name, workshop.inputs)


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
        if not workshop.lake.conformed_path(name, inputs.versions[name]).exists()
    }
