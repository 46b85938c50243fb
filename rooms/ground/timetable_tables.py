"""What differs from the weekly hours of a room."""

import sqlalchemy as sa

from foundation.columns import one_of
from foundation.database import metadata

CHANGE_KINDS = ("off", "extra")

# What differs from the weekly hours on one day (site's time zone): its hours don't count, or there
# is a further stretch.
hour_exceptions = sa.Table(
    "hour_exceptions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("starts", sa.Time, nullable=True),
    sa.Column("ends", sa.Time, nullable=True),
    sa.CheckConstraint(one_of("kind", CHANGE_KINDS), name="kind_known"),
    sa.CheckConstraint(
        "(kind = 'extra') = (starts IS NOT NULL) AND (starts IS NULL) = (ends IS NULL)",
        name="extra_has_its_time",
    ),
    sa.CheckConstraint("starts <> ends", name="not_empty"),
    sa.Index(
        "uq_hour_exceptions_off",
        "room_id",
        "day",
        unique=True,
        postgresql_where=sa.text("kind = 'off'"),
    ),
    sa.Index(
        "uq_hour_exceptions_extra",
        "room_id",
        "day",
        "starts",
        unique=True,
        postgresql_where=sa.text("kind = 'extra'"),
    ),
)
