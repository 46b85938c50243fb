"""Where a cast is paid, and as whom; the terms they were given; newer lists of banks."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

CATEGORIES = ("none", "individual", "non_resident", "company")
HOLDER_KINDS = ("person", "company")

# What finance staff and the cast say of a cast's payments. No row: nothing was said.
payout_profiles = sa.Table(
    "payout_profiles",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("category", sa.Text, nullable=False, server_default="none"),
    # The cast's own number as an issuer of qualified invoices.
    sa.Column("registration", sa.Text, nullable=True),
    # The name of a company that is paid in a person's place, as it is registered.
    sa.Column("company", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("category", CATEGORIES), name="category_known"),
    sa.CheckConstraint("registration ~ '^T[1-9][0-9]{12}$'", name="registration_shape"),
    sa.CheckConstraint("length(company) BETWEEN 1 AND 100", name="company_length"),
)

# Which number a cast had since when, written by a trigger on `payout_profiles`; null: none now.
registration_days = sa.Table(
    "registration_days",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("registration", sa.Text, nullable=True),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
    sa.Index("ix_registration_days_user", "user_id", "since"),
)

# Every account that a cast named, the latest last. Each counts from `effective_at` until
# `replaced_at`, which may lie ahead; one that was called off counts never. `sealed` holds its words
# (`people.sign_in.seals`), `mark` is a keyed hash by which accounts are compared; both go with the
# person, and after 90 days of one that counts no more.
bank_accounts = sa.Table(
    "bank_accounts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=True),
    sa.Column("mark", sa.LargeBinary, nullable=True),
    sa.Column("bank", sa.Text, nullable=False),
    sa.Column("branch", sa.Text, nullable=False),
    # The last three digits of its number.
    sa.Column("tail", sa.Text, nullable=False),
    sa.Column("holder_kind", sa.Text, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("effective_at", MOMENT, nullable=False),
    sa.Column("replaced_at", MOMENT, nullable=True),
    # After so many payouts that came back from it, its cast said, and when last, that it is right.
    sa.Column("confirmed_rejections", sa.Integer, nullable=False, server_default="0"),
    sa.Column("confirmed_at", MOMENT, nullable=True),
    sa.UniqueConstraint("id", "user_id", name="uq_bank_accounts_id_user"),
    sa.CheckConstraint("length(sealed) BETWEEN 1 AND 2048", name="sealed_bytes"),
    sa.CheckConstraint("length(mark) = 32", name="mark_bytes"),
    sa.CheckConstraint("length(bank) BETWEEN 1 AND 100", name="bank_length"),
    sa.CheckConstraint("length(branch) BETWEEN 1 AND 100", name="branch_length"),
    sa.CheckConstraint("tail ~ '^[0-9]{3}$'", name="tail_shape"),
    sa.CheckConstraint(one_of("holder_kind", HOLDER_KINDS), name="holder_kind_known"),
    sa.CheckConstraint("effective_at >= made_at", name="effective_later"),
    sa.CheckConstraint(
        "confirmed_rejections >= 0 AND (confirmed_rejections > 0) = (confirmed_at IS NOT NULL)",
        name="confirmed_after_rejections",
    ),
    sa.Index("ix_bank_accounts_user", "user_id", "id"),
    sa.Index("ix_bank_accounts_mark", "mark", postgresql_where=sa.text("mark IS NOT NULL")),
)

# A newer list of banks and branches than the one that comes with the product, packed.
bank_lists = sa.Table(
    "bank_lists",
    metadata,
    sa.Column("made_on", sa.Date, primary_key=True),
    sa.Column("packed", sa.LargeBinary, nullable=False),
    sa.Column("stored_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(packed) BETWEEN 100 AND 8388608", name="packed_bytes"),
)

# The terms that a cast was given in writing, word for word as they were.
payout_terms = sa.Table(
    "payout_terms",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("given_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 4000", name="text_length"),
    sa.Index("ix_payout_terms_user", "user_id", "id"),
)
