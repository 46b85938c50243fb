"""Paying afterwards: what a member may owe, bills, what was paid of them, what was given up.

All of it in yen. Money itself moves in wallets of kind `tab` and in the journal; see
`points.tab`.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from points.tables.sales import PROVIDERS
from record.proposals import answer, proposal_checks, proposal_columns

BILL_STATES = ("open", "paying", "paid", "written_off")
TAB_PAYMENT_KINDS = ("card", "transfer")
TAB_GROUND_KINDS = ("card", "number")

# One for each member who ever paid afterwards. What is left of the limit is the balance of their
# wallet of kind `tab`, whose row is the lock of all that stands below. A limit of 0 closes it.
tabs = sa.Table(
    "tabs",
    metadata,
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("yen BETWEEN 0 AND 10000000", name="yen_bounds"),
)

# Which saved card (by the provider's fingerprint) or proved number (by its keyed hash) the limit of
# an account stands on. One account at a time; see `points.tab.grounds`.
tab_grounds = sa.Table(
    "tab_grounds",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("mark", sa.Text, primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("kind", TAB_GROUND_KINDS), name="kind_known"),
    sa.CheckConstraint("length(mark) BETWEEN 1 AND 200", name="mark_length"),
    sa.Index("ix_tab_grounds_user", "user_id"),
)

# `yen` is what its lines come to, less what went back of them; `paid` and `written_off` count what
# became of it. The rest is owed.
tab_bills = sa.Table(
    "tab_bills",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("tabs.user_id"), nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("paid", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("written_off", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("paid_at", MOMENT, nullable=True),
    sa.UniqueConstraint("id", "user_id", name="uq_tab_bills_id_user"),
    sa.CheckConstraint(one_of("state", BILL_STATES), name="state_known"),
    sa.CheckConstraint("paid >= 0 AND written_off >= 0", name="amounts_not_negative"),
    sa.CheckConstraint("paid + written_off <= yen", name="never_more_than_billed"),
    sa.CheckConstraint("(state = 'paid') = (paid = yen)", name="paid_when_paid"),
    sa.CheckConstraint("(state = 'paid') = (paid_at IS NOT NULL)", name="paid_at_a_moment"),
    sa.CheckConstraint(
        "(state = 'written_off') = (written_off > 0)"
        " AND (written_off = 0 OR paid + written_off = yen)",
        name="written_off_whole",
    ),
    sa.CheckConstraint("due_at > made_at", name="due_later"),
    sa.Index("ix_tab_bills_user", "user_id", "id"),
    sa.Index(
        "ix_tab_bills_open",
        "due_at",
        postgresql_where=sa.text("state IN ('open', 'paying')"),
    ),
)

# What one talk or reservation cost, once it was over, and what went back of it since. Without a
# bill it waits until those that wait come to enough for one.
tab_bill_lines = sa.Table(
    "tab_bill_lines",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("tabs.user_id"), nullable=False),
    sa.Column("bill_id", sa.BigInteger, nullable=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), unique=True, nullable=True),
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id"),
        unique=True,
        nullable=True,
    ),
    sa.Column("letter_id", sa.BigInteger, sa.ForeignKey("letters.id"), unique=True, nullable=True),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("returned", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.ForeignKeyConstraint(["bill_id", "user_id"], ["tab_bills.id", "tab_bills.user_id"]),
    sa.CheckConstraint("num_nonnulls(talk_id, reservation_id, letter_id) = 1", name="of_one_thing"),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.CheckConstraint("returned BETWEEN 0 AND yen", name="returned_within_yen"),
    sa.Index("ix_tab_bill_lines_bill", "bill_id"),
    sa.Index("ix_tab_bill_lines_waiting", "user_id", postgresql_where=sa.text("bill_id IS NULL")),
)

# What arrived from a member, as the provider told; `taken_back` went to them again (refunded,
# disputed), `placed` pays bills, the rest waits for the next one.
tab_payments = sa.Table(
    "tab_payments",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("tabs.user_id"), nullable=False),
    sa.Column("provider", sa.Text, nullable=False),
    sa.Column("provider_ref", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("taken_back", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("placed", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("received_at", MOMENT, nullable=False),
    sa.Column("noted_at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("provider", "provider_ref", name="uq_tab_payments_ref"),
    sa.CheckConstraint(one_of("provider", PROVIDERS), name="provider_known"),
    sa.CheckConstraint("length(provider_ref) BETWEEN 1 AND 255", name="ref_length"),
    sa.CheckConstraint(one_of("kind", TAB_PAYMENT_KINDS), name="kind_known"),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.CheckConstraint("taken_back BETWEEN 0 AND yen", name="taken_back_within_yen"),
    sa.CheckConstraint("placed BETWEEN 0 AND yen - taken_back", name="placed_within_kept"),
    sa.Index("ix_tab_payments_user", "user_id", "id"),
)

# Which payment pays which bill: placed (+) or taken away again (−), each by one transfer.
tab_bill_payments = sa.Table(
    "tab_bill_payments",
    metadata,
    sa.Column(
        "id", sa.BigInteger, sa.ForeignKey("transfers.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("payment_id", sa.BigInteger, sa.ForeignKey("tab_payments.id"), nullable=False),
    sa.Column("bill_id", sa.BigInteger, sa.ForeignKey("tab_bills.id"), nullable=False),
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("yen <> 0", name="yen_not_zero"),
    sa.Index("ix_tab_bill_payments_payment", "payment_id"),
    sa.Index("ix_tab_bill_payments_bill", "bill_id"),
)

# A bill that a member of staff thinks is lost. It takes a second one. `press` is the page's: the
# same press again finds the same proposal.
tab_write_offs = sa.Table(
    "tab_write_offs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("bill_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # What was owed when it was proposed, and what was written off.
    sa.Column("yen", sa.BigInteger, nullable=False),
    sa.Column("press", sa.Text, nullable=False),
    *proposal_columns(),
    *answer(),
    sa.ForeignKeyConstraint(["bill_id", "user_id"], ["tab_bills.id", "tab_bills.user_id"]),
    sa.UniqueConstraint("proposed_by", "press", name="uq_tab_write_offs_press"),
    *proposal_checks(),
    sa.CheckConstraint("yen > 0", name="yen_positive"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint("proposed_by <> user_id AND decided_by <> user_id", name="not_ones_own"),
    sa.Index(
        "uq_tab_write_offs_waiting",
        "bill_id",
        unique=True,
        postgresql_where=sa.text("state = 'waiting_second'"),
    ),
)
