"""Calls by reservation and application, and points bought by key."""

from pathlib import Path

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0043_promised_calls.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
