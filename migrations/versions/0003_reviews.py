"""What review packs showed, the marked-up workbooks that came back, and what each row of them says."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from resources.append_only import refuse_changes
from resources.records_models import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = ("review_content", "review_return", "review_response")


def upgrade() -> None:
    op.create_table(
        "review_content",
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False, comment="cells, open warnings and parts"),
        sa.Column("kept_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("ods_code", "hash", name="pk_review_content"),
    )
    op.create_table(
        "review_return",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ods_code", sa.String(), nullable=False),
        sa.Column("project", sa.String(), nullable=False),
        sa.Column("edition", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("locality", sa.String(), nullable=False),
        sa.Column("reader", sa.String(), nullable=False, comment="id, in the plan, of the person it was made for"),
        sa.Column("tool_version", sa.Integer(), nullable=True, comment="of the tool it was made of"),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("taken_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_return"),
        sa.UniqueConstraint("ods_code", "project", "edition", "period", "sha256", name="uq_review_return"),
    )
    op.create_table(
        "review_response",
        sa.Column("review_return_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False, comment="of the sheet, as Excel numbers it"),
        sa.Column("subject", sa.String(), nullable=False, comment="question code, section, or return"),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column(
            "answer",
            sa.String(),
            nullable=False,
            comment="confirmed, queried, or comment where only something is written",
        ),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column(
            "given_by",
            sa.String(),
            nullable=False,
            comment="name, as in the plan; as written where it is nobody's",
        ),
        sa.Column(
            "role", sa.String(), nullable=False, comment="that person's id in the plan; empty where there is none"
        ),
        sa.Column("given_on", sa.Date(), nullable=True),
        sa.Column("content", sa.String(32), nullable=False, comment="hash of what was shown"),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column(
            "remark", sa.String(), nullable=False, comment="why it does not count, or what is to be known of it"
        ),
        sa.ForeignKeyConstraint(
            ["review_return_id"], ["review_return.id"], name="fk_review_response_review_return_id"
        ),
        sa.PrimaryKeyConstraint("review_return_id", "row", name="pk_review_response"),
    )
    refuse_changes(op.get_bind(), TABLES)


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
