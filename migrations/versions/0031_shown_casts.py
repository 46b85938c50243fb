"""Identities that are checked, languages that casts speak, short addresses of rooms."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    languages = sa.Column("languages", ARRAY(sa.Text()), server_default="{}", nullable=False)
    op.add_column("profiles", languages)
    op.add_column("rooms", sa.Column("short_code", sa.Text(), nullable=True))
    made = (SQL / "0031_shown_casts.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
