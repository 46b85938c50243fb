"""What rooms are found by, and what members looked at."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, TSTZMULTIRANGE

from foundation.columns import MOMENT, NOW
from foundation.database import metadata

# What published rooms are filtered and sorted by, a short row each, so that a search looks at this
# table alone. A row stands here from the moment in which a room is public: `keep_room_facts` copies
# at each change what is a room's own; the rest is made by `rooms.finding.index`. No foreign key:
# who deletes a room must never wait here, and a row too many finds nothing.
room_search = sa.Table(
    "room_search",
    metadata,
    sa.Column("room_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("category_id", sa.BigInteger, nullable=True),
    sa.Column("created_at", MOMENT, nullable=False),
    # Until then the cast is shut out, and not found.
    sa.Column("shut_until", MOMENT, nullable=True),
    # Of `openings` the first that wasn't over when this was made; once it is, this is made again.
    sa.Column("opens_at", MOMENT, nullable=True),
    sa.Column("closes_at", MOMENT, nullable=True),
    sa.Column("openings_to", MOMENT, nullable=False, server_default=NOW),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    # How the cast is rated: `mean` where there are enough to be shown.
    sa.Column("mean", sa.Double, nullable=True),
    sa.Column("sorting_mean", sa.Double, nullable=False, server_default=sa.text("3")),
    sa.Column("rate", sa.Integer, nullable=False),
    # Percent of the cast's callers who came again, as far as so few can tell.
    sa.Column("came_again", sa.SmallInteger, nullable=False, server_default=sa.text("30")),
    sa.Column("allows_video", sa.Boolean, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("languages", ARRAY(sa.Text), nullable=False, server_default="{}"),
    # When the timetable has the cast there, up to `openings_to`; reservations are not taken out.
    sa.Column("openings", TSTZMULTIRANGE, nullable=False, server_default="{}"),
    sa.CheckConstraint("came_again BETWEEN 0 AND 100", name="came_again_is_percent"),
    sa.CheckConstraint(
        "closes_at > opens_at AND (opens_at IS NULL) = (closes_at IS NULL)",
        name="opens_then_closes",
    ),
    sa.Index("ix_room_search_cast", "cast_id"),
    sa.Index("ix_room_search_made", "made_at"),
    sa.Index("ix_room_search_opens", "opens_at"),
    sa.Index("ix_room_search_closes", "closes_at"),
)

# The words that they are found by. Whoever writes a row holds that of `room_search`.
room_words = sa.Table(
    "room_words",
    metadata,
    sa.Column("room_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # Title, topic, category, tags and name; those and the text; each with its reading. Then the
    # words' readings, each between blanks.
    sa.Column("head", sa.Text, nullable=False),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("readings", sa.Text, nullable=False),
    # Each letter of `words`, and each two that stand together, as one number.
    sa.Column("grams", ARRAY(sa.Integer), nullable=False),
    sa.Index("ix_room_words_grams", "grams", postgresql_using="gin"),
)

# Rooms of which something has changed since: a row for each change, written by triggers. Rows are
# only added and taken away, so that nobody who changes a room waits for anybody here.
room_search_due = sa.Table(
    "room_search_due",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
)

# The rooms that a member looked at, each once with the last time. Only the member knows.
room_views = sa.Table(
    "room_views",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "room_id", sa.BigInteger, sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("viewed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Index("ix_room_views_user", "user_id", "viewed_at"),
    sa.Index("ix_room_views_room", "room_id"),
)

# Who wants no such history kept.
views_off = sa.Table(
    "views_off",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
)
