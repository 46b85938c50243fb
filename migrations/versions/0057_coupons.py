"""Coupons, and who used them."""

from pathlib import Path

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0057_coupons.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
