"""What an operator made of the site: one row a kind, and the pictures that were drawn for it."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

KINDS = (
    "name", "accent", "words", "sender", "languages", "icon", "logo", "announcements",
    "maintenance", "doors",
)  # fmt: skip

# `value` is null where the house's own holds again. Each change adds one to `version`, so that
# their sum tells every process whether anything has changed.
site_particulars = sa.Table(
    "site_particulars",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("value", JSONB, nullable=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
    sa.Column("changed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("changed_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.CheckConstraint(one_of("kind", KINDS), name="kind_known"),
    sa.CheckConstraint("version >= 0", name="version_not_negative"),
    sa.CheckConstraint("length(value::text) <= 8000", name="value_length"),
)

# The pictures of an icon or a logo in all their sizes; those of the one before go.
site_pictures = sa.Table(
    "site_pictures",
    metadata,
    sa.Column("file", sa.Text, primary_key=True),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.CheckConstraint("length(file) BETWEEN 1 AND 40", name="file_length"),
    sa.CheckConstraint("length(data) BETWEEN 1 AND 4000000", name="data_length"),
)
