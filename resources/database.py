"""Opening a database: one way for SQLite and PostgreSQL, migrated to the present models.

Here: engines, their settings, and bringing a database up to date. Not here: what is kept in it (``records``).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from nhsbn.errors import NhsbnError
from resources import records_models as models
from resources.site import ROOT

READING = {"nhsbn_reading": True}
"""Execution options of a connection that only reads: it never waits for a writer."""

VERSION_TABLE = "nhsbn_revision"
"""Where the revision is kept: a name of our own, so that Dagster may share the database."""


def make_engine(url: str) -> sa.Engine:
    """An engine for ``url``, set up alike wherever it is made.

    A bare ``postgresql://`` is read as psycopg2, the driver this project installs. SQLite gets write-ahead
    logging, so that a reader never waits, enforced foreign keys, and writers that queue instead of failing half
    way.

    Raises:
        NhsbnError: when the text is not a database URL of either kind.
    """
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise NhsbnError(
            "NHSBN_DATABASE_URL is not a database URL; write postgresql+psycopg2://user:password@host:5432/name"
        ) from None
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg2")
    if parsed.get_backend_name() == "postgresql":
        return sa.create_engine(parsed, pool_pre_ping=True)
    if parsed.get_backend_name() != "sqlite":
        raise NhsbnError(f"records are kept in SQLite or PostgreSQL, not in {parsed.get_backend_name()}")
    engine = sa.create_engine(parsed, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late to queue writers; ours is below
    for pragma in ("journal_mode = wal", "synchronous = normal", "foreign_keys = on"):
        connection.execute(f"pragma {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get("nhsbn_reading", False)
    connection.exec_driver_sql("begin" if reading else "begin immediate")


def migrate(engine: sa.Engine) -> None:
    """Bring a database to the present models, in one transaction; does nothing when it is there.

    Raises:
        NhsbnError: when the database was written by a later version of the program.
    """
    with engine.connect().execution_options(**READING) as connection:
        present = _revision(connection)
    if present == models.REVISION:
        return
    from alembic import command  # 0.2 s of import, needed once in a database's life
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    except CommandError:
        raise NhsbnError(
            f"The records are at revision {present!r}, which this version does not know; they were written by "
            "a later one. Install that one."
        ) from None


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(sa.text(f"select version_num from {VERSION_TABLE}")).scalar()
