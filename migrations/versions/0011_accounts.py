"""Registration in steps, mailed links, and what a session's device is called."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
UNSEEN = (
    r"\u0001-\u001f\u007f-\u009f\u00ad\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    r"\u2800\u3164\ufeff\uffa0"
)


def upgrade() -> None:
    """Apply the change."""
    _make_registrations()
    _make_mailed_links()
    op.execute(
        "GRANT SELECT, INSERT, UPDATE, DELETE ON registrations, mailed_links TO hitotoki_app"
    )
    op.add_column(
        "sessions", sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False)
    )
    op.create_unique_constraint(op.f("uq_sessions_id"), "sessions", ["id"])
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app")
    for name in ("browser", "system"):
        op.add_column("sessions", sa.Column(name, sa.Text(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_sessions_{name}_length"), "sessions", f"length({name}) BETWEEN 1 AND 30"
        )


def _make_registrations() -> None:
    op.create_table(
        "registrations",
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("nickname", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("birthday", sa.Date(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), server_default="/", nullable=False),
        sa.Column("agreed_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        *_checks(
            "registrations",
            ("browser_hash_is_sha256", "length(browser_hash) = 32"),
            ("email_is_lower", "email = lower(email)"),
            ("email_length", "length(email) BETWEEN 3 AND 254"),
            ("email_shape", "email ~ '^[!-?A-~]+@[!-?A-~]+$'"),
            ("nickname_length", "length(nickname) BETWEEN 1 AND 20"),
            ("nickname_plain", rf"nickname !~ '^\s|\s$|[{UNSEEN}]'"),
            ("password_hash_length", "length(password_hash) BETWEEN 20 AND 300"),
            ("password_is_argon2id", "password_hash ~ '^[$]argon2id[$]'"),
            ("birthday_plausible", "birthday >= '1900-01-01'"),
            ("locale_known", "locale IN ('ja', 'en')"),
            ("after_is_a_path", "after ~ '^/' AND length(after) <= 200"),
            ("expires_later", "expires_at > agreed_at"),
        ),
        sa.PrimaryKeyConstraint("browser_hash", name=op.f("pk_registrations")),
    )
    op.create_index("ix_registrations_expiry", "registrations", ["expires_at"])


def _make_mailed_links() -> None:
    op.create_table(
        "mailed_links",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("mail_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        *_checks(
            "mailed_links",
            ("token_hash_is_sha256", "length(token_hash) = 32"),
            ("purpose_known", "purpose IN ('confirm', 'reset', 'email')"),
            ("email_is_lower", "email = lower(email)"),
            ("email_length", "length(email) BETWEEN 3 AND 254"),
            ("expires_later", "expires_at > made_at"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_mailed_links_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mails.id"], name=op.f("fk_mailed_links_mail_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_mailed_links")),
        sa.UniqueConstraint("user_id", "purpose", name="uq_mailed_links_user"),
    )
    op.create_index("ix_mailed_links_mail", "mailed_links", ["mail_id"])
    op.create_index("ix_mailed_links_expiry", "mailed_links", ["expires_at"])


def _checks(table: str, *conditions: tuple[str, str]) -> list[sa.CheckConstraint]:
    return [
        sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))
        for name, condition in conditions
    ]
