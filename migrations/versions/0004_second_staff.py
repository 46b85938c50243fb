"""A second member of staff for large gifts, lost disputes booked out, a faster expiry sweep."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    op.create_table(
        "adjustments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("press", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting_second", nullable=False),
        sa.Column("proposed_by", sa.BigInteger(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint("kind IN ('give', 'correct')", name=op.f("ck_adjustments_kind_known")),
        sa.CheckConstraint(
            "state IN ('waiting_second', 'done', 'sent_back')",
            name=op.f("ck_adjustments_state_known"),
        ),
        sa.CheckConstraint(
            "points <> 0 AND (kind = 'correct' OR points > 0)",
            name=op.f("ck_adjustments_points_fit_the_kind"),
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_adjustments_reason_length")
        ),
        sa.CheckConstraint(
            "length(press) BETWEEN 1 AND 64", name=op.f("ck_adjustments_press_length")
        ),
        sa.CheckConstraint(
            "length(answer) BETWEEN 1 AND 500", name=op.f("ck_adjustments_answer_length")
        ),
        sa.CheckConstraint(
            "(state = 'waiting_second') = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_adjustments_decided_by_somebody"),
        ),
        sa.CheckConstraint(
            "state <> 'done' OR decided_by <> proposed_by",
            name=op.f("ck_adjustments_second_is_another"),
        ),
        sa.CheckConstraint(
            "(state = 'sent_back') = (answer IS NOT NULL)",
            name=op.f("ck_adjustments_sent_back_says_why"),
        ),
        sa.CheckConstraint(
            "proposed_by <> user_id AND decided_by <> user_id",
            name=op.f("ck_adjustments_not_ones_own"),
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_adjustments_user_id")),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_adjustments_proposed_by")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_adjustments_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adjustments")),
        sa.UniqueConstraint("proposed_by", "kind", "press", name="uq_adjustments_press"),
    )
    op.create_index(
        "ix_adjustments_waiting",
        "adjustments",
        ["id"],
        postgresql_where=sa.text("state = 'waiting_second'"),
    )
    op.create_index("ix_adjustments_user", "adjustments", ["user_id", "id"])
    for name in ("0004_money.sql", "0004_functions.sql"):
        # The driver reads a percent sign as the beginning of a parameter.
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
