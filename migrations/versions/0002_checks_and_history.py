"""What was submitted, other sources' figures, judgements of checks, and acceptances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.append_only import refuse_changes
from resources.records_models import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    "submitted_tool",
    "submitted_value",
    "comparison_value",
    "judgement",
    "judged_check",
    "check_acceptance",
)


def upgrade() -> None:
    op.create_table(
        "submitted_tool",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("misfits", sa.Integer(), nullable=False, comment="cells and texts of it that were not taken"),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_submitted_tool"),
        sa.UniqueConstraint(
            "ods_code", "project", "edition", "period", "locality", "sha256", name="uq_submitted_tool"
        ),
    )
    op.create_table(
        "submitted_value",
        sa.Column("submitted_tool_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(), nullable=False, comment="as its own edition calls it"),
        sa.Column("member", sa.String(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False, comment="empty where one answer stands for the period"),
        sa.Column("value", sa.Double(), nullable=True),
        sa.Column(
            "words",
            sa.String(),
            nullable=True,
            comment="instead of a value; both are empty where it was left blank",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_tool_id"], ["submitted_tool.id"], name="fk_submitted_value_submitted_tool_id"
        ),
        sa.PrimaryKeyConstraint("submitted_tool_id", "item", "member", "month", name="pk_submitted_value"),
    )
    op.create_table(
        "comparison_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False, comment="of the file"),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("loaded_by", sa.String(), nullable=False),
        sa.Column("loaded_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comparison_value"),
        sa.UniqueConstraint(
            "ods_code", "sha256", "source", "item", "locality", "month", name="uq_comparison_value"
        ),
    )
    op.create_table(
        "judgement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True, comment="empty where it was judged outside a run"),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column(
            "basis",
            sa.String(16),
            nullable=False,
            comment="hash of the checks, figures, history and comparisons it stands on",
        ),
        sa.Column("checks_version", sa.String(16), nullable=False, comment="hash of the declared checks"),
        sa.Column(
            "inputs", sa.JSON(), nullable=False, comment="version of each metric's inputs, history, comparisons"
        ),
        sa.Column("judged_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_judgement"),
    )
    op.create_table(
        "judged_check",
        sa.Column("judgement_id", sa.Integer(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False, comment="question code, conformed table, or tool"),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("severity", sa.String(), nullable=False, comment="stops, withholds or warns"),
        sa.Column("outcome", sa.String(), nullable=False, comment="passed, failed or not_judged"),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column(
            "findings", sa.JSON(), nullable=False, comment="[member, month, value, against, said] of each fault"
        ),
        sa.Column("looked_at", sa.Integer(), nullable=False, comment="figures held to it"),
        sa.ForeignKeyConstraint(["judgement_id"], ["judgement.id"], name="fk_judged_check_judgement_id"),
        sa.PrimaryKeyConstraint("judgement_id", "check_id", "subject", "locality", name="pk_judged_check"),
    )
    op.create_table(
        "check_acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("check_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("content", sa.String(16), nullable=False, comment="hash of what was found when it was accepted"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String(), nullable=False),
        sa.Column("accepted_on", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("accepted_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_check_acceptance"),
    )
    refuse_changes(op.get_bind(), TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
