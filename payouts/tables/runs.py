"""What casts are paid, in which runs, and what they have against it."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from payouts.tables.accounts import CATEGORIES

WAYS = ("request", "monthly")
RUN_STATES = ("draft", "waiting_second", "agreed", "closed", "dissolved")
PAYOUT_STATES = ("requested", "in_run", "paid", "rejected", "called_off")
SELLERS = ("site", "cast")

# Many payouts that the bank is told of in one file. `total` is what it transfers, in yen.
payout_runs = sa.Table(
    "payout_runs",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="draft"),
    # The day on which the bank transfers; of the monthly way also the month that it pays.
    sa.Column("pay_on", sa.Date, nullable=False),
    sa.Column("month", sa.Date, nullable=True),
    sa.Column("payouts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("total", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("press", sa.Text, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("second_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("second_at", MOMENT, nullable=True),
    # When somebody took the file for the bank first.
    sa.Column("filed_at", MOMENT, nullable=True),
    sa.Column("ended_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.UniqueConstraint("made_by", "press", name="uq_payout_runs_press"),
    sa.CheckConstraint(one_of("way", WAYS), name="way_known"),
    sa.CheckConstraint(one_of("state", RUN_STATES), name="state_known"),
    sa.CheckConstraint("(way = 'monthly') = (month IS NOT NULL)", name="month_of_monthly"),
    sa.CheckConstraint("payouts BETWEEN 0 AND 9999 AND total >= 0", name="counts_not_negative"),
    sa.CheckConstraint("length(press) BETWEEN 1 AND 64", name="press_length"),
    sa.CheckConstraint(
        "second_by <> made_by AND (second_by IS NULL) = (second_at IS NULL)",
        name="second_is_another",
    ),
    sa.CheckConstraint(
        "(state IN ('closed', 'dissolved')) = (ended_at IS NOT NULL)"
        " AND (ended_by IS NULL) = (ended_at IS NULL)",
        name="ended_by_somebody",
    ),
    sa.Index("ix_payout_runs_state", "state", "id"),
)

# One transfer to a cast: `gross` leaves their earnings, `net` reaches their bank. What is withheld,
# and the account, are settled when it is gathered into a run.
payouts = sa.Table(
    "payouts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("way", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="requested"),
    sa.Column("gross", sa.BigInteger, nullable=False),
    sa.Column("bank_fee", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("withheld", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column(
        "net",
        sa.BigInteger,
        sa.Computed("gross - bank_fee - withheld", persisted=True),
        nullable=False,
    ),
    sa.Column("category", sa.Text, nullable=True),
    sa.Column("registration", sa.Text, nullable=True),
    sa.Column("seller", sa.Text, nullable=True),
    sa.Column("tax_percent", sa.Integer, nullable=True),
    sa.Column("account_id", sa.BigInteger, nullable=True),
    sa.Column("requested_at", MOMENT, nullable=False, server_default=NOW),
    # The day of the request in Asia/Tokyo; of the monthly way the month that is paid.
    sa.Column("requested_on", sa.Date, nullable=False),
    sa.Column("month", sa.Date, nullable=True),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey("payout_runs.id"), nullable=True),
    sa.Column("paid_at", MOMENT, nullable=True),
    sa.Column("rejected_at", MOMENT, nullable=True),
    sa.Column("called_off_at", MOMENT, nullable=True),
    # Why the bank rejected it, or why it was called off.
    sa.Column("why", sa.Text, nullable=True),
    sa.ForeignKeyConstraint(
        ["account_id", "user_id"],
        ["bank_accounts.id", "bank_accounts.user_id"],
        name="fk_payouts_account_id_user_id",
    ),
    sa.CheckConstraint(one_of("way", WAYS), name="way_known"),
    sa.CheckConstraint(one_of("state", PAYOUT_STATES), name="state_known"),
    sa.CheckConstraint(one_of("category", CATEGORIES), name="category_known"),
    sa.CheckConstraint(one_of("seller", SELLERS), name="seller_known"),
    sa.CheckConstraint("gross > 0 AND gross <= 9999999999", name="gross_bounds"),
    sa.CheckConstraint("bank_fee >= 0 AND withheld >= 0", name="parts_not_negative"),
    sa.CheckConstraint("gross - bank_fee - withheld > 0", name="something_arrives"),
    sa.CheckConstraint("(way = 'monthly') = (month IS NOT NULL)", name="month_of_monthly"),
    sa.CheckConstraint(
        "(state IN ('requested', 'called_off')) = (run_id IS NULL)", name="in_a_run_when_gathered"
    ),
    sa.CheckConstraint(
        "run_id IS NULL OR (account_id IS NOT NULL AND category IS NOT NULL"
        " AND seller IS NOT NULL AND tax_percent IS NOT NULL)",
        name="settled_when_gathered",
    ),
    sa.CheckConstraint(
        "(state IN ('paid', 'rejected')) = (paid_at IS NOT NULL)"
        " AND (state = 'rejected') = (rejected_at IS NOT NULL)"
        " AND (state = 'called_off') = (called_off_at IS NOT NULL)"
        " AND (state IN ('rejected', 'called_off')) = (why IS NOT NULL)",
        name="each_state_has_its_moment",
    ),
    sa.CheckConstraint("length(why) BETWEEN 1 AND 500", name="why_length"),
    sa.Index("ix_payouts_user", "user_id", "id"),
    sa.Index("ix_payouts_run", "run_id", "id", postgresql_where=sa.text("run_id IS NOT NULL")),
    sa.Index("ix_payouts_requested", "id", postgresql_where=sa.text("state = 'requested'")),
    sa.Index("ix_payouts_rejected", "account_id", postgresql_where=sa.text("state = 'rejected'")),
    sa.Index("ix_payouts_paid", "paid_at", postgresql_where=sa.text("paid_at IS NOT NULL")),
    # Once a day, and once a month.
    sa.Index(
        "uq_payouts_day",
        "user_id",
        "requested_on",
        unique=True,
        postgresql_where=sa.text("way = 'request' AND state <> 'called_off'"),
    ),
    sa.Index(
        "uq_payouts_month",
        "user_id",
        "month",
        unique=True,
        postgresql_where=sa.text("way = 'monthly' AND state NOT IN ('called_off', 'rejected')"),
    ),
)

# What a cast has against a notice of payment (支払通知書), and what finance staff answered.
payout_objections = sa.Table(
    "payout_objections",
    metadata,
    sa.Column("payout_id", sa.BigInteger, sa.ForeignKey("payouts.id"), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("answer", sa.Text, nullable=True),
    sa.Column("answered_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("answered_at", MOMENT, nullable=True),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text_length"),
    sa.CheckConstraint("length(answer) BETWEEN 1 AND 1000", name="answer_length"),
    sa.CheckConstraint(
        "(answer IS NULL) = (answered_by IS NULL) AND (answer IS NULL) = (answered_at IS NULL)",
        name="answered_by_somebody",
    ),
)
