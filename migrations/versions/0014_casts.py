"""Applications to become a cast, casts' profiles and photos, and inquiries."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

NOW = sa.text("clock_timestamp()")
MOMENT = sa.DateTime(timezone=True)
DECIDED = (
    "(state = 'open') = (decided_by IS NULL) AND (state = 'open') = (decided_at IS NULL)"
    " AND (state = 'open') = (words IS NULL)"
)
RIGHTS = """
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON applications, profiles, photos, inquiries TO hitotoki_app;
"""


def upgrade() -> None:
    """Apply the change."""
    _applications()
    _profiles()
    _photos()
    _inquiries()
    op.execute(RIGHTS)


def _applications() -> None:
    op.create_table(
        "applications",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="ja", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_applications_email_is_lower")),
        sa.CheckConstraint(
            "length(email) BETWEEN 3 AND 254", name=op.f("ck_applications_email_length")
        ),
        sa.CheckConstraint(
            "length(name) BETWEEN 1 AND 40", name=op.f("ck_applications_name_length")
        ),
        sa.CheckConstraint(
            "length(about) BETWEEN 1 AND 200", name=op.f("ck_applications_about_length")
        ),
        sa.CheckConstraint(
            "length(message) BETWEEN 1 AND 2000", name=op.f("ck_applications_message_length")
        ),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 1000", name=op.f("ck_applications_words_length")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'approved', 'declined')", name=op.f("ck_applications_state_known")
        ),
        sa.CheckConstraint(DECIDED, name=op.f("ck_applications_decided_with_words")),
        sa.CheckConstraint(
            "(claimed_by IS NULL) = (claimed_at IS NULL)"
            " AND (claimed_by IS NULL OR state = 'approved')",
            name=op.f("ck_applications_claimed_once_approved"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_applications_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_applications_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["claimed_by"], ["users.id"], name=op.f("fk_applications_claimed_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applications")),
    )
    op.create_index(
        "uq_applications_open",
        "applications",
        ["email"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_applications_email", "applications", ["email"])
    op.create_index("ix_applications_user", "applications", ["user_id"])
    op.create_index("ix_applications_state", "applications", ["state", "id"])


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("topics", ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("changed_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("length(text) <= 1000", name=op.f("ck_profiles_text_length")),
        sa.CheckConstraint("cardinality(topics) <= 8", name=op.f("ck_profiles_topics_number")),
        sa.CheckConstraint(
            "length(array_to_string(topics, '')) <= 96", name=op.f("ck_profiles_topics_length")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_profiles_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_profiles")),
    )


def _photos() -> None:
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column("whole", sa.LargeBinary(), nullable=False),
        sa.Column("portrait", sa.LargeBinary(), nullable=False),
        sa.Column("card", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, server_default=NOW, nullable=False),
        sa.CheckConstraint("length(name) = 43", name=op.f("ck_photos_name_is_a_token")),
        sa.CheckConstraint(
            "width BETWEEN 1 AND 1600 AND height BETWEEN 1 AND 1600", name=op.f("ck_photos_size")
        ),
        sa.CheckConstraint(
            "length(whole) <= 4194304 AND length(portrait) <= 1048576 AND length(card) <= 2097152",
            name=op.f("ck_photos_bytes"),
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_photos_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
        sa.UniqueConstraint("name", name=op.f("uq_photos_name")),
    )
    op.create_index("ix_photos_user", "photos", ["user_id", "position"])


def _inquiries() -> None:
    op.create_table(
        "inquiries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), server_default="ja", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("words", sa.Text(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_inquiries_email_is_lower")),
        sa.CheckConstraint(
            "length(email) BETWEEN 3 AND 254", name=op.f("ck_inquiries_email_length")
        ),
        sa.CheckConstraint(
            "category IN ('account', 'points', 'talk', 'reservation', 'cast', 'other')",
            name=op.f("ck_inquiries_category_known"),
        ),
        sa.CheckConstraint(
            "length(text) BETWEEN 1 AND 2000", name=op.f("ck_inquiries_text_length")
        ),
        sa.CheckConstraint(
            "length(words) BETWEEN 1 AND 2000", name=op.f("ck_inquiries_words_length")
        ),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'closed')", name=op.f("ck_inquiries_state_known")
        ),
        sa.CheckConstraint(DECIDED, name=op.f("ck_inquiries_decided_with_words")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_inquiries_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_inquiries_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inquiries")),
    )
    op.create_index("ix_inquiries_user", "inquiries", ["user_id"])
    op.create_index("ix_inquiries_state", "inquiries", ["state", "id"])
