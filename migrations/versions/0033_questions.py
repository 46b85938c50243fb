"""Questions between a caller and a cast about a room; a topic of notices; reports of them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    takes: sa.Column[bool] = sa.Column(
        "takes_questions", sa.Boolean(), server_default=sa.text("true"), nullable=False
    )
    op.add_column("rooms", takes)
    made = (SQL / "0033_questions.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
