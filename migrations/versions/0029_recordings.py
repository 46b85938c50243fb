"""Recordings of talks, which both of its people agreed to; rooms whose cast may ask for them."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.add_column("rooms", sa.Column("recording_since", sa.DateTime(timezone=True), nullable=True))
    made = (SQL / "0029_recordings.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
