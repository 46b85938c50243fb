"""Second factors, choices of notifications, and what a withdrawal leaves behind."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """Apply the change."""
    op.add_column("sessions", sa.Column("proved_at", MOMENT, nullable=True))
    _factors()
    _steps()
    _choices()
    op.add_column(
        "mails",
        sa.Column("forgotten_after", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.execute((SQL / "0012_withdrawal.sql").read_text("utf-8"))


def _factors() -> None:
    op.create_table(
        "totp_keys",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("wrong", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("wrong_since", MOMENT, nullable=True),
        sa.CheckConstraint("length(secret) = 48", name=op.f("ck_totp_keys_secret_is_sealed")),
        sa.CheckConstraint("wrong >= 0", name=op.f("ck_totp_keys_wrong_not_negative")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_totp_keys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_totp_keys")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.CheckConstraint(
            "length(credential_id) BETWEEN 1 AND 1023",
            name=op.f("ck_passkeys_credential_id_length"),
        ),
        sa.CheckConstraint(
            "length(public_key) BETWEEN 1 AND 2000", name=op.f("ck_passkeys_public_key_length")
        ),
        sa.CheckConstraint("sign_count >= 0", name=op.f("ck_passkeys_sign_count_not_negative")),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name=op.f("ck_passkeys_name_length")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_passkeys_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
    )
    op.create_index("ix_passkeys_user", "passkeys", ["user_id", "id"])
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "length(code_hash) = 32", name=op.f("ck_recovery_codes_code_hash_is_sha256")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_codes")),
    )


def _steps() -> None:
    op.create_table(
        "sign_in_steps",
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("challenge", sa.LargeBinary(), nullable=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "length(browser_hash) = 32", name=op.f("ck_sign_in_steps_browser_hash_is_sha256")
        ),
        sa.CheckConstraint(
            "purpose IN ('second', 'passkey', 'new_passkey')",
            name=op.f("ck_sign_in_steps_purpose_known"),
        ),
        sa.CheckConstraint(
            "(purpose = 'passkey') = (user_id IS NULL)", name=op.f("ck_sign_in_steps_whose")
        ),
        sa.CheckConstraint(
            "(purpose = 'second') = (challenge IS NULL) AND length(challenge) = 64",
            name=op.f("ck_sign_in_steps_challenge_of_passkeys"),
        ),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_sign_in_steps_few_tries")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_sign_in_steps_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("browser_hash", "purpose", name=op.f("pk_sign_in_steps")),
    )
    op.create_index("ix_sign_in_steps_expiry", "sign_in_steps", ["expires_at"])
    op.create_index("ix_sign_in_steps_user", "sign_in_steps", ["user_id"])


def _choices() -> None:
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "topic IN ('reservations', 'talks', 'points', 'favourites')",
            name=op.f("ck_notification_choices_topic_known"),
        ),
        sa.CheckConstraint(
            "channel IN ('mail', 'push')", name=op.f("ck_notification_choices_channel_known")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notification_choices_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "user_id", "topic", "channel", name=op.f("pk_notification_choices")
        ),
    )
