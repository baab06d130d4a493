"""The records database: what must never be lost, in SQLite by default and PostgreSQL by a URL.

Here: opening, migrating, reading and appending. Not here: the tables (``records_models``), nor any decision about
what a value or a state should be. Nothing is updated or deleted: asking for what is already kept gives it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DatabaseError, IntegrityError, OperationalError
from sqlalchemy.orm import Session

from nhsbn.errors import NhsbnError
from nhsbn.extracts.landing import LandedFile
from nhsbn.periods import Period
from nhsbn.tools.cells import State
from nhsbn.tools.collection_tool import ToolCell
from nhsbn.values import MetricValue
from resources import records_models as models
from resources.database import READING, make_engine, migrate
from resources.records_rows import Calculated, Checked, Collection, MadeTool, digest


class Records:
    """An open records database, migrated to the present models.

    Args:
        url: SQLAlchemy URL.

    Raises:
        NhsbnError: when the database cannot be opened, written, or was made by a later version of the program.
    """

    def __init__(self, url: str) -> None:
        self.engine = make_engine(url)
        try:
            migrate(self.engine)
        except (OperationalError, DatabaseError) as error:
            place = self.engine.url.render_as_string(hide_password=True)
            raise NhsbnError(
                f"The records at {place} cannot be opened: {error.orig}. Check that the folder can be written, or "
                "that NHSBN_DATABASE_URL names a running server and a database you may write."
            ) from None

    @classmethod
    def in_file(cls, path: Path) -> Records:
        """The records in one SQLite file."""
        return cls(sa.URL.create("sqlite", database=str(path)).render_as_string(hide_password=False))

    def close(self) -> None:
        """Let go of every connection."""
        self.engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        with self.engine.connect().execution_options(**READING) as connection:
            yield connection

    def begin_run(self, run_id: str, of: Collection) -> None:
        """Note a run, once."""
        row = {"run_id": run_id, "ods_code": of.ods_code, "project": of.project, "period": of.period}
        with self.engine.begin() as connection:
            self._insert_missing(connection, models.Run, [row | {"started_at": _now()}], ["run_id"])

    def keep_files(self, ods_code: str, files: Iterable[LandedFile]) -> None:
        """Note extract files; one already noted with the same verdict is left alone."""
        now = _now()
        rows = [_file_row(file) | {"ods_code": ods_code, "seen_at": now} for file in files]
        with self.engine.begin() as connection:
            self._insert_missing(
                connection, models.ExtractFile, rows, ["ods_code", "sha256", "report", "name", "verdict"]
            )

    def files(self) -> list[sa.Row[Any]]:
        """Every extract file ever seen, oldest first."""
        with self._reading() as connection:
            return list(connection.execute(sa.select(models.ExtractFile.__table__).order_by("id")))

    def known(self, of: Collection, inputs: Mapping[str, str]) -> dict[str, Calculated]:
        """The metrics already calculated from exactly these inputs.

        Args:
            of: what was collected.
            inputs: metric id to inputs version.

        Returns:
            metric id to its values, for those that are known.
        """
        result, value = models.MetricResult, models.MetricValue
        with self._reading() as connection:
            heads = {
                row.id: row
                for row in connection.execute(
                    sa.select(result.id, result.metric_id, result.metric_version, result.inputs_version).where(
                        *_of(result, of), result.inputs_version.in_(list(inputs.values()))
                    )
                )
                if inputs.get(row.metric_id) == row.inputs_version
            }
            values: dict[int, list[MetricValue]] = {number: [] for number in heads}
            columns = [getattr(value, name) for name in MetricValue.__dataclass_fields__]
            order = (value.result_id, value.code, value.month, value.locality, value.member)
            for number, *row in connection.execute(
                sa.select(value.result_id, *columns).where(value.result_id.in_(list(heads))).order_by(*order)
            ):
                code, month, *rest = row
                values[number].append(MetricValue(code, Period.parse(month).first_month, *rest))
        return {
            head.metric_id: Calculated(
                head.metric_id, head.metric_version, head.inputs_version, tuple(values[number])
            )
            for number, head in heads.items()
        }

    def known_versions(self, of: Collection, inputs: Mapping[str, str]) -> set[str]:
        """The metrics already calculated from exactly these inputs, by id, without their values."""
        result = models.MetricResult
        with self._reading() as connection:
            found = connection.execute(sa.select(result.metric_id, result.inputs_version).where(*_of(result, of)))
            return {metric_id for metric_id, version in found if inputs.get(metric_id) == version}

    def keep_metrics(self, run_id: str, of: Collection, calculated: Sequence[Calculated]) -> None:
        """Keep calculated metrics, all or none; one that another run has kept meanwhile is left as it is."""
        now = _now()
        unique = ["ods_code", "project", "edition", "period", "metric_id", "inputs_version"]
        heads = [
            vars(of)
            | {"run_id": run_id, "metric_id": one.metric_id, "metric_version": one.metric_version}
            | {"inputs_version": one.inputs_version, "data_version": one.data_version, "calculated_at": now}
            for one in calculated
        ]
        by_version = {(one.metric_id, one.inputs_version): one for one in calculated}
        with self.engine.begin() as connection:
            added = self._insert_missing(connection, models.MetricResult, heads, unique)
            rows = [
                vars(value) | {"result_id": row.id, "month": str(value.month)}
                for row in added
                for value in by_version[row.metric_id, row.inputs_version].values
            ]
            if rows:
                connection.execute(sa.insert(models.MetricValue), rows)

    def latest_tool(self, of: Collection, locality: str) -> models.ToolVersion | None:
        """The last version of a locality's tool, or None before the first."""
        tool = models.ToolVersion
        with self._reading() as connection, Session(connection, expire_on_commit=False) as session:
            return session.scalars(
                sa.select(tool)
                .where(*_of(tool, of), tool.locality == locality)
                .order_by(tool.version.desc())
                .limit(1)
            ).first()

    def tools(self, **wanted: str | int) -> list[models.ToolVersion]:
        """The versions of tools whose columns hold what is wanted, oldest first; all of them when nothing is."""
        tool = models.ToolVersion
        holds = [getattr(tool, name) == value for name, value in wanted.items()]
        with self._reading() as connection, Session(connection, expire_on_commit=False) as session:
            return list(session.scalars(sa.select(tool).where(*holds).order_by(tool.id)))

    def calculated_at(self, of: Collection, metric_id: str, inputs_version: str) -> datetime | None:
        """When a metric was calculated from these inputs; None when it never was."""
        result = models.MetricResult
        holds = [*_of(result, of), result.metric_id == metric_id, result.inputs_version == inputs_version]
        with self._reading() as connection:
            return connection.execute(sa.select(result.calculated_at).where(*holds)).scalar()

    def cells(self, tool_version_id: int) -> list[ToolCell]:
        """The requested cells of a tool version, by sheet and address."""
        cell = models.CellState
        columns = [getattr(cell, name) for name in _CELL_COLUMNS]
        with self._reading() as connection:
            found = connection.execute(
                sa.select(*columns, cell.words)
                .where(cell.tool_version_id == tool_version_id)
                .order_by(cell.sheet, cell.address)
            )
            return [_cell_of(row._mapping) for row in found]

    def states(self, tool_version_id: int) -> dict[State, int]:
        """How many cells of a tool version are in each state; every state is named."""
        cell = models.CellState
        with self._reading() as connection:
            found = connection.execute(
                sa.select(cell.state, sa.func.count())
                .where(cell.tool_version_id == tool_version_id)
                .group_by(cell.state)
            )
            return dict.fromkeys(State, 0) | {State(state): count for state, count in found}

    def keep_tool(self, run_id: str, of: Collection, tool: MadeTool, cells: Sequence[ToolCell]) -> int:
        """Keep a tool and its cells as the next version, unless inputs and bytes are those of the last one.

        Returns:
            The version number, from 1.
        """
        last = self.latest_tool(of, tool.locality)
        while True:
            if last and (last.sha256, last.inputs_version) == (tool.sha256, tool.inputs_version):
                return last.version
            number = last.version + 1 if last else 1
            try:
                self._add_tool(run_id, of, tool, cells, number)
            except IntegrityError:
                last = self.latest_tool(of, tool.locality)
                if last is None or last.version < number:
                    raise
            else:
                return number  # reached at once, unless another run took the number in between

    def _add_tool(
        self, run_id: str, of: Collection, tool: MadeTool, cells: Sequence[ToolCell], number: int
    ) -> None:
        head = vars(of) | vars(tool) | {"verification": dict(tool.verification)}
        head |= {"run_id": run_id, "version": number, "made_at": _now()}
        with self.engine.begin() as connection:
            key = connection.execute(
                sa.insert(models.ToolVersion).values(**head).returning(models.ToolVersion.id)
            ).scalar_one()
            if cells:
                connection.execute(
                    sa.insert(models.CellState), [_cell_row(cell) | {"tool_version_id": key} for cell in cells]
                )

    def keep_checks(self, run_id: str | None, ods_code: str, checks: Iterable[Checked]) -> None:
        """Keep outcomes of checks; the same outcome of the same version is kept once."""
        now = _now()
        rows = [
            vars(one)
            | {"observed": dict(one.observed), "run_id": run_id, "ods_code": ods_code, "checked_at": now}
            | {"outcome": digest([one.passed, one.severity, one.message, dict(one.observed)])}
            for one in checks
        ]
        unique = ["ods_code", "subject", "check_name", "subject_version", "outcome"]
        with self.engine.begin() as connection:
            self._insert_missing(connection, models.CheckResult, rows, unique)

    def checks(self, subject: str, subject_version: str) -> list[sa.Row[Any]]:
        """The outcomes kept of one version of one subject, oldest first."""
        check = models.CheckResult
        with self._reading() as connection:
            return list(
                connection.execute(
                    sa.select(check.__table__)
                    .where(check.subject == subject, check.subject_version == subject_version)
                    .order_by(check.id)
                )
            )

    def _insert_missing(
        self,
        connection: sa.Connection,
        model: type[models.Base],
        rows: Sequence[Mapping[str, Any]],
        unique: list[str],
    ) -> list[sa.Row[Any]]:
        """Insert the rows whose ``unique`` columns are not there yet, and return those inserted."""
        if not rows:
            return []
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        statement = insert(model).on_conflict_do_nothing(index_elements=unique).returning(*model.__table__.c)
        return list(connection.execute(statement, list(rows)))


