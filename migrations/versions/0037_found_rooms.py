"""A search looks at one table: what rooms are filtered and sorted by stands with their words."""

from pathlib import Path

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0037_found_rooms.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
