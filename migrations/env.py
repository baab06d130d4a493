"""Alembic's way in: a connection handed over by the records, or one made from ``NHSBN_DATABASE_URL``."""

from __future__ import annotations

import os

from alembic import context

from resources.database import VERSION_TABLE, make_engine
from resources.records_models import Base

config = context.config


def run(connection: object) -> None:
    """Migrate over one connection, in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        version_table=VERSION_TABLE,
        compare_type=True,
        render_as_batch=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if (given := config.attributes.get("connection")) is not None:
    run(given)
else:
    with make_engine(os.environ["NHSBN_DATABASE_URL"]).connect() as made:
        run(made)
        made.commit()
