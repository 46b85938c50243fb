"""Reports, sanctions, what staff looked at, and reservations that end before their time."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
RIGHTS = """
CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON staff_views
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON staff_views
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON sanctions
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON sanctions
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON reports
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON reports
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT ON sanctions, staff_views, reports TO hitotoki_app;
GRANT UPDATE (lifted_by, lifted_at, lifted_why) ON sanctions TO hitotoki_app;
GRANT UPDATE (text, times, state, closed_by, closed_at, words) ON reports TO hitotoki_app;
GRANT UPDATE (stopped_at, stopped_for) ON reservations TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    _reports()
    _sanctions()
    _staff_views()
    _stopped_reservations()
    op.execute(RIGHTS)


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("reporter_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("talk_id", sa.BigInteger(), nullable=True),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("times", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("closed_by", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('harassment', 'obscene', 'outside', 'fraud', 'minor', 'other')",
            name=op.f("ck_reports_kind_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_reports_state_known")),
        sa.CheckConstraint("reporter_id <> subject_id", name=op.f("ck_reports_not_oneself")),
        sa.CheckConstraint(
            "closed_by <> reporter_id AND closed_by <> subject_id",
            name=op.f("ck_reports_closed_by_another"),
        ),
        sa.CheckConstraint("length(text) <= 1504", name=op.f("ck_reports_text_length")),
        sa.CheckConstraint("times BETWEEN 1 AND 3", name=op.f("ck_reports_times_bounds")),
        sa.CheckConstraint("length(words) BETWEEN 1 AND 500", name=op.f("ck_reports_words_length")),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (words IS NULL)",
            name=op.f("ck_reports_closed_by_somebody"),
        ),
        *_to_users("reports", "reporter_id", "subject_id", "closed_by"),
        sa.ForeignKeyConstraint(["talk_id"], ["talks.id"], name=op.f("fk_reports_talk_id")),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_reports_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index(
        "uq_reports_talk",
        "reports",
        ["reporter_id", "talk_id"],
        unique=True,
        postgresql_where=sa.text("talk_id IS NOT NULL"),
    )
    op.create_index(
        "uq_reports_person",
        "reports",
        ["reporter_id", "subject_id"],
        unique=True,
        postgresql_where=sa.text("talk_id IS NULL AND state = 'open'"),
    )
    op.create_index(
        "ix_reports_open", "reports", ["id"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_reports_subject", "reports", ["subject_id", "id"])
    op.create_index("ix_reports_reporter", "reports", ["reporter_id", "created_at"])


def _to_users(table: str, *columns: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{table}_{column}"))
        for column in columns
    ]


def _sanctions() -> None:
    op.create_table(
        "sanctions",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=True),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("lifted_by", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", MOMENT, nullable=True),
        sa.Column("lifted_why", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('warning', 'suspension', 'ban')", name=op.f("ck_sanctions_kind_known")
        ),
        sa.CheckConstraint(
            "made_by <> user_id AND lifted_by <> user_id", name=op.f("ck_sanctions_not_ones_own")
        ),
        sa.CheckConstraint(
            "length(reason) BETWEEN 1 AND 500", name=op.f("ck_sanctions_reason_length")
        ),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 500", name=op.f("ck_sanctions_words_length")
        ),
        sa.CheckConstraint(
            "length(lifted_why) BETWEEN 1 AND 500", name=op.f("ck_sanctions_lifted_why_length")
        ),
        sa.CheckConstraint(
            "(kind = 'suspension') = (until IS NOT NULL) AND until > made_at",
            name=op.f("ck_sanctions_suspended_for_a_time"),
        ),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by IS NULL) AND (lifted_at IS NULL) = (lifted_why IS NULL) AND (lifted_at IS NULL OR kind <> 'warning')",
            name=op.f("ck_sanctions_lifted_by_somebody"),
        ),
        *_to_users("sanctions", "user_id", "made_by", "lifted_by"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_sanctions_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sanctions")),
    )
    op.create_index("ix_sanctions_user", "sanctions", ["user_id", "id"])
    op.create_index(
        "ix_sanctions_report",
        "sanctions",
        ["report_id"],
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_index(
        "uq_sanctions_ban",
        "sanctions",
        ["user_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'ban' AND lifted_at IS NULL"),
    )


def _staff_views() -> None:
    op.create_table(
        "staff_views",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("viewer_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column(
            "at",
            MOMENT,
            server_default=sa.text("date_trunc('minute', clock_timestamp())"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "length(subject) BETWEEN 1 AND 200", name=op.f("ck_staff_views_subject_length")
        ),
        sa.CheckConstraint(
            "at = date_trunc('minute', at, 'UTC')", name=op.f("ck_staff_views_at_is_a_minute")
        ),
        *_to_users("staff_views", "viewer_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_views")),
        sa.UniqueConstraint("viewer_id", "subject", "at", name="uq_staff_views_once_a_minute"),
    )
    op.create_index("ix_staff_views_subject", "staff_views", ["subject", "id"])


def _stopped_reservations() -> None:
    op.add_column("reservations", sa.Column("stopped_at", MOMENT, nullable=True))
    op.add_column("reservations", sa.Column("stopped_for", sa.Text(), nullable=True))
    for name, condition in {
        "state_known": "state IN ('kept', 'booked', 'running', 'done', 'caller_missed', 'cast_missed', 'cancelled', 'declined', 'lapsed', 'stopped')",
        "begun_is_running_or_done": "(state <> 'running' OR began_at IS NOT NULL) AND (began_at IS NULL OR state IN ('running', 'done', 'stopped'))",
    }.items():
        constraint = op.f(f"ck_reservations_{name}")
        op.drop_constraint(constraint, "reservations", type_="check")
        op.create_check_constraint(constraint, "reservations", condition)
    op.create_check_constraint(
        op.f("ck_reservations_stopped_for_a_side"),
        "reservations",
        "(state = 'stopped') = (stopped_at IS NOT NULL) AND (stopped_at IS NULL) = (stopped_for IS NULL) AND stopped_for IN ('caller', 'cast') AND stopped_at < ends_at",
    )
