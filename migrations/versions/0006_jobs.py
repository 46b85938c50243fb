"""Jobs: procrastinate's tables, mails that are HTML as well, and no table of last runs any more."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"


def upgrade() -> None:
    """Apply the change. Mails that wait get their jobs from the timetable's `post_strays`."""
    op.add_column("mails", sa.Column("html", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("ck_mails_html_length"), "mails", "length(html) BETWEEN 1 AND 20000"
    )
    op.create_index(
        "ix_mails_dead",
        "mails",
        ["id"],
        postgresql_where=sa.text("sent_at IS NULL AND next_try_at IS NULL"),
    )
    op.drop_table("timetable_runs")
    for name in ("0006_jobs.sql", "0006_rights.sql"):
        # The driver reads a percent sign as the beginning of a parameter.
        op.get_bind().exec_driver_sql((SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
