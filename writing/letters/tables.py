"""Letters: what a cast asks for an answer, what was sent, and what was written in it."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from writing.ground.words import longest_kept

LETTER_STATES = ("sent", "answered", "expired", "stopped")
LETTER_PARTS = ("letter", "answer", "back", "back_answer")
LETTER_SIDES = ("caller", "cast")
# Characters, as people count them.
MOST_LETTER, MOST_ANSWER = 1000, 4000
LEAST_POINTS, MOST_POINTS = 100, 30_000
MOST_HOURS, MOST_AT_ONCE = 720, 50

_LETTER = f"length(text) <= {longest_kept(MOST_LETTER)}"
_ANSWER = f"length(text) <= {longest_kept(MOST_ANSWER)}"

# What a cast who takes letters asks for an answer, how soon they usually give it, and how many may
# wait for one at once.
letter_offers = sa.Table(
    "letter_offers",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("accepts", sa.Boolean, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("usual_hours", sa.SmallInteger, nullable=False),
    sa.Column("most_open", sa.SmallInteger, nullable=False),
    sa.Column("takes_tab", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(f"points BETWEEN {LEAST_POINTS} AND {MOST_POINTS}", name="points_bounds"),
    sa.CheckConstraint(f"usual_hours BETWEEN 1 AND {MOST_HOURS}", name="usual_hours_bounds"),
    sa.CheckConstraint(f"most_open BETWEEN 1 AND {MOST_AT_ONCE}", name="most_open_bounds"),
)

# One letter: its price and the cast's share of it are those of the moment in which it was sent. The
# same `press` of one caller is one letter. `seen_at`: its caller has looked at what came last.
letters = sa.Table(
    "letters",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("share", sa.BigInteger, nullable=False),
    sa.Column("hold_id", sa.BigInteger, sa.ForeignKey("holds.id"), unique=True, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="sent"),
    sa.Column("sent_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("due_at", MOMENT, nullable=False),
    # When it was answered, expired or was stopped.
    sa.Column("ended_at", MOMENT, nullable=True),
    # Whose going ended it, where it was stopped.
    sa.Column("stopped_for", sa.Text, nullable=True),
    sa.Column("seen_at", MOMENT, nullable=True),
    # Until when one may ask back, once; when that was done, and answered.
    sa.Column("back_until", MOMENT, nullable=True),
    sa.Column("asked_back_at", MOMENT, nullable=True),
    sa.Column("answered_back_at", MOMENT, nullable=True),
    sa.UniqueConstraint("caller_id", "press", name="uq_letters_press"),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("length(press) BETWEEN 8 AND 64", name="press_length"),
    sa.CheckConstraint("points > 0 AND share BETWEEN 0 AND points", name="share_within_points"),
    sa.CheckConstraint(one_of("state", LETTER_STATES), name="state_known"),
    sa.CheckConstraint("(state = 'sent') = (ended_at IS NULL)", name="over_has_its_moment"),
    sa.CheckConstraint(
        one_of("stopped_for", LETTER_SIDES) + " AND state = 'stopped'"
        " OR stopped_for IS NULL AND state <> 'stopped'",
        name="stopped_for_somebody",
    ),
    sa.CheckConstraint(
        "(back_until IS NOT NULL) = (state = 'answered')"
        " AND (asked_back_at IS NULL OR state = 'answered')"
        " AND (answered_back_at IS NULL OR asked_back_at IS NOT NULL)",
        name="back_after_an_answer",
    ),
    # One at a time from one person to another, so that nobody fills a cast's desk alone.
    sa.Index(
        "uq_letters_waiting",
        "caller_id",
        "cast_id",
        unique=True,
        postgresql_where=sa.text("state = 'sent'"),
    ),
    sa.Index("ix_letters_due", "due_at", postgresql_where=sa.text("state = 'sent'")),
    sa.Index("ix_letters_caller", "caller_id", "id"),
    sa.Index("ix_letters_cast", "cast_id", "id"),
    # What wants to be read by a caller, and to be answered by a cast: every page counts it.
    sa.Index(
        "ix_letters_unseen",
        "caller_id",
        postgresql_where=sa.text("state = 'answered' AND seen_at IS NULL"),
    ),
    sa.Index(
        "ix_letters_owed",
        "cast_id",
        postgresql_where=sa.text(
            "state = 'sent' OR asked_back_at IS NOT NULL AND answered_back_at IS NULL"
        ),
    ),
)

# What was written in it, each part once; none is ever changed.
letter_texts = sa.Table(
    "letter_texts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("letter_id", sa.BigInteger, sa.ForeignKey("letters.id"), nullable=False),
    sa.Column("part", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("part", LETTER_PARTS), name="part_known"),
    sa.CheckConstraint("length(text) >= 1", name="text_not_empty"),
    sa.CheckConstraint(
        f"{_ANSWER} AND (part IN ('answer', 'back_answer') OR {_LETTER})", name="text_length"
    ),
    sa.UniqueConstraint("letter_id", "part", name="uq_letter_texts_part"),
    sa.Index("ix_letter_texts_at", "at"),
)

# What a cast has written so far of an answer, for nobody else.
letter_drafts = sa.Table(
    "letter_drafts",
    metadata,
    sa.Column("letter_id", sa.BigInteger, sa.ForeignKey("letters.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("saved_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(_ANSWER, name="text_length"),
)
