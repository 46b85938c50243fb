"""The board, who answers there with a mark, and numbers for help."""

from pathlib import Path

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0048_board.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
