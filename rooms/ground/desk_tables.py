"""The staff's desk: who looks after a claim or a report, and decisions that can still be undone."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from points.tables import claims
from rooms.ground.report_tables import reports

DUE_ACTS = ("return", "agree", "decline", "close")

# Who of the staff looks after a claim or a report; nobody of one that has no row.
case_owners = sa.Table(
    "case_owners",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim_id", sa.BigInteger, sa.ForeignKey(claims.c.id), nullable=True),
    sa.Column("report_id", sa.BigInteger, sa.ForeignKey(reports.c.id), nullable=True),
    sa.Column("owner_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("num_nonnulls(claim_id, report_id) = 1", name="of_one_case"),
    sa.UniqueConstraint("claim_id", name="uq_case_owners_claim"),
    sa.UniqueConstraint("report_id", name="uq_case_owners_report"),
)

# What one of the staff has decided, until it is carried out: it goes with the row. Where that was
# refused, `failed` says why, and the case is open again.
due_decisions = sa.Table(
    "due_decisions",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("claim_id", sa.BigInteger, sa.ForeignKey(claims.c.id), nullable=True),
    sa.Column("report_id", sa.BigInteger, sa.ForeignKey(reports.c.id), nullable=True),
    sa.Column("actor_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    # Null: all of them.
    sa.Column("points", sa.BigInteger, nullable=True),
    sa.Column("reason", sa.Text, nullable=False, server_default=""),
    sa.Column("at_once", sa.Text, nullable=False, server_default=""),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("due_at", MOMENT, nullable=False),
    sa.Column("failed", sa.Text, nullable=True),
    sa.CheckConstraint("num_nonnulls(claim_id, report_id) = 1", name="of_one_case"),
    sa.CheckConstraint(one_of("act", DUE_ACTS), name="act_known"),
    sa.CheckConstraint("(act = 'close') = (report_id IS NOT NULL)", name="act_fits"),
    sa.CheckConstraint("points >= 1", name="points_positive"),
    sa.CheckConstraint("length(reason) <= 500 AND length(at_once) <= 500", name="words_length"),
    sa.CheckConstraint("due_at >= made_at", name="forward"),
    sa.UniqueConstraint("claim_id", name="uq_due_decisions_claim"),
    sa.UniqueConstraint("report_id", name="uq_due_decisions_report"),
    sa.Index("ix_due_decisions_due", "due_at", postgresql_where=sa.text("failed IS NULL")),
    sa.Index("ix_due_decisions_actor", "actor_id"),
)
