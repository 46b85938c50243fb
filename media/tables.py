"""The media processes of the site, as each of them tells of itself."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

# One row a process; a process that is started again gets another. Times by the database's clock.
media_hosts = sa.Table(
    "media_hosts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    # Where web processes reach it.
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("started_at", MOMENT, nullable=False, server_default=NOW),
    # Its last sign of life, and when a web process last found it gone.
    sa.Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("lost_at", MOMENT, nullable=True),
    # Browsers connected to it, and how many it takes.
    sa.Column("legs", sa.Integer, nullable=False, server_default="0"),
    sa.Column("most_legs", sa.Integer, nullable=False),
    # It is about to stop, and takes no new talks.
    sa.Column("draining", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("url ~ '^wss?://' AND length(url) <= 300", name="url_shape"),
    sa.CheckConstraint("legs >= 0 AND most_legs BETWEEN 2 AND 10000", name="legs_bounds"),
    sa.Index("ix_media_hosts_seen", "seen_at"),
)
