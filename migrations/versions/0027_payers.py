"""Ways to pay as the account has them, questions that are asked again, where a buyer came from."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

CHECKS = {
    "methods_bounds": "cardinality(methods) BETWEEN 1 AND 10",
    "customer_length": "length(customer) BETWEEN 1 AND 200",
    "site_length": "length(site) BETWEEN 1 AND 300",
    "attempt_bounds": "attempt BETWEEN 0 AND 9",
    "back_is_of_the_site": r"back ~ '^/[^/\\]' AND length(back) <= 300",
    "need_bounds": "need BETWEEN 1 AND 10000000",
}


def upgrade() -> None:
    """Apply the change."""
    op.drop_constraint("ck_purchases_method_known", "purchases")
    op.create_check_constraint(
        op.f("ck_purchases_method_known"),
        "purchases",
        "method IN ('card', 'konbini', 'paypay', 'link')",
    )
    for name in ("customer", "site", "back"):
        op.add_column("checkouts", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("checkouts", sa.Column("need", sa.BigInteger(), nullable=True))
    op.add_column(
        "checkouts", sa.Column("attempt", sa.SmallInteger(), server_default="0", nullable=False)
    )
    # What was asked so far is asked again to the letter.
    usual = sa.text("'{card,konbini}'")
    op.add_column(
        "checkouts", sa.Column("methods", ARRAY(sa.Text()), server_default=usual, nullable=False)
    )
    op.alter_column("checkouts", "methods", server_default=None)
    for name, text in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_checkouts_{name}"), "checkouts", text)
    op.execute("GRANT DELETE ON payers TO hitotoki_app")
