"""What is kept for how long: digests of talks, views and alarms that may go, failing devices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
TRIGGERS = """
DROP TRIGGER never_changed ON staff_views;
CREATE TRIGGER never_changed BEFORE UPDATE ON staff_views
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON staff_views
  FOR EACH ROW WHEN (OLD.at > clock_timestamp() - interval '400 days')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON alarms
  FOR EACH ROW WHEN (OLD.seen_at IS NULL) EXECUTE FUNCTION refuse_change();
GRANT DELETE ON staff_views, alarms TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON talk_digests TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "talk_digests",
        sa.Column("talk_id", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("sides", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "jsonb_typeof(sides) = 'object' AND length(sides::text) <= 200000",
            name=op.f("ck_talk_digests_sides_size"),
        ),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_talk_digests_talk_id")),
        sa.PrimaryKeyConstraint("talk_id", name=op.f("pk_talk_digests")),
    )
    op.create_index("ix_talk_digests_ended", "talk_digests", ["ended_at"])
    op.create_index("ix_messages_at", "messages", ["at"])
    for name in ("failing_since", "failed_at"):
        op.add_column("push_subscriptions", sa.Column(name, MOMENT, nullable=True))
    op.create_index(
        "ix_push_subscriptions_failing",
        "push_subscriptions",
        ["failing_since"],
        postgresql_where=sa.text("failing_since IS NOT NULL"),
    )
    op.create_index(
        "ix_payment_events_worded",
        "payment_events",
        ["received_at"],
        postgresql_where=sa.text("handled_at IS NOT NULL AND payload <> '{}'::jsonb"),
    )
    op.execute(TRIGGERS)
