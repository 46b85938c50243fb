"""What rings: pauses that were told, mails that are soon stale, terms of orders at a store."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TOPICS = "'reservations', 'talks', 'points', 'favourites', 'calls'"


def upgrade() -> None:
    """Apply the change."""
    op.add_column("waiting_turns", sa.Column("pause_told_at", MOMENT, nullable=True))
    op.add_column("mails", sa.Column("stale_at", MOMENT, nullable=True))
    op.create_index(
        "ix_reservation_requests_open_cast",
        "reservation_requests",
        ["cast_id", "lapses_at"],
        postgresql_where=sa.text("state = 'open'"),
    )
    _topics()
    _vouchers()


def _topics() -> None:
    op.drop_constraint("ck_notification_choices_topic_known", "notification_choices")
    op.create_check_constraint(
        op.f("ck_notification_choices_topic_known"),
        "notification_choices",
        f"topic IN ({TOPICS})",
    )
    # Turns were told under the favourites: who wanted no push of those wants none of these.
    op.execute(
        "INSERT INTO notification_choices (user_id, topic, channel, wanted)"
        " SELECT user_id, 'calls', 'push', false FROM notification_choices"
        " WHERE topic = 'favourites' AND channel = 'push' AND NOT wanted"
    )


def _vouchers() -> None:
    op.create_table(
        "konbini_vouchers",
        sa.Column("purchase_id", sa.BigInteger(), nullable=False),
        sa.Column("pay_by", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["purchase_id"], ["purchases.id"], name=op.f("fk_konbini_vouchers_purchase_id")
        ),
        sa.PrimaryKeyConstraint("purchase_id", name=op.f("pk_konbini_vouchers")),
    )
    op.create_index("ix_konbini_vouchers_pay_by", "konbini_vouchers", ["pay_by"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON konbini_vouchers TO hitotoki_app")
