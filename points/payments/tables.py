"""What is kept for payments beside the purchases: who pays with which card, and how to charge.

Nothing here is money. The card itself stays with the payment provider.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

PROVIDERS = ("stripe", "demo")

# A member as the provider knows them, with the card they let it keep, if any.
payers = sa.Table(
    "payers",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("customer", sa.Text, nullable=False, unique=True),
    sa.Column("card", sa.Text, nullable=True),
    sa.Column("card_brand", sa.Text, nullable=True),
    sa.Column("card_last4", sa.Text, nullable=True),
    # The provider's fingerprint of the card: the same for every member who saves it.
    sa.Column("card_mark", sa.Text, nullable=True),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint("length(card) BETWEEN 1 AND 200", name="card_length"),
    sa.CheckConstraint("length(card_brand) BETWEEN 1 AND 40", name="card_brand_length"),
    sa.CheckConstraint("card_last4 ~ '^[0-9]{4}$'", name="card_last4_digits"),
    sa.CheckConstraint(
        "num_nonnulls(card, card_brand, card_last4) IN (0, 3)", name="card_is_whole"
    ),
    sa.CheckConstraint(
        "card_mark IS NULL OR card IS NOT NULL AND length(card_mark) BETWEEN 1 AND 200",
        name="card_mark_of_a_card",
    ),
    sa.Index("ix_payers_card_mark", "card_mark"),
)

# Until when an order can be paid at a convenience store, as the provider told it.
vouchers = sa.Table(
    "konbini_vouchers",
    metadata,
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), primary_key=True),
    sa.Column("pay_by", MOMENT, nullable=False),
    sa.Index("ix_konbini_vouchers_pay_by", "pay_by"),
)

# How a purchase is to be charged. Written with the purchase: the same question to the provider,
# under the same key, is then the same to the letter, however often it is asked. Where the provider
# refuses a part of it, that part changes together with the number of the `attempt`, which is in the
# key. `back` and `need` say where the buyer came from, and how many points they need there.
# `absent`: nobody is there who could answer their bank.
checkouts = sa.Table(
    "checkouts",
    metadata,
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), primary_key=True),
    sa.Column("saved_card", sa.Text, nullable=True),
    sa.Column("save_card", sa.Boolean, nullable=False),
    sa.Column("methods", ARRAY(sa.Text), nullable=False),
    sa.Column("customer", sa.Text, nullable=True),
    sa.Column("site", sa.Text, nullable=True),
    sa.Column("attempt", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("absent", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("back", sa.Text, nullable=True),
    sa.Column("need", sa.BigInteger, nullable=True),
    sa.CheckConstraint("length(saved_card) BETWEEN 1 AND 200", name="saved_card_length"),
    sa.CheckConstraint("saved_card IS NULL OR NOT save_card", name="saved_or_to_save"),
    sa.CheckConstraint("cardinality(methods) BETWEEN 1 AND 10", name="methods_bounds"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint("length(site) BETWEEN 1 AND 300", name="site_length"),
    sa.CheckConstraint("attempt BETWEEN 0 AND 9", name="attempt_bounds"),
    sa.CheckConstraint(r"back ~ '^/[^/\\]' AND length(back) <= 300", name="back_is_of_the_site"),
    sa.CheckConstraint("need BETWEEN 1 AND 10000000", name="need_bounds"),
)
