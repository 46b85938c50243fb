"""What is kept for payments beside the purchases: who pays with which card, and how to charge.

Nothing here is money. The card itself stays with the payment provider.
"""

import sqlalchemy as sa

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
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint("length(customer) BETWEEN 1 AND 200", name="customer_length"),
    sa.CheckConstraint("length(card) BETWEEN 1 AND 200", name="card_length"),
    sa.CheckConstraint("length(card_brand) BETWEEN 1 AND 40", name="card_brand_length"),
    sa.CheckConstraint("card_last4 ~ '^[0-9]{4}$'", name="card_last4_digits"),
    sa.CheckConstraint(
        "num_nonnulls(card, card_brand, card_last4) IN (0, 3)", name="card_is_whole"
    ),
)

# How a purchase is to be charged. Written with the purchase and never changed: the same question
# to the provider, under the same key, is then the same to the letter, however often it is asked.
checkouts = sa.Table(
    "checkouts",
    metadata,
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), primary_key=True),
    sa.Column("saved_card", sa.Text, nullable=True),
    sa.Column("save_card", sa.Boolean, nullable=False),
    sa.CheckConstraint("length(saved_card) BETWEEN 1 AND 200", name="saved_card_length"),
    sa.CheckConstraint("saved_card IS NULL OR NOT save_card", name="saved_or_to_save"),
)
