"""What finance staff decide about the money of one cast."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from record.proposals import proposal_checks, proposal_columns

VERDICTS = ("pay", "keep")

# Earnings of a cast that are not paid until it is lifted; `reason` is told to them.
payout_stops = sa.Table(
    "payout_stops",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("lifted_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("lifted_at", MOMENT, nullable=True),
    sa.Column("lifted_why", sa.Text, nullable=True),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("length(lifted_why) BETWEEN 1 AND 500", name="lifted_why_length"),
    sa.CheckConstraint("made_by <> user_id AND lifted_by <> user_id", name="not_ones_own"),
    sa.CheckConstraint(
        "(lifted_by IS NULL) = (lifted_at IS NULL) AND (lifted_by IS NULL) = (lifted_why IS NULL)",
        name="lifted_by_somebody",
    ),
    sa.Index(
        "uq_payout_stops_open",
        "user_id",
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    ),
)

# What two members of staff decide about the money of a cast who was banned, or has withdrawn: to
# who has withdrawn it is paid at an account that they named since.
payout_verdicts = sa.Table(
    "payout_verdicts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("user_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),
    # What it is about, in yen: what there was when it was proposed, and is not more when agreed.
    sa.Column("amount", sa.BigInteger, nullable=False),
    sa.Column("account_id", sa.BigInteger, nullable=True),
    *proposal_columns(),
    sa.ForeignKeyConstraint(
        ["account_id", "user_id"],
        ["bank_accounts.id", "bank_accounts.user_id"],
        name="fk_payout_verdicts_account_id_user_id",
    ),
    sa.CheckConstraint("verdict = 'pay' OR account_id IS NULL", name="account_of_pay"),
    sa.CheckConstraint(one_of("verdict", VERDICTS), name="verdict_known"),
    *proposal_checks(),
    sa.CheckConstraint("amount > 0", name="amount_positive"),
    sa.CheckConstraint("proposed_by <> user_id AND decided_by <> user_id", name="not_ones_own"),
    sa.Index(
        "uq_payout_verdicts_open",
        "user_id",
        unique=True,
        postgresql_where=sa.text("state = 'waiting_second'"),
    ),
)
