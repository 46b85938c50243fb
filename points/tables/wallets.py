"""Wallets, the journal of transfers between them, and points set aside."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

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
    "payout",
    "payout_return",
    "earnings_given_up",
    # Of the tab: what a limit gives and takes, what a payment pays of a bill or pays no more, and
    # what is written off or is owed again.
    "credit",
    "credit_taken",
    "tab_paid",
    "tab_unpaid",
    "written_off",
    "written_off_back",
)

# A user's points, tab, earnings and debts, and the site's own accounts, which have no user. Only
# wallets of points and tabs keep a balance: it is the lock and the sum of their lots. The others
# are read from the journal, so that no row is hot. A receivable is negative by what its user owes.
wallets = sa.Table(
    "wallets",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("balance", sa.BigInteger, nullable=False, server_default="0"),
    sa.UniqueConstraint("user_id", "kind", name="uq_wallets_user_kind"),
    sa.CheckConstraint("balance >= 0", name="balance_not_negative"),
    sa.CheckConstraint(
        "kind IN ('points', 'tab') OR balance = 0", name="only_points_and_tabs_keep_a_balance"
    ),
    sa.CheckConstraint(
        "(kind IN ('points', 'earnings', 'receivable', 'tab')) = (user_id IS NOT NULL)"
        " AND kind IN"
        " ('points', 'earnings', 'receivable', 'tab', 'issued', 'fee', 'expired', 'disputed',"
        " 'held', 'paid_out', 'given_up', 'credit_issued', 'tab_paid', 'written_off')",
        name="kind_known",
    ),
    sa.Index(
        "uq_wallets_site_kind", "kind", unique=True, postgresql_where=sa.text("user_id IS NULL")
    ),
    postgresql_with={"fillfactor": "50"},
)

# What moves a wallet says in which order that was written: each row draws its number while it holds
# the wallet's lock. A clock that was set back says another. Rows of older books have none.
MONEY_WRITTEN = sa.Sequence("money_written", metadata=metadata)


def written() -> sa.Column[int]:
    """Return the column that says in which order rows of money were written."""
    return sa.Column(
        "written",
        sa.BigInteger,
        nullable=True,
        server_default=sa.text("nextval('money_written'::regclass)"),
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
    # Which one it undid, in books of an older version; written no more.
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
    written(),
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
    # On a tab: a bill is still to be made of what is paid of it.
    sa.Column("to_bill", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("points > 0", name="points_positive"),
    sa.CheckConstraint("released >= 0 AND share >= 0 AND fee >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("released + share + fee <= points", name="never_more_than_held"),
    sa.CheckConstraint("share = 0 OR cast_wallet IS NOT NULL", name="share_is_somebodys"),
    sa.CheckConstraint("given BETWEEN 0 AND points", name="given_within_held"),
    sa.CheckConstraint("gift_share BETWEEN 0 AND 100", name="gift_share_is_percent"),
    sa.Index("ix_holds_wallet", "wallet_id", "at"),
    sa.Index("ix_holds_to_bill", "id", postgresql_where=sa.text("to_bill")),
    sa.Index(
        "ix_holds_waiting",
        "id",
        postgresql_where=sa.text("released + share + fee < points"),
    ),
)
