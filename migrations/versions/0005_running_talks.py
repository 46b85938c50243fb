"""Running talks are found by their state: a charge, which moves `due_at`, touches no index."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_talks_due", "talks")
    running = sa.text("state = 'talking'")
    op.create_index("ix_talks_running", "talks", ["id"], postgresql_where=running)
