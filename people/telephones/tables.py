"""Numbers of members, the calls that prove them, PINs, casts' four digits, spoken names.

Who reads these tables learns no number: numbers are sealed, with a key that stands elsewhere, and
are recognised by a keyed hash; PINs are argon2 of such a hash.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

PROOF_STATES = ("waiting", "calling", "spoken", "missed", "failed", "proved", "void")
MOST_TRIES = 5
MOST_READING = 20

# The number at which a member is reached. One a member; several may share one.
telephones = sa.Table(
    "telephones",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("mark", sa.LargeBinary, nullable=False),
    # Its last four digits, for its owner's page.
    sa.Column("tail", sa.Text, nullable=False),
    sa.Column("proved_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(sealed) BETWEEN 29 AND 100", name="sealed_bytes"),
    sa.CheckConstraint("length(mark) = 32", name="mark_bytes"),
    sa.CheckConstraint("tail ~ '^[0-9]{4}$'", name="tail_shape"),
    sa.Index("ix_telephones_mark", "mark"),
)

# Every call that was asked for to prove a number, with what it costs at most. `sealed` holds the
# number and the code for as long as the code counts.
telephone_proofs = sa.Table(
    "telephone_proofs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("sealed", sa.LargeBinary, nullable=True),
    sa.Column("mark", sa.LargeBinary, nullable=False),
    sa.Column("tail", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    # What the line takes for the call, in yen; an estimate, known once it is rung.
    sa.Column("cost_yen", sa.Integer, nullable=True),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.CheckConstraint("length(sealed) BETWEEN 29 AND 200", name="sealed_bytes"),
    sa.CheckConstraint("length(mark) = 32", name="mark_bytes"),
    sa.CheckConstraint("tail ~ '^[0-9]{4}$'", name="tail_shape"),
    sa.CheckConstraint(one_of("state", PROOF_STATES), name="state_known"),
    sa.CheckConstraint(f"tries BETWEEN 0 AND {MOST_TRIES}", name="few_tries"),
    sa.CheckConstraint("cost_yen BETWEEN 0 AND 100000", name="cost_bounds"),
    sa.CheckConstraint("expires_at > made_at", name="expires_later"),
    sa.CheckConstraint("state NOT IN ('proved', 'void') OR sealed IS NULL", name="over_is_empty"),
    sa.Index("ix_telephone_proofs_user", "user_id", "made_at"),
    sa.Index("ix_telephone_proofs_mark", "mark", "made_at"),
    sa.Index("ix_telephone_proofs_made", "made_at"),
    sa.Index(
        "uq_telephone_proofs_open",
        "user_id",
        unique=True,
        postgresql_where=sa.text("sealed IS NOT NULL"),
    ),
)

# What a member presses before anything that costs; wrong ones are counted, and lock it for a time.
telephone_pins = sa.Table(
    "telephone_pins",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("pin_hash", sa.Text, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("wrong", sa.SmallInteger, nullable=False, server_default="0"),
    # How often it was locked since it was last right: each time for twice as long.
    sa.Column("locks", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("locked_until", MOMENT, nullable=True),
    # Since it was set, right ones between or not: after so many it is to be set anew.
    sa.Column("wrong_in_all", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("pin_hash LIKE '$argon2id$%'", name="pin_hash_is_argon2"),
    sa.CheckConstraint(
        "wrong >= 0 AND locks >= 0 AND wrong_in_all >= 0", name="counts_not_negative"
    ),
)

# The four digits by which a cast is rung. Given back, they are nobody's for a year.
cast_digits = sa.Table(
    "cast_digits",
    metadata,
    sa.Column("digits", sa.Text, primary_key=True),
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True, unique=True),
    sa.Column("given_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("freed_at", MOMENT, nullable=True),
    sa.CheckConstraint("digits ~ '^[1-9][0-9]{3}$'", name="digits_shape"),
    sa.CheckConstraint("(cast_id IS NULL) = (freed_at IS NOT NULL)", name="freed_or_somebodys"),
)

# How a name is spoken on the telephone. It counts once its owner has heard and confirmed it.
spoken_names = sa.Table(
    "spoken_names",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("reading", sa.Text, nullable=False),
    # Speech in μ-law; null while it is being made.
    sa.Column("sound", sa.LargeBinary, nullable=True),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("confirmed_at", MOMENT, nullable=True),
    sa.CheckConstraint(
        f"length(reading) BETWEEN 1 AND {MOST_READING} AND reading ~ '^[ァ-ヴー]+( [ァ-ヴー]+)*$'",
        name="reading_shape",
    ),
    sa.CheckConstraint("length(sound) BETWEEN 1 AND 200000", name="sound_bytes"),
    sa.CheckConstraint("confirmed_at IS NULL OR sound IS NOT NULL", name="heard_first"),
)
