"""Who answers on the site, and the numbers that help where a life may be in danger."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from people.accounts.tables import LOCALES

MOST_LINE_NAME, MOST_LINE_HOURS = 60, 80

# Who was given the right to answer as a member of the site's own choice. Taking it away deletes the
# row; who gave and took it, and why, stands among staff's acts.
answering_members = sa.Table(
    "answering_members",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
)

# Telephone numbers for help, as staff keep them for each language.
help_lines = sa.Table(
    "help_lines",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("number", sa.Text, nullable=False),
    # When somebody answers there, in words; empty where that is not known.
    sa.Column("hours", sa.Text, nullable=False, server_default=""),
    sa.Column("position", sa.SmallInteger, nullable=False),
    sa.CheckConstraint(one_of("locale", LOCALES), name="locale_known"),
    sa.CheckConstraint(f"length(name) BETWEEN 1 AND {MOST_LINE_NAME}", name="name_length"),
    sa.CheckConstraint("number ~ '^[0-9#+*-]{2,20}$'", name="number_is_one"),
    sa.CheckConstraint(f"length(hours) <= {MOST_LINE_HOURS}", name="hours_length"),
    sa.UniqueConstraint("locale", "number", name="uq_help_lines_number"),
)