def _of(model: Any, of: Collection) -> list[sa.ColumnElement[bool]]:
    return [getattr(model, name) == value for name, value in vars(of).items()]


def _now() -> datetime:
    return datetime.now(UTC)


_CELL_COLUMNS = tuple(ToolCell.__dataclass_fields__)


def _cell_row(cell: ToolCell) -> dict[str, Any]:
    """A cell as its table holds it: numbers and words in columns of their own."""
    is_words = isinstance(cell.value, str)
    return vars(cell) | {
        "state": cell.state.value,
        "value": None if is_words else cell.value,
        "words": cell.value if is_words else None,
    }


def _cell_of(row: Mapping[str, Any]) -> ToolCell:
    values = {name: row[name] for name in _CELL_COLUMNS}
    return ToolCell(**values | {"state": State(row["state"]), "value": row["words"] or row["value"]})


def _file_row(file: LandedFile) -> dict[str, Any]:
    rows = vars(file.rows)
    problems = [[problem.where, problem.message] for problem in (*file.problems, *file.warnings)]
    kept = ("sha256", "report", "name", "sheet", "size", "period_start", "period_end", "status")
    return {name: getattr(file, name) for name in kept} | {
        "extracted_at": file.extracted_at.isoformat() if file.extracted_at else None,
        "rows": rows,
        "problems": problems,
        "verdict": digest([file.status, rows, problems]),
    }
