"""What a room offers besides its words: its category, tags and photos; and who may offer what."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

MOST_ROOM_PHOTOS = 5
MOST_TAGS, MOST_TAG = 5, 20

# What staff offer casts to choose from, in the order of `position`. One that is retired stays with
# the rooms that have it, and can't be chosen any more. A `licensed` one asks for a checked licence.
room_categories = sa.Table(
    "room_categories",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("name_ja", sa.Text, nullable=False),
    sa.Column("name_en", sa.Text, nullable=False),
    # The name of a picture in web/client/icons.txt.
    sa.Column("icon", sa.Text, nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("licensed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("retired", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("length(name_ja) BETWEEN 1 AND 20", name="name_ja_length"),
    sa.CheckConstraint("length(name_en) BETWEEN 1 AND 40", name="name_en_length"),
    sa.CheckConstraint("icon ~ '^[a-z0-9-]{1,40}$'", name="icon_is_a_name"),
    sa.UniqueConstraint("name_ja", name="uq_room_categories_name_ja"),
    sa.UniqueConstraint("name_en", name="uq_room_categories_name_en"),
)

# A room's free words, as they are shown.
room_tags = sa.Table(
    "room_tags",
    metadata,
    sa.Column(
        "room_id", sa.BigInteger, sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("position", sa.SmallInteger, primary_key=True),
    sa.Column("tag", sa.Text, nullable=False),
    sa.CheckConstraint(f"position BETWEEN 1 AND {MOST_TAGS}", name="position_bounds"),
    sa.CheckConstraint(f"length(tag) BETWEEN 1 AND {MOST_TAG}", name="tag_length"),
    sa.Index("uq_room_tags_once", "room_id", sa.text("lower(tag)"), unique=True),
)

# Which photos are a room's; the pictures themselves stand in `photos`.
room_photos = sa.Table(
    "room_photos",
    metadata,
    sa.Column(
        "photo_id", sa.BigInteger, sa.ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("room_id", sa.BigInteger, sa.ForeignKey("rooms.id"), nullable=False),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Index("ix_room_photos_room", "room_id", "position"),
)

# Whose licence staff have seen, and for which category. Taking one away deletes its row; who set
# and took it stands among staff's acts.
licences = sa.Table(
    "licences",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("category_id", sa.BigInteger, sa.ForeignKey("room_categories.id"), primary_key=True),
    sa.Column("checked_at", MOMENT, nullable=False, server_default=NOW),
)
