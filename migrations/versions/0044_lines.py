"""What the line failed and what was busy has a name; wrong PINs are counted as long as one lasts."""

from pathlib import Path

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.get_bind().exec_driver_sql((SQL / "0044_lines.sql").read_text(encoding="utf-8"))
