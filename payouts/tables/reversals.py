"""What two people of finance let go back to its casts after the bank may have moved it."""

import sqlalchemy as sa

from foundation.columns import one_of
from foundation.database import metadata
from record.proposals import answer, proposal_checks, proposal_columns

REVERSAL_KINDS = ("rejection", "dissolution")

# Payouts that the bank rejected, or a whole run that it never did: proposed by one, agreed to by
# another. `total` is what would be payable again of what the bank was to transfer, in yen.
payout_reversals = sa.Table(
    "payout_reversals",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("run_id", sa.BigInteger, sa.ForeignKey("payout_runs.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("payouts", sa.Integer, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    *proposal_columns(),
    *answer(),
    sa.CheckConstraint(one_of("kind", REVERSAL_KINDS), name="kind_known"),
    *proposal_checks(),
    sa.CheckConstraint("payouts BETWEEN 1 AND 9999 AND total > 0", name="something_goes_back"),
    sa.Index("ix_payout_reversals_run", "run_id", "id"),
    sa.Index(
        "ix_payout_reversals_open", "id", postgresql_where=sa.text("state = 'waiting_second'")
    ),
    sa.Index(
        "uq_payout_reversals_dissolution",
        "run_id",
        unique=True,
        postgresql_where=sa.text("kind = 'dissolution' AND state = 'waiting_second'"),
    ),
)

# Each payout of a rejection, and what the bank said of it.
payout_reversal_lines = sa.Table(
    "payout_reversal_lines",
    metadata,
    sa.Column("reversal_id", sa.BigInteger, sa.ForeignKey("payout_reversals.id"), primary_key=True),
    sa.Column("payout_id", sa.BigInteger, sa.ForeignKey("payouts.id"), primary_key=True),
    sa.Column("why", sa.Text, nullable=False),
    sa.CheckConstraint("length(why) BETWEEN 1 AND 500", name="why_length"),
    sa.Index("ix_payout_reversal_lines_payout", "payout_id"),
)
