"""Links of mails that were tried again stay good; addresses that can be mailed to; names to see."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


UNSEEN = (
    r"\u0001-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b"
    r"\u200e\u200f\u2028-\u202f\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufeff\uffa0\ufff0-\ufffb"
    r"\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U0010ffff"
)
HANGING = r"\u0300-\u036f\u200c\u200d\u20d0-\u20ff\u3099\u309a\ufe00-\ufe0f\U000e0020-\U000e01ef"
CHECKS = {
    "nickname_plain": rf"nickname !~ '^\s|\s$|^[{HANGING}]|[{UNSEEN}]'",
    "nickname_length": "length(nickname) BETWEEN 1 AND 60",
    "email_shape": r"email ~ '^[!#-\u0027*+\u002d-9=?^-~]+@[a-z0-9.\u002d]+$'",
}


def upgrade() -> None:
    """Apply the change."""
    _links()
    # Forms of this hour; whoever filled one in fills it in once more.
    wrong = " OR ".join(f"NOT ({check})" for check in CHECKS.values())
    op.execute(f"DELETE FROM registrations WHERE {wrong}")
    for table in ("users", "registrations"):
        for name in CHECKS:
            op.drop_constraint(f"ck_{table}_{name}", table)
    _people()
    for table in ("users", "registrations"):
        for name, check in CHECKS.items():
            op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, check)
    op.create_index("ix_users_casts", "users", ["id"], postgresql_where=sa.text("is_cast"))


def _people() -> None:
    """Give a name to whom nobody could see, and no address to whom no mail could reach.

    Mails to such an address went to nobody or to somebody else. Its owner signs in by member number.
    """
    op.execute(
        "UPDATE users SET nickname = '会員' || member_number"
        f" WHERE NOT ({CHECKS['nickname_plain']})"
    )
    op.execute(
        "UPDATE users SET email = 'unreachable-' || id || '@invalid', confirmed_at = NULL"
        f" WHERE NOT ({CHECKS['email_shape']})"
    )


def _links() -> None:
    op.add_column(
        "mailed_links",
        sa.Column("earlier", ARRAY(sa.LargeBinary()), server_default="{}", nullable=False),
    )
    op.create_check_constraint(
        op.f("ck_mailed_links_earlier_number"), "mailed_links", "cardinality(earlier) <= 24"
    )
    op.create_index("ix_mailed_links_earlier", "mailed_links", ["earlier"], postgresql_using="gin")
