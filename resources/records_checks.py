"""What the records keep for checks: submitted figures, other sources' figures, judgements and acceptances.

Here: appending and reading these. Not here: their tables (``records_models``), and any judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from nhsbn.checks.comparisons import OtherFigure
from nhsbn.checks.evidence import EarlierFigure
from nhsbn.checks.results import Finding, Judged, Outcome
from nhsbn.checks.standing import Acceptance, Key
from nhsbn.periods import Month, Period
from nhsbn.values import ALL
from resources import records_models as models
from resources.database import READING
from resources.records import Records
from resources.records_rows import Collection


@dataclass(frozen=True)
class SubmittedFile:
    """A tool that was submitted, as read back from its file.

    Attributes:
        of: whose tool of which period it is.
        values: item, member, month (empty where one answer stands for the period) and what the cell said; None
            where it was left blank.
        misfits: how much of it was not taken.
    """

    of: Collection
    locality: str
    file_name: str
    sha256: str
    misfits: int
    values: tuple[tuple[str, str, str, float | str | None], ...]


@dataclass(frozen=True)
class KeptJudgement:
    """A judgement as kept.

    Attributes:
        id: its number; a later one has a higher.
        basis: hash of what it stands on.
    """

    id: int
    basis: str
    checks_version: str
    judged_at: datetime


class CheckRecords:
    """The part of the records that checks read and write.

    Args:
        records: open records.
    """

    def __init__(self, records: Records) -> None:
        self._engine = records.engine

    def _rows(self, statement: sa.Select[Any]) -> list[sa.Row[Any]]:
        with self._engine.connect().execution_options(**READING) as connection:
            return list(connection.execute(statement))

    # What was submitted ------------------------------------------------------------------------------------------

    def submissions(self, of: Collection, locality: str) -> list[sa.Row[Any]]:
        """The loads of one place's tool of one period, oldest first; the last one stands."""
        tool = models.SubmittedTool
        where = [getattr(tool, name) == value for name, value in vars(of).items()]
        return self._rows(sa.select(tool.__table__).where(*where, tool.locality == locality).order_by(tool.id))

    def keep_submission(self, file: SubmittedFile, by: str) -> bool:
        """Keep a submitted tool, whole or not at all.

        Returns:
            Whether it was new: the same file of the same period and place is kept once.
        """
        if any(row.sha256 == file.sha256 for row in self.submissions(file.of, file.locality)):
            return False
        head = vars(file.of) | {
            "locality": file.locality,
            "file_name": file.file_name,
            "sha256": file.sha256,
            "misfits": file.misfits,
            "loaded_by": by,
            "loaded_at": _now(),
        }
        with self._engine.begin() as connection:
            key = connection.execute(
                sa.insert(models.SubmittedTool).values(**head).returning(models.SubmittedTool.id)
            ).scalar_one()
            rows = [
                {
                    "submitted_tool_id": key,
                    "item": item,
                    "member": member,
                    "month": month,
                    "value": None if isinstance(value, str) else value,
                    "words": value if isinstance(value, str) else None,
                }
                for item, member, month, value in file.values
            ]
            if rows:
                connection.execute(sa.insert(models.SubmittedValue), rows)
        return True

    def submitted(self, ods_code: str, project: str, months: Sequence[Month]) -> list[EarlierFigure]:
        """Every number submitted for some months, of the last load of each period and place, oldest load first."""
        tool, value = models.SubmittedTool, models.SubmittedValue
        last = _last_of(tool, ods_code, project)
        statement = (
            sa.select(tool.edition, value.item, tool.locality, value.member, value.month, value.value)
            .join(value, value.submitted_tool_id == tool.id)
            .where(tool.id.in_(last), value.month.in_([str(month) for month in months]), value.value.is_not(None))
            .order_by(tool.id)
        )
        return [_earlier(row) for row in self._rows(statement)]

    def computed(
        self, ods_code: str, project: str, months: Sequence[Month], not_period: str
    ) -> list[EarlierFigure]:
        """Totals over members calculated for some months, of the last result of each metric and period."""
        result, value = models.MetricResult, models.MetricValue
        last = (
            sa.select(sa.func.max(result.id))
            .where(result.ods_code == ods_code, result.project == project, result.period != not_period)
            .group_by(result.edition, result.period, result.metric_id)
        )
        statement = (
            sa.select(result.edition, value.code, value.locality, value.member, value.month, value.value)
            .join(value, value.result_id == result.id)
            .where(
                result.id.in_(last),
                value.member == ALL,
                value.month.in_([str(month) for month in months]),
                value.value.is_not(None),
            )
            .order_by(result.id)
        )
        return [_earlier(row) for row in self._rows(statement)]

    # Other sources -----------------------------------------------------------------------------------------------

    def keep_comparisons(
        self, ods_code: str, file_name: str, sha256: str, figures: Iterable[OtherFigure], by: str
    ) -> int:
        """Keep a file of comparison figures, once.

        Returns:
            How many figures were kept; none where the same file was loaded before.
        """
        value = models.ComparisonValue
        known = sa.select(value.id).where(value.ods_code == ods_code, value.sha256 == sha256).limit(1)
        if self._rows(known):
            return 0
        about = {"ods_code": ods_code, "sha256": sha256, "file_name": file_name}
        about |= {"loaded_by": by, "loaded_at": _now()}
        rows = [about | vars(one) | {"month": str(one.month)} for one in figures]
        with self._engine.begin() as connection:
            if rows:
                connection.execute(sa.insert(value), rows)
        return len(rows)

    def comparisons(self, ods_code: str) -> list[OtherFigure]:
        """Every comparison figure, in the order loaded, so that a later one of the same month comes last."""
        value = models.ComparisonValue
        columns = (value.source, value.item, value.locality, value.month, value.value)
        rows = self._rows(sa.select(*columns).where(value.ods_code == ods_code).order_by(value.id))
        return [
            OtherFigure(source, item, locality, Period.parse(month).first_month, number)
            for source, item, locality, month, number in rows
        ]

    def versions(self, ods_code: str, project: str, before: Period) -> dict[str, int]:
        """How much history and comparison there is, as numbers that any load or earlier period's run raises."""
        tool, value = models.SubmittedTool, models.ComparisonValue
        submitted = sa.select(sa.func.max(tool.id)).where(tool.ods_code == ods_code, tool.project == project)
        compared = sa.select(sa.func.max(value.id)).where(value.ods_code == ods_code)
        result = models.MetricResult
        computed = (
            sa.select(result.period, sa.func.max(result.id))
            .where(result.ods_code == ods_code, result.project == project)
            .group_by(result.period)
        )
        earlier = (last for text, last in self._rows(computed) if Period.parse(text).last_day < before.first_day)
        return {
            "submitted": self._rows(submitted)[0][0] or 0,
            "comparisons": self._rows(compared)[0][0] or 0,
            "computed": max(earlier, default=0),
        }

    # Judgements --------------------------------------------------------------------------------------------------

    def judgements(self, of: Collection, most: int = 2) -> list[KeptJudgement]:
        """The last judgements of a return, newest first."""
        one = models.Judgement
        columns = (one.id, one.basis, one.checks_version, one.judged_at)
        where = [getattr(one, name) == value for name, value in vars(of).items()]
        rows = self._rows(sa.select(*columns).where(*where).order_by(one.id.desc()).limit(most))
        return [KeptJudgement(*row) for row in rows]

    def keep_judgement(
        self,
        run_id: str | None,
        of: Collection,
        basis: str,
        checks_version: str,
        inputs: Mapping[str, Any],
        results: Sequence[Judged],
    ) -> int:
        """Keep every result of a judgement, passed and failed alike, all or none.

        Returns:
            The judgement's number.
        """
        head = vars(of) | {
            "run_id": run_id,
            "basis": basis,
            "checks_version": checks_version,
            "inputs": dict(inputs),
            "judged_at": _now(),
        }
        with self._engine.begin() as connection:
            key = connection.execute(
                sa.insert(models.Judgement).values(**head).returning(models.Judgement.id)
            ).scalar_one()
            rows = [_judged_row(one) | {"judgement_id": key} for one in results]
            if rows:
                connection.execute(sa.insert(models.JudgedCheck), rows)
        return int(key)

    def results(self, judgement: int, *, failed_only: bool = False) -> list[Judged]:
        """The results of a judgement, by check, subject and place."""
        one = models.JudgedCheck
        statement = sa.select(*one.__table__.c).where(one.judgement_id == judgement)
        if failed_only:
            statement = statement.where(one.outcome == Outcome.FAILED.value)
        order = (one.check_id, one.subject, one.locality)
        return [_judged_of(row) for row in self._rows(statement.order_by(*order))]

    def outcomes(self, judgement: int) -> dict[Key, Outcome]:
        """Each result of a judgement by its key, as its outcome alone."""
        one = models.JudgedCheck
        columns = (one.check_id, one.subject, one.locality, one.outcome)
        rows = self._rows(sa.select(*columns).where(one.judgement_id == judgement))
        return {(row.check_id, row.subject, row.locality): Outcome(row.outcome) for row in rows}

    # Acceptances -------------------------------------------------------------------------------------------------

    def keep_acceptance(self, of: Collection, acceptance: Acceptance) -> None:
        """Keep an acceptance; it stands in the place of any earlier one of the same result."""
        row = {
            "ods_code": of.ods_code,
            "project": of.project,
            "period": of.period,
            "check_id": acceptance.check,
            "subject": acceptance.subject,
            "locality": acceptance.locality,
            "content": acceptance.content,
            "reason": acceptance.reason,
            "accepted_by": acceptance.by,
            "accepted_on": acceptance.on,
            "until": acceptance.until,
            "accepted_at": _now(),
        }
        with self._engine.begin() as connection:
            connection.execute(sa.insert(models.CheckAcceptance).values(**row))

    def acceptances(self, of: Collection) -> dict[Key, Acceptance]:
        """The last acceptance of each result of a return."""
        one = models.CheckAcceptance
        where = (one.ods_code == of.ods_code, one.project == of.project, one.period == of.period)
        rows = self._rows(sa.select(*one.__table__.c).where(*where).order_by(one.id))
        return {(row.check_id, row.subject, row.locality): _acceptance_of(row) for row in rows}


