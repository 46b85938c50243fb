"""What the site knows of a member, and whether they may come in."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "users",
        sa.Column(
            "member_number",
            sa.BigInteger(),
            sa.Computed("10000000 + id * 38261843 % 89999999", persisted=True),
            nullable=False,
        ),
    )
    op.create_unique_constraint(op.f("uq_users_member_number"), "users", ["member_number"])
    op.add_column("users", sa.Column("birthday", sa.Date(), nullable=True))
    op.add_column("users", sa.Column("agreed_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("staff_role", sa.Text(), nullable=True))
    op.execute("UPDATE users SET staff_role = 'administrator' WHERE is_staff")
    op.drop_column("users", "is_staff")
    op.add_column(
        "users",
        sa.Column(
            "is_staff",
            sa.Boolean(),
            sa.Computed("staff_role IS NOT NULL", persisted=True),
            nullable=False,
        ),
    )
    op.create_check_constraint(
        op.f("ck_users_staff_role_known"),
        "users",
        "staff_role IN ('support', 'finance', 'administrator')",
    )
    op.add_column("users", sa.Column("suspended_until", MOMENT, nullable=True))
    op.add_column("users", sa.Column("banned_at", MOMENT, nullable=True))
    op.add_column("users", sa.Column("withdrawn_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_users_withdrawn_is_nobody"),
        "users",
        "withdrawn_at IS NULL OR (confirmed_at IS NULL AND birthday IS NULL AND staff_role IS NULL"
        " AND portrait IS NULL AND NOT is_cast)",
    )
