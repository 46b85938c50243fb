"""A stand-by whose microphone or camera is lost ends after a while."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column(
        "standbys", sa.Column("devices_lost_at", sa.DateTime(timezone=True), nullable=True)
    )
