"""Calls by telephone: what the telephone process is asked, what becomes of it, what it cost."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata
from rooms.ground.tables import PAYS

ORDER_KINDS = ("call", "prove", "hang_up")
# Asked for; a telephone rings; the caller is guided while the cast's rings; both talk; over.
CALL_STATES = ("asked", "ringing", "guided", "joined", "ended")
# Who is rung first, and by what one shows to be a person.
RINGS = ("caller_first", "cast_first", "both", "caller_is_there")
ANSWERS = ("key", "pickup")
LEG_STATES = ("none", "dialling", "ringing", "answered", "over")
# How one telephone's leg ended, as the line said it; `unconfirmed`: answered, but by no person.
LEG_ENDS = (
    "they_hung_up",
    "we_hung_up",
    "silent",
    "busy",
    "declined",
    "no_answer",
    "unreachable",
    "line_failed",
    "unconfirmed",
)
# Why a call was over before both were joined; `talked`: they were.
CALL_ENDS = (
    "talked",
    "called_off",
    "caller_busy",
    "caller_declined",
    "caller_no_answer",
    "caller_unreachable",
    "caller_unconfirmed",
    "caller_hung_up",
    "cast_busy",
    "cast_declined",
    "cast_no_answer",
    "cast_unreachable",
    "cast_unconfirmed",
    "cast_hung_up",
    "refused",
    "line_failed",
    # All lines were taken until its time was over.
    "line_busy",
)
NEWS = ("call", "talk", "room", "person")
LONGEST_REFUSAL = 300

# The processes that hold the telephone line. `away`: why no call can be made by it now.
telephone_gateways = sa.Table(
    "telephone_gateways",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("away", sa.Text, nullable=True),
    sa.Column("legs", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("length(away) BETWEEN 1 AND 40", name="away_length"),
    sa.CheckConstraint("legs >= 0", name="legs_not_negative"),
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("asked_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("state", sa.Text, nullable=False, server_default="asked"),
    sa.Column("ring", sa.Text, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    # What was told before: points a minute in all, and how much of that is the line's.
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("line_fee", sa.Integer, nullable=False),
    sa.Column("pays", sa.Text, nullable=False, server_default="points"),
    sa.Column("spend_cap_minutes", sa.Integer, nullable=True),
    # The reservation whose time this is.
    sa.Column("reservation_id", sa.BigInteger, sa.ForeignKey("reservations.id"), nullable=True),
    # The application whose answer this is (its row may have gone).
    sa.Column("application_id", sa.BigInteger, nullable=True),
    sa.Column("caller_leg", sa.Text, nullable=False, server_default="none"),
    sa.Column("cast_leg", sa.Text, nullable=False, server_default="none"),
    # Which gateway carries it (its row may have gone), and its last sign of life for this call.
    sa.Column("gateway", sa.BigInteger, nullable=True),
    sa.Column("alive_at", MOMENT, nullable=False, server_default=NOW),
    # The stand-by that was taken for it, to which the cast goes back; null: to none.
    sa.Column("standby_until", MOMENT, nullable=True),
    sa.Column("standby_misses", sa.SmallInteger, nullable=False, server_default="0"),
    # Somebody wants it to be over: the gateway hangs up.
    sa.Column("stop_asked_by", sa.Text, nullable=True),
    sa.Column("talk_id", sa.BigInteger, sa.ForeignKey("talks.id"), nullable=True, unique=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("why", sa.Text, nullable=True),
    # Of one that was refused when both were there: the words, as the caller was shown them.
    sa.Column("refusal", sa.Text, nullable=True),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint(one_of("state", CALL_STATES), name="state_known"),
    sa.CheckConstraint(one_of("ring", RINGS), name="ring_known"),
    sa.CheckConstraint(one_of("answer", ANSWERS), name="answer_known"),
    sa.CheckConstraint(one_of("caller_leg", LEG_STATES), name="caller_leg_known"),
    sa.CheckConstraint(one_of("cast_leg", LEG_STATES), name="cast_leg_known"),
    sa.CheckConstraint(one_of("why", CALL_ENDS), name="why_known"),
    sa.CheckConstraint("stop_asked_by IN ('caller', 'cast', 'site')", name="stop_known"),
    sa.CheckConstraint("rate > 0 AND line_fee >= 0 AND line_fee < rate", name="fee_within_rate"),
    sa.CheckConstraint(one_of("pays", PAYS), name="pays_known"),
    sa.CheckConstraint("spend_cap_minutes BETWEEN 1 AND 1440", name="spend_cap_bounds"),
    sa.CheckConstraint("standby_misses BETWEEN 0 AND 2", name="misses_bounds"),
    sa.CheckConstraint("num_nonnulls(reservation_id, application_id) < 2", name="promised_once"),
    sa.CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (why IS NOT NULL)",
        name="ended_with_reason",
    ),
    sa.CheckConstraint(
        "(state <> 'joined' OR talk_id IS NOT NULL)"
        " AND (talk_id IS NULL OR state IN ('joined', 'ended'))"
        " AND coalesce((why = 'talked') = (talk_id IS NOT NULL), true)",
        name="joined_is_a_talk",
    ),
    sa.CheckConstraint(
        f"length(refusal) BETWEEN 1 AND {LONGEST_REFUSAL} AND (refusal IS NULL OR why = 'refused')",
        name="refused_in_words",
    ),
    # Nobody is rung twice at once, on whichever side.
    sa.Index(
        "uq_calls_live_caller",
        "caller_id",
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(
        "uq_calls_live_cast", "cast_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")
    ),
    sa.Index("ix_calls_live_room", "room_id", postgresql_where=sa.text("ended_at IS NULL")),
    sa.Index("ix_calls_caller", "caller_id", "id"),
    sa.Index("ix_calls_cast", "cast_id", "id"),
    sa.Index(
        "ix_calls_reservation",
        "reservation_id",
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_calls_application",
        "application_id",
        postgresql_where=sa.text("application_id IS NOT NULL"),
    ),
    postgresql_with={"fillfactor": "70"},
)

# Each time that a telephone was rung or rang us, with what that cost.
call_attempts = sa.Table(
    "call_attempts",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "call_id", sa.BigInteger, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("side", sa.Text, nullable=False),
    sa.Column("incoming", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("dialled_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("answered_at", MOMENT, nullable=True),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("end_word", sa.Text, nullable=True),
    sa.Column("cost_yen", sa.Integer, nullable=True),
    sa.CheckConstraint("side IN ('caller', 'cast')", name="side_known"),
    sa.CheckConstraint(one_of("end_word", LEG_ENDS), name="end_known"),
    sa.CheckConstraint("cost_yen >= 0", name="cost_not_negative"),
    sa.CheckConstraint(
        "(ended_at IS NULL) = (end_word IS NULL) AND (ended_at IS NULL) = (cost_yen IS NULL)",
        name="ended_with_cost",
    ),
    sa.Index("ix_call_attempts_call", "call_id", "id"),
    sa.Index("ix_call_attempts_open", "id", postgresql_where=sa.text("ended_at IS NULL")),
    # What a day has cost so far.
    sa.Index("ix_call_attempts_dialled", "dialled_at", postgresql_include=["cost_yen"]),
)

# What the telephone process is asked to do; void after its term.
telephone_orders = sa.Table(
    "telephone_orders",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column(
        "call_id", sa.BigInteger, sa.ForeignKey("calls.id", ondelete="CASCADE"), nullable=True
    ),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    # What a proof is of.
    sa.Column("subject", sa.BigInteger, nullable=True),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("void_at", MOMENT, nullable=False),
    sa.Column("taken_by", sa.BigInteger, nullable=True),
    sa.Column("taken_at", MOMENT, nullable=True),
    sa.CheckConstraint(one_of("kind", ORDER_KINDS), name="kind_known"),
    sa.CheckConstraint("(kind = 'prove') = (call_id IS NULL)", name="of_a_call"),
    sa.CheckConstraint("(kind = 'prove') = (subject IS NOT NULL)", name="of_a_proof"),
    sa.CheckConstraint("void_at > made_at", name="has_a_term"),
    sa.CheckConstraint("(taken_by IS NULL) = (taken_at IS NULL)", name="taken_by_one"),
    sa.Index("ix_telephone_orders_open", "id", postgresql_where=sa.text("taken_at IS NULL")),
    sa.Index("ix_telephone_orders_void", "void_at"),
    sa.Index("ix_telephone_orders_user", "user_id"),
    sa.Index("ix_telephone_orders_call", "call_id"),
)

# What changed by telephone, for the processes that speak with browsers to tell; each row once.
call_news = sa.Table(
    "call_news",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column("made_at", MOMENT, nullable=False, server_default=NOW),
    sa.CheckConstraint(one_of("kind", NEWS), name="kind_known"),
)
