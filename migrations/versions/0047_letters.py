"""Letters; claims, reports and lines of bills about them; a topic of notices."""

from pathlib import Path

from alembic import op

revision = "0047"
down_revision = "0045"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0047_letters.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
