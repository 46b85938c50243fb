"""What somebody has entered to become a member, and the links that were mailed to people.

Who reads these tables can do nothing with them: of tokens only the SHA-256 stands here.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from foundation.mail_addresses import ADDRESS
from people.accounts.tables import LOCALES, NICKNAME_CODE_POINTS, NICKNAME_PLAIN

PURPOSES = ("confirm", "reset", "email")
# Nobody alive was born before.
EARLIEST_BIRTHDAY = "1900-01-01"
AFTER_CHARACTERS = 200
# A mail is tried at most so often in a day, each time with a token of its own.
MOST_EARLIER = 24

# A form that was filled in and is not sent yet. It lies here, not in the page that asks whether
# all is right: a password must not stand in a page.
registrations = sa.Table(
    "registrations",
    metadata,
    # SHA-256 of the token to which the visitor's browser's forms are bound.
    sa.Column("browser_hash", sa.LargeBinary, primary_key=True),
    sa.Column("nickname", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("birthday", sa.Date, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    # The page of this site that the visitor was on the way to.
    sa.Column("after", sa.Text, nullable=False, server_default="/"),
    sa.Column("agreed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("expires_at", MOMENT, nullable=False),
    # When it became an account. It stays for its hour, so that a second press is no surprise.
    sa.Column("sent_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(browser_hash) = 32", name="browser_hash_is_sha256"),
    sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
    sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
    sa.CheckConstraint(f"email ~ '{ADDRESS}'", name="email_shape"),
    sa.CheckConstraint(
        f"length(nickname) BETWEEN 1 AND {NICKNAME_CODE_POINTS}", name="nickname_length"
    ),
    sa.CheckConstraint(NICKNAME_PLAIN, name="nickname_plain"),
    sa.CheckConstraint("length(password_hash) BETWEEN 20 AND 300", name="password_hash_length"),
    sa.CheckConstraint("password_hash ~ '^[$]argon2id[$]'", name="password_is_argon2id"),
    sa.CheckConstraint(f"birthday >= '{EARLIEST_BIRTHDAY}'", name="birthday_plausible"),
    sa.CheckConstraint(one_of("locale", LOCALES), name="locale_known"),
    sa.CheckConstraint(
        f"after ~ '^/' AND length(after) <= {AFTER_CHARACTERS}", name="after_is_a_path"
    ),
    sa.CheckConstraint("expires_at > agreed_at", name="expires_later"),
    sa.Index("ix_registrations_expiry", "expires_at"),
)

# A link that proves to whoever opens it that they read a mail. It is good once, and the row goes.
mailed_links = sa.Table(
    "mailed_links",
    metadata,
    sa.Column("token_hash", sa.LargeBinary, primary_key=True),
    # Those of earlier tries of the same mail, which may have arrived all the same.
    sa.Column("earlier", ARRAY(sa.LargeBinary), nullable=False, server_default="{}"),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("purpose", sa.Text, nullable=False),
    # Where it went: the account's address, or the one that the account is to have.
    sa.Column("email", sa.Text, nullable=False),
    # The mail that carries it. Its token is made when the mail leaves the house.
    sa.Column(
        "mail_id", sa.BigInteger, sa.ForeignKey("mails.id", ondelete="SET NULL"), nullable=True
    ),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("expires_at", MOMENT, nullable=False),
    # Of one kind the latest is good.
    sa.UniqueConstraint("user_id", "purpose", name="uq_mailed_links_user"),
    sa.CheckConstraint("length(token_hash) = 32", name="token_hash_is_sha256"),
    sa.CheckConstraint(f"cardinality(earlier) <= {MOST_EARLIER}", name="earlier_number"),
    sa.CheckConstraint(one_of("purpose", PURPOSES), name="purpose_known"),
    sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
    sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
    sa.CheckConstraint("expires_at > made_at", name="expires_later"),
    sa.Index("ix_mailed_links_earlier", "earlier", postgresql_using="gin"),
    sa.Index("ix_mailed_links_mail", "mail_id"),
    sa.Index("ix_mailed_links_expiry", "expires_at"),
)
