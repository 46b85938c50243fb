"""People say whether they hide their address from the other side of a talk."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the change."""
    op.add_column("users", sa.Column("hides_address", sa.Boolean(), nullable=True))
