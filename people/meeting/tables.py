"""The tables of the casts' side: who asks to become one, and what a cast shows; and inquiries."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

APPLICATION_STATES = ("open", "approved", "declined")
INQUIRY_CATEGORIES = ("account", "points", "talk", "reservation", "cast", "other")
PHOTO_LOOKS = ("waiting", "refused", "passed")
INQUIRY_STATES = ("open", "answered", "closed")
# Languages that casts may speak, by their codes; the last one is Japanese sign language.
LANGUAGES = (
    "ja", "en", "zh", "ko", "es", "pt", "fr", "de", "it", "ru", "vi", "th", "id", "tl", "ne", "hi",
    "jsl",
)  # fmt: skip
_SPOKEN = ", ".join(f"'{code}'" for code in LANGUAGES)

# Who asks to become a cast, a member or a visitor. `claimed_by` is whom the approval made one.
applications = sa.Table(
    "applications",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=True
    ),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("about", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    sa.Column("words", sa.Text, nullable=True),
    sa.Column("claimed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("claimed_at", MOMENT, nullable=True),
    sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
    sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
    sa.CheckConstraint("length(name) BETWEEN 1 AND 40", name="name_length"),
    sa.CheckConstraint("length(about) BETWEEN 1 AND 200", name="about_length"),
    sa.CheckConstraint("length(message) BETWEEN 1 AND 2000", name="message_length"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 1000", name="words_length"),
    sa.CheckConstraint(one_of("state", APPLICATION_STATES), name="state_known"),
    sa.CheckConstraint(
        "(state = 'open') = (decided_by IS NULL) AND (state = 'open') = (decided_at IS NULL)"
        " AND (state = 'open') = (words IS NULL)",
        name="decided_with_words",
    ),
    sa.CheckConstraint(
        "(claimed_by IS NULL) = (claimed_at IS NULL)"
        " AND (claimed_by IS NULL OR state = 'approved')",
        name="claimed_once_approved",
    ),
    sa.Index(
        "uq_applications_open", "email", unique=True, postgresql_where=sa.text("state = 'open'")
    ),
    sa.Index("ix_applications_email", "email"),
    sa.Index("ix_applications_user", "user_id"),
    sa.Index("ix_applications_state", "state", "id"),
)

# What a cast says of themselves, on the page of each of their rooms.
profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("topics", ARRAY(sa.Text), nullable=False, server_default="{}"),
    # Those that they speak, as `LANGUAGES` knows them.
    sa.Column("languages", ARRAY(sa.Text), nullable=False, server_default="{}"),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(f"languages <@ ARRAY[{_SPOKEN}]::text[]", name="languages_known"),
    sa.CheckConstraint("cardinality(languages) <= 17", name="languages_number"),
    sa.CheckConstraint("length(text) <= 1000", name="text_length"),
    sa.CheckConstraint("cardinality(topics) <= 8", name="topics_number"),
    sa.CheckConstraint("length(array_to_string(topics, '')) <= 96", name="topics_length"),
)

# A cast's photos, here so that every process has them. Whoever has the name may see one; it is
# random, since only pages that show the photo shall give it away. A photo is never changed.
photos = sa.Table(
    "photos",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.Column("width", sa.SmallInteger, nullable=False),
    sa.Column("height", sa.SmallInteger, nullable=False),
    # The photo and its round portrait as WebP, and the card that messengers show as JPEG.
    sa.Column("whole", sa.LargeBinary, nullable=False),
    sa.Column("portrait", sa.LargeBinary, nullable=False),
    sa.Column("card", sa.LargeBinary, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    # Whether it stands in the profile, or with something that its owner offers.
    sa.Column("of_profile", sa.Boolean, nullable=False, server_default=sa.true()),
    # Until staff have looked at it, nobody else sees it; `look_words` say why they refused it.
    sa.Column("look", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("look_words", sa.Text, nullable=True),
    sa.CheckConstraint(one_of("look", PHOTO_LOOKS), name="look_known"),
    sa.CheckConstraint("(look = 'refused') = (look_words IS NOT NULL)", name="refused_with_words"),
    sa.CheckConstraint("length(look_words) BETWEEN 1 AND 1000", name="look_words_length"),
    sa.CheckConstraint("length(name) = 43", name="name_is_a_token"),
    sa.CheckConstraint("width BETWEEN 1 AND 1600 AND height BETWEEN 1 AND 1600", name="size"),
    sa.CheckConstraint(
        "length(whole) <= 4194304 AND length(portrait) <= 1048576 AND length(card) <= 2097152",
        name="bytes",
    ),
    sa.Index("ix_photos_user", "user_id", "position"),
    sa.Index("ix_photos_waiting", "id", postgresql_where=sa.text("look = 'waiting'")),
)

# What anyone asks the site, and what staff answer by mail.
inquiries = sa.Table(
    "inquiries",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=True
    ),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("category", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False, server_default="ja"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("decided_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("decided_at", MOMENT, nullable=True),
    sa.Column("words", sa.Text, nullable=True),
    sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
    sa.CheckConstraint("length(email) BETWEEN 3 AND 254", name="email_length"),
    sa.CheckConstraint(one_of("category", INQUIRY_CATEGORIES), name="category_known"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 2000", name="text_length"),
    sa.CheckConstraint("length(words) BETWEEN 1 AND 2000", name="words_length"),
    sa.CheckConstraint(one_of("state", INQUIRY_STATES), name="state_known"),
    sa.CheckConstraint(
        "(state = 'open') = (decided_by IS NULL) AND (state = 'open') = (decided_at IS NULL)"
        " AND (state = 'open') = (words IS NULL)",
        name="decided_with_words",
    ),
    sa.Index("ix_inquiries_user", "user_id"),
    sa.Index("ix_inquiries_state", "state", "id"),
)
