"""Second factors, and the steps of signing in that wait for one.

Who reads these tables can prove nothing with them: keys of authenticator apps are sealed with a key
that stands elsewhere, recovery codes are hashes, of a passkey only the public part is here, and
traces are keyed hashes.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

PURPOSES = ("second", "passkey", "new_passkey")
MOST_TRIES = 5
NAME_CHARACTERS = 40
TRACE_KINDS = ("device", "address")

# The key that an authenticator app shares with the site. It counts once a code has confirmed it.
totp_keys = sa.Table(
    "totp_keys",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    # Nonce, key and tag of AES-GCM.
    sa.Column("secret", sa.LargeBinary, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("confirmed_at", MOMENT, nullable=True),
    # The last step of 30 seconds whose code was used: none of it or before is good again.
    sa.Column("last_step", sa.BigInteger, nullable=True),
    # Wrong codes since a moment.
    sa.Column("wrong", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("wrong_since", MOMENT, nullable=True),
    sa.CheckConstraint("length(secret) = 48", name="secret_is_sealed"),
    sa.CheckConstraint("wrong >= 0", name="wrong_not_negative"),
)

passkeys = sa.Table(
    "passkeys",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("credential_id", sa.LargeBinary, nullable=False, unique=True),
    sa.Column("public_key", sa.LargeBinary, nullable=False),
    # How often its authenticator says that it was used; zero for those that don't count.
    sa.Column("sign_count", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("used_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(credential_id) BETWEEN 1 AND 1023", name="credential_id_length"),
    sa.CheckConstraint("length(public_key) BETWEEN 1 AND 2000", name="public_key_length"),
    sa.CheckConstraint("sign_count >= 0", name="sign_count_not_negative"),
    sa.CheckConstraint(f"length(name) BETWEEN 1 AND {NAME_CHARACTERS}", name="name_length"),
    sa.Index("ix_passkeys_user", "user_id", "id"),
)

# Codes for who has lost everything else. A used one is deleted.
recovery_codes = sa.Table(
    "recovery_codes",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    # SHA-256 of a code of 80 random bits, which nobody can find by trying.
    sa.Column("code_hash", sa.LargeBinary, primary_key=True),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(code_hash) = 32", name="code_hash_is_sha256"),
)

# What a browser has begun: the second step after the right password, or a passkey's challenge. It
# is the browser's own (SHA-256 of its secret), short-lived, and used once.
sign_in_steps = sa.Table(
    "sign_in_steps",
    metadata,
    sa.Column("browser_hash", sa.LargeBinary, primary_key=True),
    sa.Column("purpose", sa.Text, primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=True
    ),
    sa.Column("challenge", sa.LargeBinary, nullable=True),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.CheckConstraint("length(browser_hash) = 32", name="browser_hash_is_sha256"),
    sa.CheckConstraint(one_of("purpose", PURPOSES), name="purpose_known"),
    sa.CheckConstraint("(purpose = 'passkey') = (user_id IS NULL)", name="whose"),
    sa.CheckConstraint(
        "(purpose = 'second') = (challenge IS NULL) AND length(challenge) = 64",
        name="challenge_of_passkeys",
    ),
    sa.CheckConstraint(f"tries BETWEEN 0 AND {MOST_TRIES}", name="few_tries"),
    sa.Index("ix_sign_in_steps_expiry", "expires_at"),
    sa.Index("ix_sign_in_steps_user", "user_id"),
)

# Where an account was used: keyed hashes of addresses and of browsers' own tokens, by day. They
# tell who may be one person; a rating of one's own room by a second account doesn't count.
traces = sa.Table(
    "traces",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("mark", sa.LargeBinary, primary_key=True),
    # In UTC.
    sa.Column("day", sa.Date, primary_key=True),
    sa.CheckConstraint(one_of("kind", TRACE_KINDS), name="kind_known"),
    sa.CheckConstraint("length(mark) = 32", name="mark_is_sha256"),
    sa.Index("ix_traces_day", "day"),
    sa.Index("ix_traces_mark", "mark", "day"),
)
