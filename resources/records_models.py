"""The tables of the records database, as typed SQLAlchemy models.

Here: what is kept for good, and the constraints that keep it so. Not here: reading and writing it (``records``),
nor how the tables came to be (``migrations/``). Every table is append-only: a later fact is a later row, and
triggers made by the migrations refuse an update or a delete.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISION = "0003"
"""The migration that makes a database equal to these models: the last one in ``migrations/``."""


class Moment(sa.TypeDecorator[datetime]):
    """A point in time, kept as UTC and read back aware, in SQLite too."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse a time without a zone, and turn any other into UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone; records keep points in time only")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Give back an aware time."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """Base of every table; names constraints, so that SQLite can migrate them."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: Moment(),
        float: sa.Double(),
        dict[str, Any]: sa.JSON(),
        list[Any]: sa.JSON(),
    }


class Run(Base):
    """One run of one project for one period, whoever or whatever asked for it.

    ``run_id`` is Dagster's, and the records do not need Dagster to be read.
    """

    __tablename__ = "run"

    run_id: Mapped[str] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    project: Mapped[str]
    period: Mapped[str]
    started_at: Mapped[datetime]


class ExtractFile(Base):
    """An extract file seen in the inbox, with what came of it; a changed verdict on the same file is a new row."""

    __tablename__ = "extract_file"
    __table_args__ = (UniqueConstraint("ods_code", "sha256", "report", "name", "verdict", name="uq_extract_file"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    report: Mapped[str]
    name: Mapped[str]
    sheet: Mapped[str | None]
    size: Mapped[int] = mapped_column(sa.BigInteger)
    period_start: Mapped[date | None]
    period_end: Mapped[date | None]
    extracted_at: Mapped[str | None] = mapped_column(comment="local time printed in the file, as ISO text")
    status: Mapped[str] = mapped_column(comment="admitted, blocked or refused")
    rows: Mapped[dict[str, Any]] = mapped_column(comment="rows read, landed, set aside, blank, title, total")
    problems: Mapped[list[Any]] = mapped_column(comment="[where, message] of each problem, then of each warning")
    verdict: Mapped[str] = mapped_column(sa.String(16), comment="hash of status, rows and problems")
    seen_at: Mapped[datetime]


class MetricResult(Base):
    """One calculation of one metric for one period from one exact set of inputs: never calculated twice."""

    __tablename__ = "metric_result"
    __table_args__ = (
        UniqueConstraint(
            "ods_code", "project", "edition", "period", "metric_id", "inputs_version", name="uq_metric_result"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.run_id"))
    ods_code: Mapped[str]
    project: Mapped[str]
    edition: Mapped[str]
    period: Mapped[str]
    metric_id: Mapped[str]
    metric_version: Mapped[str] = mapped_column(comment="hash of the definition and its SQL")
    inputs_version: Mapped[str] = mapped_column(comment="hash of the definition and of every table version read")
    data_version: Mapped[str] = mapped_column(comment="hash of the values")
    calculated_at: Mapped[datetime]


class MetricValue(Base):
    """One value of a metric, with the numerator and denominator it was made from."""

    __tablename__ = "metric_value"

    result_id: Mapped[int] = mapped_column(ForeignKey("metric_result.id"), primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True, comment="question code")
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    locality: Mapped[str] = mapped_column(primary_key=True)
    member: Mapped[str] = mapped_column(primary_key=True, comment="member of the breakdown, or all")
    value: Mapped[float | None]
    numerator: Mapped[float | None]
    denominator: Mapped[float | None]
    rows_counted: Mapped[int] = mapped_column(sa.BigInteger)


class ToolVersion(Base):
    """One content of one locality's collection tool; the same bytes made again are the same version."""

    __tablename__ = "tool_version"
    __table_args__ = (
        UniqueConstraint(
            "ods_code", "project", "edition", "period", "locality", "version", name="uq_tool_version"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("run.run_id"))
    ods_code: Mapped[str]
    project: Mapped[str]
    edition: Mapped[str]
    period: Mapped[str]
    locality: Mapped[str]
    version: Mapped[int]
    path: Mapped[str] = mapped_column(comment="from the home folder")
    sha256: Mapped[str] = mapped_column(sa.String(64))
    inputs_version: Mapped[str]
    template_sha256: Mapped[str] = mapped_column(sa.String(64))
    binding_version: Mapped[str]
    verification: Mapped[dict[str, Any]] = mapped_column(
        comment="what was proved of the file after it was written"
    )
    made_at: Mapped[datetime]


class CellState(Base):
    """What one requested cell of one tool version holds, and why."""

    __tablename__ = "cell_state"

    tool_version_id: Mapped[int] = mapped_column(ForeignKey("tool_version.id"), primary_key=True)
    sheet: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(primary_key=True)
    question: Mapped[str]
    item: Mapped[str] = mapped_column(index=True)
    member: Mapped[str]
    month: Mapped[str] = mapped_column(sa.String(7), comment="empty where one answer stands for the period")
    state: Mapped[str] = mapped_column(comment="value, true_zero, not_applicable, not_collected or withheld")
    value: Mapped[float | None]
    words: Mapped[str | None] = mapped_column(comment="instead of a value, where the answer is a word")
    reason: Mapped[str] = mapped_column(comment="rule, rationale or failed check; empty where filled")
    owner: Mapped[str]
    source: Mapped[str] = mapped_column(comment="the data source written into the tool")


class CheckResult(Base):
    """The outcome of one check on one version of what it checked."""

    __tablename__ = "check_result"
    __table_args__ = (
        UniqueConstraint(
            "ods_code", "subject", "check_name", "subject_version", "outcome", name="uq_check_result"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str | None]
    ods_code: Mapped[str]
    subject: Mapped[str] = mapped_column(comment="what was checked: a report, table, metric or tool")
    check_name: Mapped[str]
    subject_version: Mapped[str]
    passed: Mapped[bool]
    severity: Mapped[str] = mapped_column(comment="error or warning")
    message: Mapped[str]
    observed: Mapped[dict[str, Any]]
    outcome: Mapped[str] = mapped_column(sa.String(16), comment="hash of passed, severity, message and observed")
    checked_at: Mapped[datetime]


class SubmittedTool(Base):
    """A tool as it was submitted for an earlier period, read back from its file; the last of its period stands."""

    __tablename__ = "submitted_tool"
    __table_args__ = (
        UniqueConstraint(
            "ods_code", "project", "edition", "period", "locality", "sha256", name="uq_submitted_tool"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    project: Mapped[str]
    edition: Mapped[str]
    period: Mapped[str]
    locality: Mapped[str]
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    misfits: Mapped[int] = mapped_column(comment="cells and texts of it that were not taken")
    loaded_by: Mapped[str]
    loaded_at: Mapped[datetime]


class SubmittedValue(Base):
    """What one cell of a submitted tool said."""

    __tablename__ = "submitted_value"

    submitted_tool_id: Mapped[int] = mapped_column(ForeignKey("submitted_tool.id"), primary_key=True)
    item: Mapped[str] = mapped_column(primary_key=True, comment="as its own edition calls it")
    member: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(
        sa.String(7), primary_key=True, comment="empty where one answer stands for the period"
    )
    value: Mapped[float | None]
    words: Mapped[str | None] = mapped_column(comment="instead of a value; both are empty where it was left blank")


class ComparisonValue(Base):
    """Another source's figure, as loaded from a file; of one month given again, the last stands."""

    __tablename__ = "comparison_value"
    __table_args__ = (
        UniqueConstraint("ods_code", "sha256", "source", "item", "locality", "month", name="uq_comparison_value"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64), comment="of the file")
    file_name: Mapped[str]
    source: Mapped[str]
    item: Mapped[str]
    locality: Mapped[str]
    month: Mapped[str] = mapped_column(sa.String(7))
    value: Mapped[float]
    loaded_by: Mapped[str]
    loaded_at: Mapped[datetime]


class Judgement(Base):
    """Every check of one return judged on one exact set of evidence; the last of a return stands."""

    __tablename__ = "judgement"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[str | None] = mapped_column(comment="empty where it was judged outside a run")
    ods_code: Mapped[str]
    project: Mapped[str]
    edition: Mapped[str]
    period: Mapped[str]
    basis: Mapped[str] = mapped_column(
        sa.String(16), comment="hash of the checks, figures, history and comparisons it stands on"
    )
    checks_version: Mapped[str] = mapped_column(sa.String(16), comment="hash of the declared checks")
    inputs: Mapped[dict[str, Any]] = mapped_column(comment="version of each metric's inputs, history, comparisons")
    judged_at: Mapped[datetime]


class JudgedCheck(Base):
    """What one check came to in one judgement, for one subject and place; passes are kept too."""

    __tablename__ = "judged_check"

    judgement_id: Mapped[int] = mapped_column(ForeignKey("judgement.id"), primary_key=True)
    check_id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True, comment="question code, conformed table, or tool")
    locality: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str] = mapped_column(comment="stops, withholds or warns")
    outcome: Mapped[str] = mapped_column(comment="passed, failed or not_judged")
    message: Mapped[str]
    findings: Mapped[list[Any]] = mapped_column(comment="[member, month, value, against, said] of each fault")
    looked_at: Mapped[int] = mapped_column(comment="figures held to it")


class CheckAcceptance(Base):
    """A person's word that a failure may stand, until a day or until what was found changes."""

    __tablename__ = "check_acceptance"

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    project: Mapped[str]
    period: Mapped[str]
    check_id: Mapped[str]
    subject: Mapped[str]
    locality: Mapped[str]
    content: Mapped[str] = mapped_column(sa.String(16), comment="hash of what was found when it was accepted")
    reason: Mapped[str]
    accepted_by: Mapped[str]
    accepted_on: Mapped[date]
    until: Mapped[date]
    accepted_at: Mapped[datetime]


class ReviewContent(Base):
    """What a review pack showed of one subject at one place, by the hash that a sign-off is bound to."""

    __tablename__ = "review_content"

    ods_code: Mapped[str] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(comment="cells, open warnings and parts")
    kept_at: Mapped[datetime]


class ReviewReturn(Base):
    """A marked-up workbook that came back; the same file is taken once."""

    __tablename__ = "review_return"
    __table_args__ = (
        UniqueConstraint("ods_code", "project", "edition", "period", "sha256", name="uq_review_return"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ods_code: Mapped[str]
    project: Mapped[str]
    edition: Mapped[str]
    period: Mapped[str]
    locality: Mapped[str]
    reader: Mapped[str] = mapped_column(comment="id, in the plan, of the person it was made for")
    tool_version: Mapped[int | None] = mapped_column(comment="of the tool it was made of")
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    taken_at: Mapped[datetime]


class ReviewResponse(Base):
    """What one row of a marked-up workbook says; what was not taken is kept too, with the reason."""

    __tablename__ = "review_response"

    review_return_id: Mapped[int] = mapped_column(ForeignKey("review_return.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True, comment="of the sheet, as Excel numbers it")
    subject: Mapped[str] = mapped_column(comment="question code, section, or return")
    place: Mapped[str]
    answer: Mapped[str] = mapped_column(comment="confirmed, queried, or comment where only something is written")
    comment: Mapped[str]
    given_by: Mapped[str] = mapped_column(comment="name, as in the plan; as written where it is nobody's")
    role: Mapped[str] = mapped_column(comment="that person's id in the plan; empty where there is none")
    given_on: Mapped[date | None]
    content: Mapped[str] = mapped_column(sa.String(32), comment="hash of what was shown")
    counts: Mapped[bool]
    remark: Mapped[str] = mapped_column(comment="why it does not count, or what is to be known of it")
