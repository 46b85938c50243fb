"""Alarms are told in their reader's language: the text and what it speaks of stand apart."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "alarms",
        sa.Column("details", JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
    )
