"""A cast's day: pauses, notes about callers, a cast's word to a claim, and the day's summary."""

from pathlib import Path

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"
TOPICS = ("reservations", "questions", "talks", "points", "favourites", "calls", "day")


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0036_day.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
    op.drop_constraint("ck_notification_choices_topic_known", "notification_choices")
    words = ", ".join(f"'{topic}'" for topic in TOPICS)
    op.create_check_constraint(
        op.f("ck_notification_choices_topic_known"),
        "notification_choices",
        f"topic IN ({words})",
    )
