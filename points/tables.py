"""The money tables. What must never happen is forbidden here, not in the code that writes.

Points are integers; 1 point = 1 yen, tax included. Rows of `transfers`, `charges`, `lot_uses`,
`lot_moves`, `charge_returns` and `lot_backs` are written once: triggers and the
rights of the application's role refuse an update or a delete.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

LOT_KINDS = ("paid", "bonus", "granted")
TRANSFER_KINDS = (
    "grant",
    "purchase",
    "bonus",
    "expiry",
    "refund",
    "dispute",
    "restore",
    "correction",
    "receivable",
    "lost",
    "hold",
    "release",
    "reserved",
    "reserved_fee",
    "reserved_return",
    "reserved_fee_return",
    "forfeit",
)
RETURN_KINDS = ("cut_short", "claim")
PROVIDERS = ("stripe", "demo")
METHODS = ("card", "konbini")
PURCHASE_STATES = ("created", "paid", "failed", "canceled")
DISPUTE_STATES = ("open", "won", "lost")
REFUND_STATES = ("made", "failed")
CLAIM_KINDS = ("cast_absent", "no_media", "other")
CLAIM_STATES = ("open", "waiting_second", "returned", "declined", "withdrawn")
ADJUSTMENT_KINDS = ("give", "correct")
ADJUSTMENT_STATES = ("waiting_second", "done", "sent_back")


# A user's points, earnings and debts, and the site's own accounts, which have no user. Only wallets
# of points keep a balance: it is the lock and the sum of their lots. The others are read from the
# journal, so that no row is hot. A receivable is negative by what its user owes.
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
        "(kind IN ('points', 'earnings', 'receivable')) = (user_id IS NOT NULL)"
        " AND kind IN"
        " ('points', 'earnings', 'receivable', 'issued', 'fee', 'expired', 'disputed', 'held')",
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
    # The purchase that this movement makes, takes back or restores.
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), nullable=True),
    # The hold that this movement decides, wholly or in part.
    sa.Column(
        "hold_id",
        sa.BigInteger,
        sa.ForeignKey("holds.id", use_alter=True, name="fk_transfers_hold_id"),
        nullable=True,
    ),
    # What the wallet of points on either side holds afterwards; null where there is none.
    sa.Column("balance_after", sa.BigInteger, nullable=True),
    sa.CheckConstraint("balance_after >= 0", name="balance_not_negative"),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.CheckConstraint("debit_wallet <> credit_wallet", name="two_wallets"),
    sa.CheckConstraint(one_of("kind", TRANSFER_KINDS), name="kind_known"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("length(idempotency_key) BETWEEN 1 AND 200", name="key_length"),
    sa.Index("ix_transfers_debit", "debit_wallet", "kind", "at", "id"),
    sa.Index("ix_transfers_credit", "credit_wallet", "kind", "at", "id"),
    sa.Index("ix_transfers_at", "at", postgresql_using="brin"),
    sa.Index(
        "ix_transfers_purchase",
        "purchase_id",
        postgresql_where=sa.text("purchase_id IS NOT NULL"),
    ),
    sa.Index("ix_transfers_hold", "hold_id", postgresql_where=sa.text("hold_id IS NOT NULL")),
)

# Points set aside for a reservation. What became of them: released to their lots, or settled as a
# cast's share and the site's fee; the rest waits. Its id is that of the transfer that made it.
holds = sa.Table(
    "holds",
    metadata,
    sa.Column(
        "id",
        sa.BigInteger,
        sa.ForeignKey("transfers.id"),
        primary_key=True,
        autoincrement=False,
    ),
    sa.Column("wallet_id", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("released", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("share", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("fee", sa.BigInteger, nullable=False, server_default="0"),
    # Who was paid the share.
    sa.Column("cast_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    # What of it came from points that were given, and the percent of its share that those earn.
    sa.Column("given", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("gift_share", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("points > 0", name="points_positive"),
    sa.CheckConstraint("released >= 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("released + share + fee <= points", name="never_more_than_held"),
    sa.CheckConstraint("share = 0 OR cast_wallet IS NOT NULL", name="share_is_somebodys"),
    sa.CheckConstraint("given BETWEEN 0 AND points", name="given_within_held"),
    sa.CheckConstraint("gift_share BETWEEN 0 AND 100", name="gift_share_is_percent"),
    sa.Index("ix_holds_wallet", "wallet_id", "at"),
    sa.Index(
        "ix_holds_waiting",
        "id",
        postgresql_where=sa.text("released + share + fee < points"),
    ),
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
    sa.Column("source", sa.BigInteger, sa.ForeignKey("transfers.id"), nullable=True, unique=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    # Points returned after their lot had run out go into a lot of their own, which says from which
    # first lot they come, and may not live longer than that one might have.
    sa.Column("renews", sa.BigInteger, sa.ForeignKey("lots.id"), nullable=True),
    # Six months after they were paid, beyond which the law lets no point of ours live.
    sa.Column("latest", MOMENT, nullable=False),
    sa.CheckConstraint("expires_at <= latest", name="within_six_months"),
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
    sa.CheckConstraint("balance_after >= 0", name="balance_not_negative"),
    sa.CheckConstraint("minute >= 1", name="minute_counts_from_one"),
    sa.CheckConstraint("gross > 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("gross = share + fee", name="balanced"),
    sa.CheckConstraint("payer_wallet <> cast_wallet", name="two_wallets"),
    sa.Index("ix_charges_payer", "payer_wallet", "at"),
    sa.Index("ix_charges_cast", "cast_wallet", "at"),
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

# What can be bought. Staff edit it; a purchase keeps what it was at that moment.
packs = sa.Table(
    "packs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("bonus", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("price_yen", sa.BigInteger, nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("position", sa.Integer, nullable=False),
    sa.CheckConstraint("points BETWEEN 1 AND 1000000", name="points_bounds"),
    sa.CheckConstraint("bonus BETWEEN 0 AND points", name="bonus_bounds"),
    sa.CheckConstraint("price_yen BETWEEN 50 AND 1000000", name="price_bounds"),
)

# One order of points, and what became of it. `intent` is the provider's name for it, `press` the
# page's: the same press again finds the same purchase.
purchases = sa.Table(
    "purchases",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("bonus", sa.BigInteger, nullable=False),
    sa.Column("price_yen", sa.BigInteger, nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, unique=True, nullable=True),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("method", sa.Text, nullable=True),
    sa.Column("state", sa.Text, nullable=False, server_default="created"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("paid_at", MOMENT, nullable=True),
    sa.Column(
        "paid_lot",
        sa.BigInteger,
        sa.ForeignKey("lots.id", use_alter=True, name="fk_purchases_paid_lot"),
        unique=True,
        nullable=True,
    ),
    sa.Column(
        "bonus_lot",
        sa.BigInteger,
        sa.ForeignKey("lots.id", use_alter=True, name="fk_purchases_bonus_lot"),
        unique=True,
        nullable=True,
    ),
    sa.Column("addressee", sa.Text, nullable=True),
    sa.Column("receipt_issues", sa.Integer, nullable=False, server_default="0"),
    sa.UniqueConstraint("user_id", "press", name="uq_purchases_press"),
    sa.CheckConstraint("points > 0 AND bonus >= 0 AND price_yen > 0", name="amounts_positive"),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint(one_of("method", METHODS), name="method_known"),
    sa.CheckConstraint(one_of("state", PURCHASE_STATES), name="state_known"),
    sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_has_its_moment"),
    sa.CheckConstraint("paid_lot IS NULL OR state = 'paid'", name="points_only_when_paid"),
    sa.CheckConstraint("bonus_lot IS NULL OR paid_lot IS NOT NULL", name="bonus_comes_with_points"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("length(addressee) BETWEEN 1 AND 100", name="addressee_length"),
    sa.CheckConstraint("receipt_issues >= 0", name="receipts_not_negative"),
    sa.Index("ix_purchases_user", "user_id", "id"),
    sa.Index("ix_purchases_paid", "paid_at", postgresql_where=sa.text("paid_at IS NOT NULL")),
)

# Every event of a payment provider, once. `handled_at` is null until its handling succeeded.
payment_events = sa.Table(
    "payment_events",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("intent", sa.Text, nullable=True),
    sa.Column("livemode", sa.Boolean, nullable=False),
    sa.Column("payload", JSONB, nullable=False),
    sa.Column("received_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("handled_at", MOMENT, nullable=True),
    sa.Column("outcome", sa.Text, nullable=True),
    sa.Column("error", sa.Text, nullable=True),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("length(type) BETWEEN 1 AND 100", name="type_length"),
    sa.CheckConstraint("length(intent) BETWEEN 1 AND 200", name="intent_length"),
    sa.CheckConstraint("length(outcome) <= 200", name="outcome_length"),
    sa.CheckConstraint("length(error) <= 1000", name="error_length"),
    sa.CheckConstraint("tries >= 0", name="tries_not_negative"),
    sa.Index("ix_payment_events_intent", "intent", "received_at"),
    sa.Index(
        "ix_payment_events_open", "received_at", postgresql_where=sa.text("handled_at IS NULL")
    ),
)

# Money that the provider gave back, or that failed to reach the payer: then the site has it again.
# `made_at` is when the provider says that it was made; old rows may not know.
refunds = sa.Table(
    "refunds",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), nullable=False),
    sa.Column("amount_yen", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="made"),
    sa.Column("made_at", MOMENT, nullable=True),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("amount_yen > 0", name="amount_positive"),
    sa.CheckConstraint(one_of("state", REFUND_STATES), name="state_known"),
    sa.Index("ix_refunds_purchase", "purchase_id"),
)

# Money that a payer's bank asks about (`inquiry`: the site still has it) or has taken.
disputes = sa.Table(
    "disputes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("purchase_id", sa.BigInteger, sa.ForeignKey("purchases.id"), nullable=False),
    sa.Column("amount_yen", sa.BigInteger, nullable=False),
    sa.Column("inquiry", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("made_at", MOMENT, nullable=True),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("closed_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(id) BETWEEN 1 AND 200", name="id_length"),
    sa.CheckConstraint("amount_yen > 0", name="amount_positive"),
    sa.CheckConstraint(one_of("state", DISPUTE_STATES), name="state_known"),
    sa.CheckConstraint("NOT inquiry OR state <> 'lost'", name="no_inquiry_is_lost"),
    sa.CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_when_decided"),
    sa.Index("ix_disputes_purchase", "purchase_id"),
)
# What a customer chose as their own bounds; null is none. What was raised waits for `next_from`.
spending_limits = sa.Table(
    "spending_limits",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("day_points", sa.BigInteger, nullable=True),
    sa.Column("month_points", sa.BigInteger, nullable=True),
    sa.Column("cool_off_until", MOMENT, nullable=True),
    sa.Column("next_day_points", sa.BigInteger, nullable=True),
    sa.Column("next_month_points", sa.BigInteger, nullable=True),
    sa.Column("next_from", MOMENT, nullable=True),
    sa.CheckConstraint("day_points >= 0 AND month_points >= 0", name="limits_not_negative"),
    sa.CheckConstraint(
        "next_day_points >= 0 AND next_month_points >= 0", name="next_limits_not_negative"
    ),
    sa.CheckConstraint(
        "next_from IS NOT NULL OR (next_day_points IS NULL AND next_month_points IS NULL)",
        name="next_has_its_moment",
    ),
)

# A caller's request for points back, one for each talk.
claims = sa.Table(
    "claims",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), unique=True, nullable=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("points", sa.BigInteger, nullable=True),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("second_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("second_at", MOMENT, nullable=True),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(
        "(talk_id IS NULL) <> (reservation_id IS NULL)", name="about_a_talk_or_a_reservation"
    ),
    sa.CheckConstraint(one_of("kind", CLAIM_KINDS), name="kind_known"),
    sa.CheckConstraint(one_of("state", CLAIM_STATES), name="state_known"),
    sa.CheckConstraint("length(text) <= 500", name="text_length"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("points > 0", name="points_positive"),
    sa.CheckConstraint(
        "(state = 'withdrawn' OR (state = 'open') = (decided_by IS NULL))"
        " AND (decided_by IS NULL) = (decided_at IS NULL)",
        name="decided_by_somebody",
    ),
    sa.CheckConstraint(
        "second_by <> decided_by AND (second_by IS NULL) = (second_at IS NULL)",
        name="second_is_another",
    ),
    sa.CheckConstraint("decided_by <> user_id AND second_by <> user_id", name="not_ones_own"),
    sa.CheckConstraint("state <> 'returned' OR points IS NOT NULL", name="returned_has_points"),
    sa.Index(
        "ix_claims_queue",
        "id",
        postgresql_where=sa.text("state IN ('open', 'waiting_second')"),
    ),
    sa.Index("ix_claims_user", "user_id", "id"),
)

# Points that a member of staff wants to give or correct, beyond what one of them may decide alone.
# `press` is the page's: the same press again finds the same proposal.
adjustments = sa.Table(
    "adjustments",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("points", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting_second"),
    sa.Column("proposed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("proposed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    # Why it was sent back.
    sa.Column("answer", sa.Text, nullable=True),
    sa.UniqueConstraint("proposed_by", "kind", "press", name="uq_adjustments_press"),
    sa.CheckConstraint(one_of("kind", ADJUSTMENT_KINDS), name="kind_known"),
    sa.CheckConstraint(one_of("state", ADJUSTMENT_STATES), name="state_known"),
    sa.CheckConstraint(
        "points <> 0 AND (kind = 'correct' OR points > 0)", name="points_fit_the_kind"
    ),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("length(answer) BETWEEN 1 AND 500", name="answer_length"),
    sa.CheckConstraint(
        "(state = 'waiting_second') = (decided_by IS NULL)"
        " AND (decided_by IS NULL) = (decided_at IS NULL)",
        name="decided_by_somebody",
    ),
    sa.CheckConstraint("state <> 'done' OR decided_by <> proposed_by", name="second_is_another"),
    sa.CheckConstraint("(state = 'sent_back') = (answer IS NOT NULL)", name="sent_back_says_why"),
    sa.CheckConstraint("proposed_by <> user_id AND decided_by <> user_id", name="not_ones_own"),
    sa.Index("ix_adjustments_waiting", "id", postgresql_where=sa.text("state = 'waiting_second'")),
    sa.Index("ix_adjustments_user", "user_id", "id"),
)
