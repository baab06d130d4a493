"""The first tables, and the triggers that make them append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.append_only import refuse_changes
from resources.records_models import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = ("run", "extract_file", "metric_result", "metric_value", "tool_version", "cell_state", "check_result")


def upgrade() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_run"),
    )
    op.create_table(
        "extract_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=True),
        sa.Column("period_end", sa.Date(), nullable=True),
        sa.Column(
            "extracted_at", sa.String(), nullable=True, comment="local time printed in the file, as ISO text"
        ),
        sa.Column("status", sa.String(), nullable=False, comment="admitted, blocked or refused"),
        sa.Column("rows", sa.JSON(), nullable=False, comment="rows read, landed, set aside, blank, title, total"),
        sa.Column(
            "problems", sa.JSON(), nullable=False, comment="[where, message] of each problem, then of each warning"
        ),
        sa.Column("verdict", sa.String(16), nullable=False, comment="hash of status, rows and problems"),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_extract_file"),
        sa.UniqueConstraint("ods_code", "sha256", "report", "name", "verdict", name="uq_extract_file"),
    )
    op.create_table(
        "metric_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("metric_id", sa.String(), nullable=False),
        sa.Column("metric_version", sa.String(), nullable=False, comment="hash of the definition and its SQL"),
        sa.Column(
            "inputs_version",
            sa.String(),
            nullable=False,
            comment="hash of the definition and of every table version read",
        ),
        sa.Column("data_version", sa.String(), nullable=False, comment="hash of the values"),
        sa.Column("calculated_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_metric_result_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_metric_result"),
        sa.UniqueConstraint(
            "ods_code", "project", "edition", "period", "metric_id", "inputs_version", name="uq_metric_result"
        ),
    )
    op.create_table(
        "metric_value",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False, comment="question code"),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False, comment="member of the breakdown, or all"),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("numerator", sa.Double(), nullable=True),
        sa.Column("denominator", sa.Double(), nullable=True),
        sa.Column("rows_counted", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["result_id"], ["metric_result.id"], name="fk_metric_value_result_id"),
        sa.PrimaryKeyConstraint("result_id", "code", "month", "locality", "member", name="pk_metric_value"),
    )
    op.create_table(
        "tool_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False, comment="from the home folder"),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("inputs_version", sa.String(), nullable=False),
        sa.Column("template_sha256", sa.String(64), nullable=False),
        sa.Column("binding_version", sa.String(), nullable=False),
        sa.Column(
            "verification", sa.JSON(), nullable=False, comment="what was proved of the file after it was written"
        ),
        sa.Column("made_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name="fk_tool_version_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tool_version"),
        sa.UniqueConstraint(
            "ods_code", "project", "edition", "period", "locality", "version", name="uq_tool_version"
        ),
    )
    op.create_table(
        "cell_state",
        sa.Column("tool_version_id", sa.Integer(), nullable=False),
        sa.Column("sheet", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False, comment="empty where one answer stands for the period"),
        sa.Column(
            "state",
            sa.String(),
            nullable=False,
            comment="value, true_zero, not_applicable, not_collected or withheld",
        ),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column("words", sa.String(), nullable=True, comment="instead of a value, where the answer is a word"),
        sa.Column(
            "reason", sa.String(), nullable=False, comment="rule, rationale or failed check; empty where filled"
        ),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False, comment="the data source written into the tool"),
        sa.ForeignKeyConstraint(["tool_version_id"], ["tool_version.id"], name="fk_cell_state_tool_version_id"),
        sa.PrimaryKeyConstraint("tool_version_id", "sheet", "address", name="pk_cell_state"),
    )
    op.create_index("ix_cell_state_item", "cell_state", ["item"])
    op.create_table(
        "check_result",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column(
            "subject", sa.String(), nullable=False, comment="what was checked: a report, table, metric or tool"
        ),
        sa.Column("check_name", sa.String(), nullable=False),
        sa.Column("subject_version", sa.String(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False, comment="error or warning"),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("observed", sa.JSON(), nullable=False),
        sa.Column(
            "outcome", sa.String(16), nullable=False, comment="hash of passed, severity, message and observed"
        ),
        sa.Column("checked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_result"),
        sa.UniqueConstraint(
            "ods_code", "subject", "check_name", "subject_version", "outcome", name="uq_check_result"
        ),
    )
    refuse_changes(op.get_bind(), TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("drop function refuse_change()")
