"""What one member of staff proposes and another decides: the same columns and rules everywhere."""

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from foundation.columns import MOMENT, NOW, one_of

PROPOSAL_STATES = ("waiting_second", "done", "sent_back")


def proposal_columns() -> list[sa.Column[object]]:
    """Return the columns of who proposed why, and who decided."""
    return [
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="waiting_second"),
        sa.Column("proposed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False, server_default=NOW),
        sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
    ]


def proposal_checks() -> list[sa.CheckConstraint]:
    """Return what holds of them: who agrees is another than who proposed."""
    return [
        sa.CheckConstraint(one_of("state", PROPOSAL_STATES), name="state_known"),
        sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
        sa.CheckConstraint(
            "(state = 'waiting_second') = (decided_by IS NULL)"
            " AND (decided_by IS NULL) = (decided_at IS NULL)",
            name="decided_by_somebody",
        ),
        sa.CheckConstraint(
            "state <> 'done' OR decided_by <> proposed_by", name="second_is_another"
        ),
    ]


def answer() -> list[SchemaItem]:
    """Return the column that says why a proposal was sent back, and its rules."""
    return [
        sa.Column("answer", sa.Text, nullable=True),
        sa.CheckConstraint("length(answer) BETWEEN 1 AND 500", name="answer_length"),
        sa.CheckConstraint(
            "(state = 'sent_back') = (answer IS NOT NULL)", name="sent_back_says_why"
        ),
    ]
