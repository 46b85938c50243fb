"""Evidence from both ends, kinds apart; light, contradictions, frozen pictures; the clock's watch."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
MOMENTS = (
    "pair_at", "pair_begun_at", "pair_flow_at", "flow_at", "caller_told_at", "cast_told_at", "caller_came_at",
    "cast_came_at", "caller_report_at", "cast_report_at", "caller_frame_at", "cast_frame_at",
    "caller_camera_at", "cast_camera_at", "frozen_at", "disagree_to", "dark_at", "lit_at",
    "lapse_at", "renewed_at",
)  # fmt: skip
END_REASONS = (
    "'caller_left', 'cast_left', 'points_exhausted', 'spend_cap', 'reservation_over',"
    " 'connection_lost', 'never_connected', 'stopped_by_staff', 'reports_disagree'"
)
STOPS = "'caller_lost', 'cast_lost', 'both_lost', 'no_media', 'reconnecting', 'disagree', 'frozen'"
RIGHTS = "GRANT SELECT, INSERT, UPDATE ON clock_watch TO hitotoki_app"


def upgrade() -> None:
    """Apply the change."""
    _talks()
    _reasons()
    _beats()
    _clock_watch()


def _talks() -> None:
    for name in MOMENTS:
        op.add_column("talks", sa.Column(name, MOMENT, nullable=True))
    for name in ("caller_pair", "cast_pair"):
        op.add_column("talks", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    for name in ("caller_by_voice", "cast_by_voice"):
        op.add_column("talks", sa.Column(name, sa.Boolean(), nullable=True))
    for name in ("dark", "pair_lights"):
        op.add_column(
            "talks", sa.Column(name, sa.Boolean(), server_default=sa.true(), nullable=False)
        )
    for name in ("interrupted_ms", "disagree_ms", "unproved_ms"):
        op.add_column("talks", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("talks", sa.Column("stopped_by", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_talks_sums_not_negative"),
        "talks",
        "interrupted_ms >= 0 AND disagree_ms >= 0 AND unproved_ms >= 0",
    )
    op.create_index(
        "ix_talks_disagreed",
        "talks",
        ["ended_at"],
        postgresql_where=sa.text("end_reason = 'reports_disagree'"),
    )
    # A talk that is running while the site is brought up to date is bright.
    op.execute("UPDATE talks SET dark = false WHERE state = 'talking'")


def _reasons() -> None:
    for table, name, condition in (
        ("talks", "reason_known", f"end_reason IN ({END_REASONS})"),
        ("talk_spans", "reason_known", f"reason IN ({STOPS})"),
    ):
        op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, condition)
    op.create_check_constraint(op.f("ck_talks_stop_known"), "talks", f"stopped_by IN ({STOPS})")


def _beats() -> None:
    # What older beats counted of both kinds together stays as their only figure.
    op.alter_column("beats", "bytes", new_column_name="audio_received", nullable=True)
    for kind in ("audio", "video"):
        for name, type_ in (
            ("received", sa.BigInteger()),
            ("ago_ms", sa.Integer()),
            ("sent", sa.BigInteger()),
            ("report_ms", sa.Integer()),
            ("on", sa.Boolean()),
        ):
            if (kind, name) != ("audio", "received"):
                op.add_column("beats", sa.Column(f"{kind}_{name}", type_, nullable=True))


def _clock_watch() -> None:
    op.create_table(
        "clock_watch",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("ticked_at", MOMENT, nullable=False),
        sa.Column("stepped_at", MOMENT, nullable=True),
        sa.Column("off_ms", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_watch")),
        sa.CheckConstraint("id = 1", name=op.f("ck_clock_watch_one_row")),
    )
    op.execute(RIGHTS)
