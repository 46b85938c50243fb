"""Lots, and the minutes that they pay: charged, and given back."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from points.tables.wallets import written

# `credit` is a tab's: what may be spent and is paid afterwards. It never runs out.
LOT_KINDS = ("paid", "bonus", "granted", "credit")
RETURN_KINDS = ("cut_short", "claim")

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
    sa.Column("source", sa.BigInteger, sa.ForeignKey("transfers.id"), nullable=True, unique=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    # Points returned after their lot had run out go into a lot of their own, which says from which
    # first lot they come, and may not live longer than that one might have.
    sa.Column("renews", sa.BigInteger, sa.ForeignKey("lots.id"), nullable=True),
    # Six months after they were paid, beyond which the law lets no point of ours live.
    sa.Column("latest", MOMENT, nullable=False),
    sa.CheckConstraint("expires_at <= latest", name="within_six_months"),
    sa.CheckConstraint("kind <> 'credit' OR expires_at = latest", name="credit_never_ends"),
    sa.CheckConstraint("source IS NOT NULL OR renews IS NOT NULL", name="comes_from_somewhere"),
    sa.CheckConstraint("granted > 0", name="granted_positive"),
    sa.CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining_within_granted"),
    sa.CheckConstraint(one_of("kind", LOT_KINDS), name="kind_known"),
    sa.Index(
        "ix_lots_open", "wallet_id", "expires_at", "id", postgresql_where=sa.text("NOT closed")
    ),
    sa.Index("ix_lots_expiry", "expires_at", postgresql_where=sa.text("NOT closed")),
    sa.Index("ix_lots_renews", "renews", postgresql_where=sa.text("renews IS NOT NULL")),
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
    # What the payer's wallet holds afterwards.
    sa.Column("balance_after", sa.BigInteger, nullable=False),
    written(),
    sa.CheckConstraint("balance_after >= 0", name="balance_not_negative"),
    sa.CheckConstraint("minute >= 1", name="minute_counts_from_one"),
    sa.CheckConstraint("gross > 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("gross = share + fee", name="balanced"),
    sa.CheckConstraint("payer_wallet <> cast_wallet", name="two_wallets"),
    sa.Index("ix_charges_payer", "payer_wallet", "at"),
    # What a cast earned in all is summed from the index alone.
    sa.Index("ix_charges_cast", "cast_wallet", "at", postgresql_include=["share"]),
    # A day's rows lie side by side, so this index is small and costs a charge next to nothing.
    sa.Index("ix_charges_at", "at", postgresql_using="brin"),
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
    # Whom the minute goes back to. All minutes of one return share their `at`, and what the wallet
    # holds after the last of them.
    sa.Column("payer_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("balance_after", sa.BigInteger, nullable=False),
    written(),
    sa.CheckConstraint("balance_after >= 0", name="balance_not_negative"),
    sa.Index("ix_charge_returns_payer", "payer_wallet", "at"),
    sa.Index("ix_charge_returns_at", "at", postgresql_using="brin"),
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
    # The lot that got the points where `lot_id`, which had paid them, had run out.
    sa.Column("renewed_lot", sa.BigInteger, sa.ForeignKey("lots.id"), nullable=True),
    sa.ForeignKeyConstraint(
        ["talk_id", "minute"], ["charge_returns.talk_id", "charge_returns.minute"]
    ),
    sa.ForeignKeyConstraint(
        ["talk_id", "minute", "lot_id"], ["lot_uses.talk_id", "lot_uses.minute", "lot_uses.lot_id"]
    ),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.Index("ix_lot_backs_lot", "lot_id"),
    sa.Index("ix_lot_backs_renewed", "renewed_lot"),
)
