"""Tables of the records that nothing may change: a trigger of the database itself refuses it, whoever asks.

Here: the triggers, for migrations to lay. Not here: the tables (``records_models``, ``migrations/``).
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa


def refuse_changes(connection: sa.Connection, tables: Iterable[str]) -> None:
    """Let an update or a delete of these tables fail, in SQLite and in PostgreSQL."""
    if connection.dialect.name == "postgresql":
        connection.execute(
            sa.text(
                "create or replace function refuse_change() returns trigger language plpgsql as "
                "$$ begin raise exception '% is append-only', tg_table_name; end $$"
            )
        )
        for table in tables:
            connection.execute(
                sa.text(
                    f"create trigger {table}_append_only before update or delete on {table} "
                    "for each row execute function refuse_change()"
                )
            )
        return
    for table in tables:
        for change in ("update", "delete"):
            connection.execute(
                sa.text(
                    f"create trigger {table}_no_{change} before {change} on {table} "
                    f"begin select raise(abort, '{table} is append-only'); end"
                )
            )
