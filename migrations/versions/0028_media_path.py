"""Talks may go through media processes of the site."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
RIGHTS = """
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON media_hosts TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    op.create_table(
        "media_hosts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("started_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("seen_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("lost_at", MOMENT, nullable=True),
        sa.Column("legs", sa.Integer(), server_default="0", nullable=False),
        sa.Column("most_legs", sa.Integer(), nullable=False),
        sa.Column("draining", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "url ~ '^wss?://' AND length(url) <= 300", name=op.f("ck_media_hosts_url_shape")
        ),
        sa.CheckConstraint(
            "legs >= 0 AND most_legs BETWEEN 2 AND 10000", name=op.f("ck_media_hosts_legs_bounds")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_hosts")),
    )
    op.create_index("ix_media_hosts_seen", "media_hosts", ["seen_at"])
    op.execute(RIGHTS)
    op.add_column(
        "rooms", sa.Column("relayed", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("talks", sa.Column("media_path", sa.Text(), server_default="p2p", nullable=False))
    op.add_column("talks", sa.Column("media_host", sa.BigInteger(), nullable=True))
    op.add_column(
        "talks", sa.Column("wants_relay", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "beats", sa.Column("counted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_talks_media_path_known"), "talks", "media_path IN ('p2p', 'relay')"
    )
    op.create_check_constraint(
        op.f("ck_talks_relay_has_host"),
        "talks",
        "(media_path = 'relay') = (media_host IS NOT NULL)",
    )
    op.create_index(
        "ix_talks_live_media_host",
        "talks",
        ["media_host"],
        postgresql_where=sa.text("ended_at IS NULL AND media_host IS NOT NULL"),
    )
