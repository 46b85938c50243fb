"""Talk applications; rooms say whether they take them."""

from pathlib import Path

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"
# What was asked and answered is settled; the words go when who wrote them does.
GRANTS = """
REVOKE ALL ON talk_applications FROM hitotoki_app;
GRANT SELECT, INSERT, DELETE ON talk_applications TO hitotoki_app;
GRANT UPDATE (words, state, due_at, accepted_at, rung_at, stood_by_in, ended_at, reply, talk_id,
  asked_again_at) ON talk_applications TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    made = (SQL / "0034_talk_applications.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(made.replace("%", "%%"))
    op.execute(GRANTS)