def _last_of(tool: type[models.SubmittedTool], ods_code: str, project: str) -> sa.Select[Any]:
    """The number of the last load of each period and place."""
    return (
        sa.select(sa.func.max(tool.id))
        .where(tool.ods_code == ods_code, tool.project == project)
        .group_by(tool.period, tool.locality)
    )


def _earlier(row: sa.Row[Any]) -> EarlierFigure:
    edition, item, locality, member, month, value = row
    return EarlierFigure(edition, item, locality, member, Period.parse(month).first_month, value)


def _judged_row(one: Judged) -> dict[str, Any]:
    return {
        "check_id": one.check,
        "subject": one.subject,
        "locality": one.locality,
        "severity": one.severity,
        "outcome": one.outcome.value,
        "message": one.message,
        "findings": [
            [found.member, found.month, found.value, found.against, found.said] for found in one.findings
        ],
        "looked_at": one.looked_at,
    }


def _judged_of(row: sa.Row[Any]) -> Judged:
    findings = tuple(Finding(*found) for found in row.findings)
    return Judged(
        row.check_id,
        row.subject,
        row.locality,
        row.severity,
        Outcome(row.outcome),
        row.message,
        findings,
        row.looked_at,
    )


def _acceptance_of(row: sa.Row[Any]) -> Acceptance:
    until: date = row.until
    return Acceptance(
        row.check_id,
        row.subject,
        row.locality,
        row.content,
        row.reason,
        row.accepted_by,
        until,
        row.accepted_on,
    )


def _now() -> datetime:
    return datetime.now(UTC)
