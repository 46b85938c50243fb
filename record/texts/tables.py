"""The versions of an operator's own texts, and who agreed to which of them.

A version is written once: triggers and the rights of the application's role refuse an update or a
delete. What holds is the one with the latest `holds_from` that has come; of several with the same,
the one with the greatest number.
"""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

NAMES = ("terms", "privacy", "faq", "guide", "guide_casts", "legal")
# Those to which members can be asked to agree.
AGREED = ("terms", "privacy")
MOST_CHARACTERS = 100_000
MOST_SUMMARY = 500

site_texts = sa.Table(
    "site_texts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    # Markdown; null where the shipped text stands in that language.
    sa.Column("body_ja", sa.Text, nullable=True),
    sa.Column("body_en", sa.Text, nullable=True),
    # What changed, in the operator's words, for who is asked to agree.
    sa.Column("summary_ja", sa.Text, nullable=False, server_default=""),
    sa.Column("summary_en", sa.Text, nullable=False, server_default=""),
    sa.Column("to_agree", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("holds_from", MOMENT, nullable=False),
    sa.Column("made_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.UniqueConstraint("name", "number", name="uq_site_texts_number"),
    sa.CheckConstraint(one_of("name", NAMES), name="name_known"),
    sa.CheckConstraint("number >= 1", name="number_positive"),
    sa.CheckConstraint(f"length(body_ja) BETWEEN 1 AND {MOST_CHARACTERS}", name="body_ja_length"),
    sa.CheckConstraint(f"length(body_en) BETWEEN 1 AND {MOST_CHARACTERS}", name="body_en_length"),
    sa.CheckConstraint(f"length(summary_ja) <= {MOST_SUMMARY}", name="summary_ja_length"),
    sa.CheckConstraint(f"length(summary_en) <= {MOST_SUMMARY}", name="summary_en_length"),
    sa.CheckConstraint(
        f"NOT to_agree OR ({one_of('name', AGREED)} AND summary_ja <> '')",
        name="agreed_with_a_summary",
    ),
    sa.Index("ix_site_texts_holds", "name", "holds_from", "number"),
)

# Who agreed to a version, by a press of their own or by registering while it held.
text_agreements = sa.Table(
    "text_agreements",
    metadata,
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("text_id", sa.BigInteger, sa.ForeignKey("site_texts.id"), primary_key=True),
    sa.Column("agreed_at", MOMENT, nullable=False, server_default=NOW),
    sa.Index("ix_text_agreements_text", "text_id"),
)
