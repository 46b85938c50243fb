"""The tables of accounts. Whatever a rule forbids, the tables forbid as well."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from foundation.mail_addresses import ADDRESS

LOCALES = ("ja", "en")
STAFF_ROLES = ("support", "finance", "administrator")

# What no name may hold: control characters, and the invisible ones with which one name can pass
# for another (zero-width, directional overrides, blank letters). The joiners and selectors of which
# emoji are made can't stand at its beginning. Regular expressions of PostgreSQL read these escapes.
UNSEEN = (
    r"\u0001-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    r"\u200e\u200f\u2028-\u202f\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb"
    r"\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U0010ffff"
)
HANGING = r"\u0300-\u036f\u200c\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U000e0020-\U000e01ef"
NICKNAME_PLAIN = rf"nickname !~ '^\s|\s$|^[{HANGING}]|[{UNSEEN}]'"
# Twenty characters as people count them, of which some are written with several.
NICKNAME_CODE_POINTS = 60

users = sa.Table(
    "users",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("email", sa.Text, nullable=False, unique=True),
    sa.Column("nickname", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("is_cast", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("staff_role", sa.Text, nullable=True),
    sa.Column(
        "is_staff",
        sa.Boolean,
        sa.Computed("staff_role IS NOT NULL", persisted=True),
        nullable=False,
    ),
    # When the owner proved to be reachable. Null: may sign in, may not enter a room.
    sa.Column("confirmed_at", MOMENT, nullable=True),
    sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
    sa.Column("time_zone", sa.Text, nullable=False, server_default="Asia/Tokyo"),
    sa.Column("portrait", sa.Text, nullable=True),
    # Whether the other side of a talk shall not learn the address. Null: as the site suggests.
    sa.Column("hides_address", sa.Boolean, nullable=True),
    sa.Column("is_demo", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    # Eight digits that tell neither how many members there are nor who came when: the multiplier
    # and the modulus have no common divisor, so no two of 89,999,999 are alike.
    sa.Column(
        "member_number",
        sa.BigInteger,
        sa.Computed("10000000 + id * 38261843 % 89999999", persisted=True),
        nullable=False,
        unique=True,
    ),
    sa.Column("birthday", sa.Date, nullable=True),
    # When the terms and the privacy policy were agreed to.
    sa.Column("agreed_at", MOMENT, nullable=True),
    sa.Column("suspended_until", MOMENT, nullable=True),
    sa.Column("banned_at", MOMENT, nullable=True),
    # Who has withdrawn is a row without a person, to which the books still refer.
    sa.Column("withdrawn_at", MOMENT, nullable=True),
    sa.CheckConstraint(one_of("staff_role", STAFF_ROLES), name="staff_role_known"),
    sa.CheckConstraint(
        "withdrawn_at IS NULL OR (confirmed_at IS NULL AND birthday IS NULL AND staff_role IS NULL"
        " AND portrait IS NULL AND NOT is_cast)",
        name="withdrawn_is_nobody",
    ),
    sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
    sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
    sa.CheckConstraint(f"email ~ '{ADDRESS}'", name="email_shape"),
    sa.CheckConstraint(
        f"length(nickname) BETWEEN 1 AND {NICKNAME_CODE_POINTS}", name="nickname_length"
    ),
    sa.CheckConstraint(NICKNAME_PLAIN, name="nickname_plain"),
    sa.CheckConstraint("length(password_hash) BETWEEN 20 AND 300", name="password_hash_length"),
    sa.CheckConstraint("password_hash ~ '^[$]argon2id[$]'", name="password_is_argon2id"),
    sa.CheckConstraint(one_of("locale", LOCALES), name="locale_known"),
    sa.CheckConstraint("length(time_zone) BETWEEN 1 AND 64", name="time_zone_length"),
    sa.CheckConstraint("length(portrait) BETWEEN 1 AND 200", name="portrait_length"),
    sa.Index("ix_users_casts", "id", postgresql_where=sa.text("is_cast")),
)

sessions = sa.Table(
    "sessions",
    metadata,
    # SHA-256 of the token: who reads this table can open no session with it.
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("expires_at", MOMENT, nullable=False),
    # By which its owner's list of devices names it.
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
    # What the browser says it is, in a word each: "Chrome", "Android".
    sa.Column("browser", sa.Text, nullable=True),
    sa.Column("system", sa.Text, nullable=True),
    # When its owner proved a second factor, or signed in by passkey. Null: by password alone.
    sa.Column("proved_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(token_hash) = 32", name="token_hash_is_sha256"),
    sa.CheckConstraint("expires_at > created_at", name="expires_later"),
    sa.CheckConstraint("length(browser) BETWEEN 1 AND 30", name="browser_length"),
    sa.CheckConstraint("length(system) BETWEEN 1 AND 30", name="system_length"),
    sa.Index("ix_sessions_user", "user_id", "seen_at"),
    sa.Index("ix_sessions_expiry", "expires_at"),
)

blocks = sa.Table(
    "blocks",
    metadata,
    sa.Column(
        "blocker_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "blocked_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("blocker_id <> blocked_id", name="not_oneself"),
    # The primary key answers "whom do I block", this one "who blocks me".
    sa.Index("ix_blocks_blocked", "blocked_id"),
)

# Whom a user likes to talk with. Only the user knows.
favourites = sa.Table(
    "favourites",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "cast_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    # Whether the user wants to be told when the cast comes online, and when that last happened.
    sa.Column("tells", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("told_at", MOMENT, nullable=True),
    sa.CheckConstraint("user_id <> cast_id", name="not_oneself"),
    sa.Index("ix_favourites_user", "user_id", "made_at"),
    sa.Index("ix_favourites_tells", "cast_id", postgresql_where=sa.text("tells")),
)

# Who may read a user's calendar feed: whoever has the token, of which only the SHA-256 stands here.
calendar_feeds = sa.Table(
    "calendar_feeds",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("token_hash", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(token_hash) = 32", name="token_hash_is_sha256"),
)
