"""The operator's own texts in versions, agreements to them, and words around every mail."""

from pathlib import Path

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0055_site_texts.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
