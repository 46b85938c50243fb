"""What staff did and what they must look at.

Rows of `staff_acts` are written once: triggers and the rights of the application's role refuse an
update or a delete.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

# What staff must look at.
alarms = sa.Table(
    "alarms",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    # A text of the catalogues, and what stands in its places.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("details", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    # What it is about (an event, an intent, a purchase); one alarm of a kind for each.
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("seen_at", MOMENT, nullable=True),
    sa.Column("seen_by", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.UniqueConstraint("kind", "subject", name="uq_alarms_kind_subject"),
    sa.CheckConstraint("length(kind) BETWEEN 1 AND 60", name="kind_length"),
    sa.CheckConstraint("length(text) BETWEEN 1 AND 1000", name="text_length"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
    sa.CheckConstraint("(seen_at IS NULL) = (seen_by IS NULL)", name="seen_by_somebody"),
    sa.Index("ix_alarms_unseen", "id", postgresql_where=sa.text("seen_at IS NULL")),
)

# Every act of staff, and of the command line (whose actor is null).
staff_acts = sa.Table(
    "staff_acts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("actor_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=True),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("detail", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("length(act) BETWEEN 1 AND 60", name="act_length"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 200", name="subject_length"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.Index("ix_staff_acts_actor", "actor_id", "id"),
    sa.Index("ix_staff_acts_subject", "subject", "id"),
)

# The database's clock as the ticker last saw it, and by how much it was seen to step.
clock_watch = sa.Table(
    "clock_watch",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("ticked_at", MOMENT, nullable=False),
    sa.Column("stepped_at", MOMENT, nullable=True),
    sa.Column("off_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.CheckConstraint("id = 1", name="one_row"),
)

# Rows at which a piece of work over many failed, until it succeeds. Rows of any table: `subject` is
# a word for what they are and their key.
row_faults = sa.Table(
    "row_faults",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("first_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("last_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("tries", sa.Integer, nullable=False, server_default="1"),
    sa.Column("next_try_at", MOMENT, nullable=False),
    sa.CheckConstraint("length(kind) BETWEEN 1 AND 60", name="kind_length"),
    sa.CheckConstraint("length(subject) BETWEEN 1 AND 100", name="subject_length"),
    sa.CheckConstraint("length(reason) BETWEEN 1 AND 500", name="reason_length"),
    sa.CheckConstraint("tries >= 1", name="tries_positive"),
    sa.Index("ix_row_faults_last", "last_at"),
)

# One row once the site is open to everyone; before that only staff see more than that it will be.
site_opening = sa.Table(
    "site_opening",
    metadata,
    sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("opened_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint("id = 1", name="one_row"),
)

# What was tried or ticked on the way there, each as it was last. Who did it stands among the acts.
opening_steps = sa.Table(
    "opening_steps",
    metadata,
    sa.Column("step", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("note", sa.Text, nullable=False, server_default=""),
    sa.Column("at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("state", ("asked", "done", "failed")), name="state_known"),
    sa.CheckConstraint("length(step) BETWEEN 1 AND 40", name="step_length"),
    sa.CheckConstraint("length(note) <= 500", name="note_length"),
)
