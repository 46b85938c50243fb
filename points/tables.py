"""The money tables. What must never happen is forbidden here, not in the code that writes.

Points are integers; 1 point = 1 yen, tax included. Rows of `transfers`, `charges`, `lot_uses`,
`lot_moves`, `charge_returns` and `lot_backs` are written once: triggers and the rights of the
application's role refuse an update or a delete.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

LOT_KINDS = ("paid", "bonus", "granted")
TRANSFER_KINDS = ("grant", "purchase", "bonus", "expiry", "correction")
RETURN_KINDS = ("cut_short", "claim")


# A user's points and earnings, and the site's own accounts, which have no user. Only wallets of
# points keep a balance: it is the lock and the sum of their lots. The others are read from the
# journal, so that no row is hot.
wallets = sa.Table(
    "wallets",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("balance", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("user_id", "kind", name="uq_wallets_user_kind"),
    sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
    sa.CheckConstraint("kind = 'points' OR balance = 0", name="only_points_keep_a_balance"),
    sa.CheckConstraint(
        "(kind IN ('points', 'earnings')) = (user_id IS NOT NULL)"
        " AND kind IN ('points', 'earnings', 'issued', 'fee', 'expired')",
        name="kind_known",
    ),
    sa.Index(
        "uq_wallets_site_kind", "kind", unique=True, postgresql_where=sa.text("user_id IS NULL")
    ),
    postgresql_with={"fillfactor": "50"},
)

transfers = sa.Table(
    "transfers",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("debit_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("credit_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("idempotency_key", sa.Text, nullable=False, unique=True),
    sa.Column("input_hash", sa.LargeBinary, nullable=False),
    sa.Column("reverses", sa.BigInteger, sa.ForeignKey("transfers.id"), unique=True, nullable=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.CheckConstraint("debit_wallet <> credit_wallet", name="two_wallets"),
    sa.CheckConstraint(one_of("kind", TRANSFER_KINDS), name="kind_known"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("length(idempotency_key) BETWEEN 1 AND 200", name="key_length"),
    sa.Index("ix_transfers_debit", "debit_wallet", "id"),
    sa.Index("ix_transfers_credit", "credit_wallet", "id"),
)

lots = sa.Table(
    "lots",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("wallet_id", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("granted", sa.BigInteger, nullable=False),
    sa.Column("remaining", sa.BigInteger, nullable=False),
    # A column of its own, so that burning a part of a lot touches no index.
    sa.Column("closed", sa.Boolean, sa.Computed("remaining = 0", persisted=True), nullable=False),
    sa.Column("expires_at", MOMENT, nullable=False),
    sa.Column("source", sa.BigInteger, sa.ForeignKey("transfers.id"), nullable=False, unique=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("granted > 0", name="granted_positive"),
    sa.CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining_within_granted"),
    sa.CheckConstraint(one_of("kind", LOT_KINDS), name="kind_known"),
    sa.Index(
        "ix_lots_open", "wallet_id", "expires_at", "id", postgresql_where=sa.text("NOT closed")
    ),
    postgresql_with={"fillfactor": "50"},
)

# What a transfer put into a lot (+) or took out of it (−).
lot_moves = sa.Table(
    "lot_moves",
    metadata,
    sa.Column("transfer_id", sa.BigInteger, sa.ForeignKey("transfers.id"), primary_key=True),
    sa.Column("lot_id", sa.BigInteger, sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.CheckConstraint("amount <> 0", name="amount_not_zero"),
    sa.Index("ix_lot_moves_lot", "lot_id"),
)

# The price of one minute of one talk: the row is itself the balanced journal line.
charges = sa.Table(
    "charges",
    metadata,
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), primary_key=True),
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("payer_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("cast_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("gross", sa.BigInteger, nullable=False),
    sa.Column("share", sa.BigInteger, nullable=False),
    sa.Column("fee", sa.BigInteger, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("minute >= 1", name="minute_counts_from_one"),
    sa.CheckConstraint("gross > 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("gross = share + fee", name="balanced"),
    sa.CheckConstraint("payer_wallet <> cast_wallet", name="two_wallets"),
    sa.Index("ix_charges_payer", "payer_wallet", "at"),
    sa.Index("ix_charges_cast", "cast_wallet", "at"),
)

lot_uses = sa.Table(
    "lot_uses",
    metadata,
    sa.Column("talk_id", sa.BigInteger, primary_key=True),
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("lot_id", sa.BigInteger, sa.ForeignKey("lots.id"), primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(["talk_id", "minute"], ["charges.talk_id", "charges.minute"]),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("ix_lot_uses_lot", "lot_id"),
)

# A minute given back, wholly or in part; the key says that it happens once at most.
charge_returns = sa.Table(
    "charge_returns",
    metadata,
    sa.Column("talk_id", sa.BigInteger, primary_key=True),
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("gross", sa.BigInteger, nullable=False),
    sa.Column("share", sa.BigInteger, nullable=False),
    sa.Column("fee", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actor_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.ForeignKeyConstraint(["talk_id", "minute"], ["charges.talk_id", "charges.minute"]),
    sa.CheckConstraint(one_of("kind", RETURN_KINDS), name="kind_known"),
    sa.CheckConstraint("gross > 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("gross = share + fee", name="balanced"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
)

lot_backs = sa.Table(
    "lot_backs",
    metadata,
    sa.Column("talk_id", sa.BigInteger, primary_key=True),
    sa.Column("minute", sa.Integer, primary_key=True),
    sa.Column("lot_id", sa.BigInteger, primary_key=True),
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.ForeignKeyConstraint(
        ["talk_id", "minute"], ["charge_returns.talk_id", "charge_returns.minute"]
    ),
    sa.ForeignKeyConstraint(
        ["talk_id", "minute", "lot_id"], ["lot_uses.talk_id", "lot_uses.minute", "lot_uses.lot_id"]
    ),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("ix_lot_backs_lot", "lot_id"),
)
