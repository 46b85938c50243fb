"""What goes back is what was paid, and points that were given earn casts a part, or nothing."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

SQL = Path(__file__).resolve().parent.parent / "sql"
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Apply the change."""
    _refunds_and_disputes()
    _gift_shares()
    # The driver reads a percent sign as the beginning of a parameter.
    functions = (SQL / "0017_functions.sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(functions.replace("%", "%%"))


def _refunds_and_disputes() -> None:
    op.add_column("refunds", sa.Column("state", sa.Text(), server_default="made", nullable=False))
    op.add_column("refunds", sa.Column("made_at", MOMENT, nullable=True))
    op.create_check_constraint(
        op.f("ck_refunds_state_known"), "refunds", "state IN ('made', 'failed')"
    )
    op.add_column("disputes", sa.Column("amount_yen", sa.BigInteger(), nullable=True))
    op.add_column(
        "disputes",
        sa.Column("inquiry", sa.Boolean(), server_default=sa.text("false"), nullable=False),
    )
    op.add_column("disputes", sa.Column("made_at", MOMENT, nullable=True))
    for statement in (_AS_TOLD, _ELSE_ALL, _REFUNDED_AT):
        op.execute(sa.text(statement))
    op.alter_column("disputes", "amount_yen", nullable=False)
    op.create_check_constraint(op.f("ck_disputes_amount_positive"), "disputes", "amount_yen > 0")
    op.create_check_constraint(
        op.f("ck_disputes_no_inquiry_is_lost"), "disputes", "NOT inquiry OR state <> 'lost'"
    )
    for table in ("refunds", "disputes"):
        # Both say no more what they took: that follows from all that is told of the purchase.
        op.drop_constraint(op.f(f"ck_{table}_points_not_negative"), table)
        op.drop_column(table, "points_taken")
        op.drop_column(table, "points_owed")


# What the provider told of each dispute last, where its event still says so.
_AS_TOLD = """
UPDATE disputes d SET amount_yen = (e.said ->> 'amount')::bigint,
  inquiry = coalesce(starts_with(e.said ->> 'status', 'warning'), false) AND d.state <> 'lost',
  made_at = to_timestamp((e.said ->> 'created')::bigint)
FROM (
  SELECT DISTINCT ON (payload #>> '{data,object,id}') payload #>> '{data,object,id}' AS id,
    payload #> '{data,object}' AS said
  FROM payment_events WHERE starts_with(type, 'charge.dispute')
    AND payload #>> '{data,object,amount}' ~ '^[1-9][0-9]{0,11}$'
    AND coalesce(payload #>> '{data,object,created}', '0') ~ '^[0-9]{1,10}$'
  ORDER BY 1, received_at DESC) e
WHERE e.id = d.id
"""
_ELSE_ALL = """
UPDATE disputes d SET amount_yen = p.price_yen FROM purchases p
WHERE p.id = d.purchase_id AND d.amount_yen IS NULL
"""
_REFUNDED_AT = """
UPDATE refunds r SET made_at = to_timestamp((e.payload #>> '{data,object,created}')::bigint)
FROM payment_events e
WHERE e.payload #>> '{data,object,id}' = r.id AND e.type IN ('refund.created', 'refund.updated')
  AND e.payload #>> '{data,object,created}' ~ '^[0-9]{1,10}$'
"""


def _gift_shares() -> None:
    for table in ("talks", "holds"):
        # What stands already was agreed before: there every point earned its share.
        op.add_column(
            table, sa.Column("gift_share", sa.Integer(), server_default="100", nullable=False)
        )
        op.alter_column(table, "gift_share", server_default="0")
        op.create_check_constraint(
            op.f(f"ck_{table}_gift_share_is_percent"), table, "gift_share BETWEEN 0 AND 100"
        )
    op.add_column("holds", sa.Column("given", sa.BigInteger(), server_default="0", nullable=False))
    op.execute(sa.text(_GIVEN))
    op.create_check_constraint(
        op.f("ck_holds_given_within_held"), "holds", "given BETWEEN 0 AND points"
    )


_GIVEN = """
UPDATE holds h SET given = g.points FROM (
  SELECT m.transfer_id, -sum(m.amount) AS points FROM lot_moves m JOIN lots l ON l.id = m.lot_id
  JOIN holds ON holds.id = m.transfer_id WHERE l.kind = 'granted' GROUP BY 1) g
WHERE g.transfer_id = h.id
"""
