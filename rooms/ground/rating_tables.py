"""Ratings of casts by their callers, and of callers by casts, each of one talk."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

# By what somebody is linked to the person whom they rate.
LINKS = ("card", "account", "device", "address")
# For what staff may hide what was written; being low is none of them.
HIDING_REASONS = ("contact", "insult", "other_person", "other_matter", "threat")
# For these it is no rating at all: its stars don't count either.
VOID_REASONS = ("other_matter", "threat")

_COUNTS = "linked_by IS NULL AND coalesce(hidden_for NOT IN ('other_matter', 'threat'), true)"

# What a caller says of a cast: once a talk, and of a reservation once for all of its talks.
ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), primary_key=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("stars", sa.SmallInteger, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("rated_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("changed_at", MOMENT, nullable=True),
    # Its writer is not told; it counts for nothing and stands in no list but the staff's.
    sa.Column("linked_by", sa.Text, nullable=True),
    sa.Column("answer", sa.Text, nullable=True),
    sa.Column("answered_at", MOMENT, nullable=True),
    # Words that staff took out of sight, for a reason that both people read.
    sa.Column("hidden_for", sa.Text, nullable=True),
    sa.Column("hidden_words", sa.Text, nullable=True),
    sa.Column("hidden_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("hidden_at", MOMENT, nullable=True),
    sa.Column("counts", sa.Boolean, sa.Computed(_COUNTS, persisted=True), nullable=False),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("stars BETWEEN 1 AND 5", name="stars_bounds"),
    sa.CheckConstraint("length(text) <= 400", name="text_length"),
    sa.CheckConstraint(one_of("linked_by", LINKS), name="link_known"),
    sa.CheckConstraint("length(answer) BETWEEN 1 AND 400", name="answer_length"),
    sa.CheckConstraint("(answer IS NULL) = (answered_at IS NULL)", name="answered_at_a_moment"),
    sa.CheckConstraint(one_of("hidden_for", HIDING_REASONS), name="hidden_for_a_named_reason"),
    sa.CheckConstraint("length(hidden_words) BETWEEN 1 AND 500", name="hidden_words_length"),
    sa.CheckConstraint(
        "(hidden_for IS NULL) = (hidden_at IS NULL) AND (hidden_for IS NULL) = (hidden_by IS NULL)"
        " AND (hidden_for IS NULL) = (hidden_words IS NULL)",
        name="hidden_by_somebody",
    ),
    sa.Index("ix_ratings_cast", "cast_id", "rated_at"),
    sa.Index("ix_ratings_caller", "caller_id"),
    sa.Index("ix_ratings_at", "rated_at"),
    sa.Index("ix_ratings_hidden", "rated_at", postgresql_where=sa.text("hidden_at IS NOT NULL")),
    sa.Index("ix_ratings_linked", "rated_at", postgresql_where=sa.text("linked_by IS NOT NULL")),
)

_RATED = "one + two + three + four + five"
_MEAN = (
    "CASE WHEN one + two + three + four + five > 0"
    " THEN (one + 2 * two + 3 * three + 4 * four + 5 * five)::double precision"
    " / (one + two + three + four + five) END"
)

# What a cast's ratings that count come to: how often each number of stars, and by what they are
# sorted (`rooms.ratings.means`). Written with every change, so that a list adds nothing up.
rating_means = sa.Table(
    "rating_means",
    metadata,
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    *(
        sa.Column(name, sa.Integer, nullable=False)
        for name in ("one", "two", "three", "four", "five")
    ),
    sa.Column("rated", sa.Integer, sa.Computed(_RATED, persisted=True), nullable=False),
    sa.Column("mean", sa.Double, sa.Computed(_MEAN, persisted=True), nullable=True),
    sa.Column("sorting_mean", sa.Double, nullable=False),
    sa.CheckConstraint(
        "one >= 0 AND two >= 0 AND three >= 0 AND four >= 0 AND five >= 0", name="not_negative"
    ),
    sa.CheckConstraint("sorting_mean BETWEEN 1 AND 5", name="sorting_mean_bounds"),
    sa.Index("ix_rating_means_sorting", "sorting_mean"),
)

# What a cast says of a caller, for those who come after: only the sum is shown, the words are for
# staff.
caller_ratings = sa.Table(
    "caller_ratings",
    metadata,
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), primary_key=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("good", sa.Boolean, nullable=False),
    sa.Column("words", sa.Text, nullable=False, server_default=""),
    sa.Column("rated_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("changed_at", MOMENT, nullable=True),
    sa.Column("linked_by", sa.Text, nullable=True),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("length(words) <= 200", name="words_length"),
    sa.CheckConstraint(one_of("linked_by", LINKS), name="link_known"),
    sa.Index(
        "ix_caller_ratings_caller",
        "caller_id",
        postgresql_include=["good"],
        postgresql_where=sa.text("linked_by IS NULL"),
    ),
    sa.Index("ix_caller_ratings_cast", "cast_id"),
    sa.Index("ix_caller_ratings_worded", "rated_at", postgresql_where=sa.text("words <> ''")),
)
