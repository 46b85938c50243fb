"""Rows at which a piece of work over many fails are noted, and tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "row_faults",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("first_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("last_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("tries", sa.Integer(), server_default="1", nullable=False),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.CheckConstraint("length(kind) BETWEEN 1 AND 60", name=op.f("ck_row_faults_kind_length")),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 100", name=op.f("ck_row_faults_subject_length")
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_row_faults_reason_length")
        ),
        sa.CheckConstraint("tries >= 1", name=op.f("ck_row_faults_tries_positive")),
        sa.PrimaryKeyConstraint("kind", "subject", name=op.f("pk_row_faults")),
    )
    op.create_index("ix_row_faults_last", "row_faults", ["last_at"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON row_faults TO hitotoki_app")
