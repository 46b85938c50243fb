"""Turns that lapse send to the end of the list, then home; free time is counted by pairs."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "waiting_turns", sa.Column("lapses", sa.SmallInteger(), server_default="0", nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_waiting_turns_lapses_bounds"), "waiting_turns", "lapses BETWEEN 0 AND 1"
    )
    op.create_table(
        "waiting_misses",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_waiting_misses_room_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_waiting_misses_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "user_id", name=op.f("pk_waiting_misses")),
    )
    op.create_index("ix_waiting_misses_until", "waiting_misses", ["until"])
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON waiting_misses TO hitotoki_app")
    op.create_index("ix_talks_pair", "talks", ["caller_id", "cast_id", "entered_at"])
    _reservations()
    _people()


MOMENT = sa.DateTime(timezone=True)
COLUMNS = (
    "called_off_at",
    "caller_last_at",
    "cast_in_at",
    "cast_early_at",
    "decide_by",
)
STATES = (
    "'kept', 'booked', 'running', 'done', 'caller_missed', 'cast_missed', 'apart', 'cancelled',"
    " 'called_off', 'declined', 'lapsed', 'stopped'"
)
CHECKS = {
    "state_known": f"state IN ({STATES})",
    "begun_is_running_or_done": "(state <> 'running' OR began_at IS NOT NULL)"
    " AND (began_at IS NULL OR state IN ('running', 'done', 'apart', 'caller_missed',"
    " 'cast_missed', 'stopped'))",
    "judged_after_its_end": "(state NOT IN ('done', 'caller_missed', 'cast_missed', 'apart')"
    " OR judged_at IS NOT NULL)"
    " AND (judged_at IS NULL OR state IN ('done', 'caller_missed', 'cast_missed', 'apart',"
    " 'called_off'))"
    " AND (judged_at >= ends_at OR state = 'cast_missed' AND judged_at >= starts_at)",
}
NEW_CHECKS = {
    "called_off_before_it_begins": "(state = 'called_off') = (called_off_at IS NOT NULL)"
    " AND called_off_at < starts_at",
    "decided_where_apart": "decide_by IS NULL OR state = 'apart'",
}


def _reservations() -> None:
    for name in COLUMNS:
        op.add_column("reservations", sa.Column(name, MOMENT, nullable=True))
    # Under the old rule a cast was there who had given a sign after the beginning.
    op.execute("UPDATE reservations SET cast_in_at = cast_last_at WHERE cast_last_at >= starts_at")
    for name in CHECKS:
        op.drop_constraint(f"ck_reservations_{name}", "reservations")
    for name, text in (CHECKS | NEW_CHECKS).items():
        op.create_check_constraint(op.f(f"ck_reservations_{name}"), "reservations", text)
    op.create_index(
        "ix_reservations_called_off",
        "reservations",
        ["ends_at"],
        postgresql_where=sa.text("state = 'called_off' AND judged_at IS NULL"),
    )
    op.create_index(
        "ix_reservations_decide",
        "reservations",
        ["decide_by"],
        postgresql_where=sa.text("decide_by IS NOT NULL"),
    )
    op.execute(f"GRANT UPDATE ({', '.join(COLUMNS)}, cancel_until) ON reservations TO hitotoki_app")


def _people() -> None:
    op.execute((SQL / "0019_reserved_people.sql").read_text("utf-8"))
