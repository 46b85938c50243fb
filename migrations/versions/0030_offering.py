"""What rooms offer: categories, tags, photos, ways in; and that staff look before others do."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("clock_timestamp()")
WORDS = "length(look_words) BETWEEN 1 AND 1000"
REFUSED = "(look = 'refused') = (look_words IS NOT NULL)"

# Japanese, English, picture, whether it asks for a licence; in their order.
CATEGORIES = (
    ("おしゃべり・話し相手", "Company and small talk", "coffee", False),
    ("子育て・家族", "Parenting and family", "baby", False),
    ("仕事・キャリア", "Work and careers", "briefcase-business", False),
    ("学び・語学", "Learning and languages", "graduation-cap", False),
    ("くらし・料理", "Home and cooking", "house", False),
    ("趣味・創作", "Hobbies and making things", "palette", False),
    ("旅・地域", "Travel and places", "map", False),
    ("心と体", "Mind and body", "sprout", False),
    ("人生の経験", "Life stories", "compass", False),
    ("法律・税の専門相談", "Legal and tax advice", "scale", True),
    ("医療・心理の専門相談", "Medical and psychological advice", "stethoscope", True),
    ("そのほか", "Everything else", "shapes", False),
)
# By their topic; all others are found under the last one.
TOPICS = {
    "おしゃべり・話し相手": ("雑談", "話し相手", "ぐち聞き", "お酒", "お茶"),
    "子育て・家族": ("子育て", "育児", "家族", "介護"),
    "仕事・キャリア": ("仕事", "転職", "就活", "起業"),
    "学び・語学": ("大学生", "英会話", "語学", "受験", "勉強", "歴史"),
    "くらし・料理": ("料理", "園芸", "着付け", "掃除"),
    "趣味・創作": ("音楽", "ゲーム", "映画", "読書", "メイク", "占い"),
    "旅・地域": ("旅行", "旅"),
    "心と体": ("運動", "健康"),
}
RIGHTS = """
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON room_categories, room_tags, room_photos, licences
  TO hitotoki_app;
"""
# What was public stays public, and whoever was talked with has been seen.
SEEN = """
UPDATE rooms SET look = 'passed' WHERE published
  OR EXISTS (SELECT FROM talks WHERE room_id = rooms.id)
  OR EXISTS (SELECT FROM reservations WHERE room_id = rooms.id)
"""
FITTING = sa.text("""
UPDATE rooms SET category_id = (SELECT id FROM room_categories WHERE name_ja = :name)
WHERE topic = ANY (:topics) AND topic <> '退会'
""")
REST = """
UPDATE rooms SET category_id = (SELECT id FROM room_categories WHERE name_ja = 'そのほか')
WHERE category_id IS NULL AND topic <> '退会'
"""


def upgrade() -> None:
    """Apply the change."""
    _categories()
    _rooms()
    _tags()
    _photos()
    _licences()
    op.execute(RIGHTS)
    op.execute(SEEN)
    for name, topics in TOPICS.items():
        op.get_bind().execute(FITTING, {"name": name, "topics": list(topics)})
    op.execute(REST)


def _categories() -> None:
    made = op.create_table(
        "room_categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name_ja", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("icon", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("licensed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "length(name_ja) BETWEEN 1 AND 20", name=op.f("ck_room_categories_name_ja_length")
        ),
        sa.CheckConstraint(
            "length(name_en) BETWEEN 1 AND 40", name=op.f("ck_room_categories_name_en_length")
        ),
        sa.CheckConstraint(
            "icon ~ '^[a-z0-9-]{1,40}$'", name=op.f("ck_room_categories_icon_is_a_name")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_categories")),
        sa.UniqueConstraint("name_ja", name="uq_room_categories_name_ja"),
        sa.UniqueConstraint("name_en", name="uq_room_categories_name_en"),
    )
    op.bulk_insert(
        made,
        [
            {"name_ja": ja, "name_en": en, "icon": icon, "licensed": licensed, "position": place}
            for place, (ja, en, icon, licensed) in enumerate(CATEGORIES, 1)
        ],
    )


def _rooms() -> None:
    for column in (
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("by_standby", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("by_application", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("look", sa.Text(), server_default="none", nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("look_words", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("rooms", column)
    op.create_foreign_key(
        op.f("fk_rooms_category_id"), "rooms", "room_categories", ["category_id"], ["id"]
    )
    op.drop_constraint("ck_rooms_text_length", "rooms")
    for name, text in {
        "text_length": "length(text) <= 2000",
        "look_known": "look IN ('none', 'waiting', 'refused', 'passed')",
        "public_ones_passed": "NOT published OR look IN ('none', 'passed')",
        "waits_since": "(look = 'waiting') = (sent_at IS NOT NULL)",
        "refused_with_words": REFUSED,
        "look_words_length": WORDS,
    }.items():
        op.create_check_constraint(op.f(f"ck_rooms_{name}"), "rooms", text)
    op.create_index("ix_rooms_category", "rooms", ["category_id"])
    op.create_index(
        "ix_rooms_waiting", "rooms", ["sent_at"], postgresql_where=sa.text("look = 'waiting'")
    )


def _tags() -> None:
    op.create_table(
        "room_tags",
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.CheckConstraint("position BETWEEN 1 AND 5", name=op.f("ck_room_tags_position_bounds")),
        sa.CheckConstraint("length(tag) BETWEEN 1 AND 20", name=op.f("ck_room_tags_tag_length")),
        sa.ForeignKeyConstraint(
            ["room_id"], ["rooms.id"], name=op.f("fk_room_tags_room_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("room_id", "position", name=op.f("pk_room_tags")),
    )
    op.create_index(
        "uq_room_tags_once", "room_tags", ["room_id", sa.text("lower(tag)")], unique=True
    )


def _photos() -> None:
    op.add_column(
        "photos", sa.Column("of_profile", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column("photos", sa.Column("look", sa.Text(), server_default="passed", nullable=False))
    op.alter_column("photos", "look", server_default="waiting")
    op.add_column("photos", sa.Column("look_words", sa.Text(), nullable=True))
    for name, text in {
        "look_known": "look IN ('waiting', 'refused', 'passed')",
        "refused_with_words": REFUSED,
        "look_words_length": WORDS,
    }.items():
        op.create_check_constraint(op.f(f"ck_photos_{name}"), "photos", text)
    op.create_index(
        "ix_photos_waiting", "photos", ["id"], postgresql_where=sa.text("look = 'waiting'")
    )
    op.create_table(
        "room_photos",
        sa.Column("photo_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["photo_id"], ["photos.id"], name=op.f("fk_room_photos_photo_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["room_id"], ["rooms.id"], name=op.f("fk_room_photos_room_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_room_photos")),
    )
    op.create_index("ix_room_photos_room", "room_photos", ["room_id", "position"])


def _licences() -> None:
    op.create_table(
        "licences",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("checked_at", MOMENT, server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_licences_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["room_categories.id"], name=op.f("fk_licences_category_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "category_id", name=op.f("pk_licences")),
    )
