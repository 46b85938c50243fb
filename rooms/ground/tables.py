"""Rooms, stand-by, talks, and who waits for a room."""

import sqlalchemy as sa

from foundation.columns import MOMENT, NOW, one_of
from foundation.database import metadata

TALK_STATES = ("connecting", "talking", "interrupted", "ended")
END_REASONS = (
    "caller_left",
    "cast_left",
    "points_exhausted",
    "spend_cap",
    "reservation_over",
    "connection_lost",
    "never_connected",
    "stopped_by_staff",
    "reports_disagree",
    # The telephone line, or the process that holds it: neither of the two.
    "line_failed",
)
SPAN_REASONS = (
    "caller_lost",
    "cast_lost",
    "both_lost",
    "no_media",
    "reconnecting",
    "disagree",
    "frozen",
)
SIDES = ("caller", "cast")
BOOKINGS = ("none", "direct", "request")
# How far a room has come with those who look at it before it is public.
LOOKS = ("none", "waiting", "refused", "passed")
MEDIA_PATHS = ("p2p", "relay")
# Bought beforehand, or paid afterwards.
PAYS = ("points", "tab")
# By which a cast waits, and two talk.
MEDIA = ("browser", "telephone")


rooms = sa.Table(
    "rooms",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False, server_default=""),
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("portrait", sa.Text, nullable=True),
    sa.Column("allows_video", sa.Boolean, nullable=False, server_default=sa.true()),
    # Since when its page tells callers that they may be asked for a recording.
    sa.Column("recording_since", MOMENT, nullable=True),
    sa.Column("published", sa.Boolean, nullable=False, server_default=sa.false()),
    # How the room takes reservations, and how many minutes one may have.
    sa.Column("booking", sa.Text, nullable=False, server_default="none"),
    sa.Column("booking_shortest", sa.SmallInteger, nullable=False, server_default="10"),
    sa.Column("booking_longest", sa.SmallInteger, nullable=False, server_default="60"),
    # Whether its talks go through the site's relay.
    sa.Column("relayed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("category_id", sa.BigInteger, sa.ForeignKey("room_categories.id"), nullable=True),
    # The ways in beside reservations.
    sa.Column("by_standby", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("by_application", sa.Boolean, nullable=False, server_default=sa.true()),
    # Whether one may talk here by telephone as well.
    sa.Column("by_telephone", sa.Boolean, nullable=False, server_default=sa.false()),
    # `passed`: it has been public, or may be. Since when it waits for staff, or why they refused.
    sa.Column("look", sa.Text, nullable=False, server_default="none"),
    sa.Column("sent_at", MOMENT, nullable=True),
    sa.Column("look_words", sa.Text, nullable=True),
    # How often it was changed: what staff have seen is what they decide about.
    sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
    sa.Column("takes_questions", sa.Boolean, nullable=False, server_default=sa.true()),
    # Whether its callers may pay afterwards.
    sa.Column("takes_tab", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", MOMENT, nullable=False, server_default=NOW),
    # Its short address, from its first publication on.
    sa.Column("short_code", sa.Text, nullable=True, unique=True),
    sa.CheckConstraint("short_code ~ '^[1-9A-HJ-NP-Za-km-z]{6}$'", name="short_code_shape"),
    sa.CheckConstraint(one_of("booking", BOOKINGS), name="booking_known"),
    sa.CheckConstraint(one_of("look", LOOKS), name="look_known"),
    sa.CheckConstraint("NOT published OR look IN ('none', 'passed')", name="public_ones_passed"),
    sa.CheckConstraint("(look = 'waiting') = (sent_at IS NOT NULL)", name="waits_since"),
    sa.CheckConstraint("(look = 'refused') = (look_words IS NOT NULL)", name="refused_with_words"),
    sa.CheckConstraint("length(look_words) BETWEEN 1 AND 1000", name="look_words_length"),
    sa.CheckConstraint(
        "booking_shortest BETWEEN 10 AND booking_longest AND booking_longest <= 120"
        " AND booking_shortest % 5 = 0 AND booking_longest % 5 = 0",
        name="booking_lengths",
    ),
    sa.CheckConstraint("length(title) BETWEEN 1 AND 40", name="title_length"),
    sa.CheckConstraint("length(topic) BETWEEN 1 AND 20", name="topic_length"),
    sa.CheckConstraint("length(text) <= 2000", name="text_length"),
    sa.CheckConstraint("rate BETWEEN 10 AND 10000", name="rate_bounds"),
    sa.UniqueConstraint("id", "cast_id", name="uq_rooms_id_cast"),
    sa.Index("ix_rooms_cast", "cast_id"),
    sa.Index("ix_rooms_category", "category_id"),
    sa.Index("ix_rooms_waiting", "sent_at", postgresql_where=sa.text("look = 'waiting'")),
)

# The hours at which a cast usually stands by, in the site's time zone.
room_hours = sa.Table(
    "room_hours",
    metadata,
    sa.Column("room_id", sa.BigInteger, sa.ForeignKey("rooms.id"), primary_key=True),
    sa.Column("weekday", sa.SmallInteger, primary_key=True),
    sa.Column("starts", sa.Time, primary_key=True),
    sa.Column("ends", sa.Time, nullable=False),
    sa.CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_from_monday"),
    sa.CheckConstraint("starts <> ends", name="not_empty"),
)

# A cast waiting in a room. The row is taken away by the caller who enters, so two can't.
standbys = sa.Table(
    "standbys",
    metadata,
    sa.Column("cast_id", sa.BigInteger, sa.ForeignKey("users.id"), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("since", MOMENT, nullable=False, server_default=NOW),
    sa.Column("seen_at", MOMENT, nullable=False, server_default=NOW),
    # Since when its page says that a microphone or camera that the room needs doesn't work.
    sa.Column("devices_lost_at", MOMENT),
    # By telephone nothing gives signs of life: the clock does, until a moment.
    sa.Column("medium", sa.Text, nullable=False, server_default="browser"),
    sa.Column("until", MOMENT, nullable=True),
    # How often in a row this cast was rung in vain.
    sa.Column("misses", sa.SmallInteger, nullable=False, server_default="0"),
    sa.CheckConstraint(one_of("medium", MEDIA), name="medium_known"),
    sa.CheckConstraint("(medium = 'telephone') = (until IS NOT NULL)", name="telephone_has_end"),
    sa.CheckConstraint("misses BETWEEN 0 AND 1", name="misses_bounds"),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.Index("ix_standbys_room", "room_id"),
    postgresql_with={"fillfactor": "50"},
)

talks = sa.Table(
    "talks",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("room_id", sa.BigInteger, nullable=False),
    sa.Column("caller_id", sa.BigInteger, sa.ForeignKey("users.id"), nullable=False),
    sa.Column("cast_id", sa.BigInteger, nullable=False),
    sa.Column("payer_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    sa.Column("cast_wallet", sa.BigInteger, sa.ForeignKey("wallets.id"), nullable=False),
    # Fixed at entry, so that a later change of price or policy never touches a running talk.
    sa.Column("rate", sa.Integer, nullable=False),
    sa.Column("share", sa.Integer, nullable=False),
    # Percent of the share that a minute earns which is paid by points that were given.
    sa.Column("gift_share", sa.Integer, nullable=False, server_default="0"),
    sa.Column("free_ms", sa.BigInteger, nullable=False),
    sa.Column("minute_ms", sa.BigInteger, nullable=False),
    sa.Column("with_video", sa.Boolean, nullable=False),
    sa.Column("medium", sa.Text, nullable=False, server_default="browser"),
    # How much of the rate is the line's, of which the cast has no share.
    sa.Column("line_fee", sa.Integer, nullable=False, server_default="0"),
    sa.Column("spend_cap_minutes", sa.Integer, nullable=True),
    sa.Column("state", sa.Text, nullable=False, server_default="connecting"),
    sa.Column("entered_at", MOMENT, nullable=False, server_default=NOW),
    # The meter: connected_ms up to running_since, and running from there while talking.
    sa.Column("connected_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("running_since", MOMENT, nullable=True),
    sa.Column("interrupted_at", MOMENT, nullable=True),
    sa.Column("next_minute", sa.Integer, nullable=False, server_default="1"),
    sa.Column("due_at", MOMENT, nullable=True),
    # Evidence: the last beat of each side, and the last that reported arriving media.
    sa.Column("caller_seen_at", MOMENT, nullable=True),
    sa.Column("cast_seen_at", MOMENT, nullable=True),
    sa.Column("caller_good_at", MOMENT, nullable=True),
    sa.Column("cast_good_at", MOMENT, nullable=True),
    # Who holds each seat, as tab/connection; every new peer connection is a new pair.
    sa.Column("pair", sa.Integer, nullable=False, server_default="0"),
    sa.Column("caller_seat", sa.Text, nullable=True),
    sa.Column("cast_seat", sa.Text, nullable=True),
    # The pair: asked for, made by both sides, first and last carrying anything by anybody's figures
    # (the last without a gap since the meter stopped); the last pair that each side beat for.
    sa.Column("pair_at", MOMENT, nullable=True),
    sa.Column("pair_begun_at", MOMENT, nullable=True),
    sa.Column("pair_flow_at", MOMENT, nullable=True),
    sa.Column("flow_at", MOMENT, nullable=True),
    sa.Column("caller_pair", sa.Integer, nullable=False, server_default="0"),
    sa.Column("cast_pair", sa.Integer, nullable=False, server_default="0"),
    # What each side last said on this pair: when it said anything, when media last came, when it
    # last held a new receiver report of the other about something that it sent.
    sa.Column("caller_told_at", MOMENT, nullable=True),
    sa.Column("cast_told_at", MOMENT, nullable=True),
    sa.Column("caller_came_at", MOMENT, nullable=True),
    sa.Column("cast_came_at", MOMENT, nullable=True),
    sa.Column("caller_report_at", MOMENT, nullable=True),
    sa.Column("cast_report_at", MOMENT, nullable=True),
    # The picture: the last frame (or moment without a claim to one), and the last beat that said
    # that the own camera was on and sending. Who agreed to go on by voice.
    sa.Column("caller_frame_at", MOMENT, nullable=True),
    sa.Column("cast_frame_at", MOMENT, nullable=True),
    sa.Column("caller_camera_at", MOMENT, nullable=True),
    sa.Column("cast_camera_at", MOMENT, nullable=True),
    sa.Column("frozen_at", MOMENT, nullable=True),
    sa.Column("caller_by_voice", sa.Boolean, nullable=True),
    sa.Column("cast_by_voice", sa.Boolean, nullable=True),
    # Interruptions: why the meter stands, and how long those that are over took.
    sa.Column("stopped_by", sa.Text, nullable=True),
    sa.Column("interrupted_ms", sa.BigInteger, nullable=False, server_default="0"),
    # Contradictions: how much time they cover, and up to when.
    sa.Column("disagree_ms", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("disagree_to", MOMENT, nullable=True),
    # Light: whether both send silence and black, since when; since when a new pair is bright; from
    # when on the brightness of an interruption is unproved; and how much unproved light there was.
    sa.Column("dark", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("dark_at", MOMENT, nullable=True),
    sa.Column("pair_lights", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("lit_at", MOMENT, nullable=True),
    sa.Column("lapse_at", MOMENT, nullable=True),
    sa.Column("unproved_ms", sa.BigInteger, nullable=False, server_default="0"),
    # When a pair was last asked for anew.
    sa.Column("renewed_at", MOMENT, nullable=True),
    # By which way the present pair goes, through which media process (its row may have gone with
    # it), and whether the talk itself wants the relay. A pair keeps its way.
    sa.Column("media_path", sa.Text, nullable=False, server_default="p2p"),
    sa.Column("media_host", sa.BigInteger, nullable=True),
    sa.Column("wants_relay", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ended_at", MOMENT, nullable=True),
    sa.Column("end_reason", sa.Text, nullable=True),
    # A reservation's talk: paid for beforehand, until both have gone on beyond its end.
    sa.Column(
        "reservation_id",
        sa.BigInteger,
        sa.ForeignKey("reservations.id", use_alter=True, name="fk_talks_reservation_id"),
        nullable=True,
    ),
    sa.Column("caller_goes_on", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("cast_goes_on", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("went_on_at", MOMENT, nullable=True),
    # When a reservation ends it: the one it is of, or the next one of its cast.
    sa.Column("must_end_at", MOMENT, nullable=True),
    # By which wallet it is paid; on a tab, whether a bill is still to be made of it.
    sa.Column("pays", sa.Text, nullable=False, server_default="points"),
    sa.Column("to_bill", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint(one_of("pays", PAYS), name="pays_known"),
    sa.CheckConstraint("NOT to_bill OR pays = 'tab'", name="only_tabs_are_billed"),
    sa.CheckConstraint(
        "reservation_id IS NULL OR went_on_at IS NOT NULL OR must_end_at IS NOT NULL",
        name="reserved_ends",
    ),
    sa.CheckConstraint(
        "reservation_id IS NOT NULL OR (went_on_at IS NULL AND NOT caller_goes_on"
        " AND NOT cast_goes_on)",
        name="only_reserved_goes_on",
    ),
    sa.ForeignKeyConstraint(["room_id", "cast_id"], ["rooms.id", "rooms.cast_id"]),
    sa.CheckConstraint("caller_id <> cast_id", name="two_people"),
    sa.CheckConstraint("rate > 0 AND share BETWEEN 0 AND rate", name="share_within_rate"),
    sa.CheckConstraint("gift_share BETWEEN 0 AND 100", name="gift_share_is_percent"),
    sa.CheckConstraint("free_ms >= 0 AND minute_ms > 0", name="times_positive"),
    sa.CheckConstraint("connected_ms >= 0 AND next_minute >= 1", name="meter_not_negative"),
    sa.CheckConstraint("spend_cap_minutes BETWEEN 1 AND 1440", name="spend_cap_bounds"),
    sa.CheckConstraint(one_of("state", TALK_STATES), name="state_known"),
    sa.CheckConstraint(one_of("media_path", MEDIA_PATHS), name="media_path_known"),
    sa.CheckConstraint(one_of("medium", MEDIA), name="medium_known"),
    sa.CheckConstraint(
        "line_fee >= 0 AND share + line_fee <= rate AND (line_fee = 0 OR medium = 'telephone')",
        name="line_fee_within_rate",
    ),
    sa.CheckConstraint("medium = 'browser' OR NOT with_video", name="no_video_by_telephone"),
    sa.CheckConstraint("(media_path = 'relay') = (media_host IS NOT NULL)", name="relay_has_host"),
    sa.CheckConstraint(one_of("end_reason", END_REASONS), name="reason_known"),
    sa.CheckConstraint(one_of("stopped_by", SPAN_REASONS), name="stop_known"),
    sa.CheckConstraint(
        "interrupted_ms >= 0 AND disagree_ms >= 0 AND unproved_ms >= 0", name="sums_not_negative"
    ),
    sa.CheckConstraint(
        "(state = 'talking') = (running_since IS NOT NULL)"
        " AND (state = 'talking') = (due_at IS NOT NULL)",
        name="runs_while_talking",
    ),
    sa.CheckConstraint(
        "(state = 'interrupted') = (interrupted_at IS NOT NULL)", name="interrupted_since"
    ),
    sa.CheckConstraint(
        "(state = 'ended') = (ended_at IS NOT NULL)"
        " AND (state = 'ended') = (end_reason IS NOT NULL)",
        name="ended_with_reason",
    ),
    sa.Index(
        "uq_talks_live_caller",
        "caller_id",
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    sa.Index(
        "uq_talks_live_cast", "cast_id", unique=True, postgresql_where=sa.text("ended_at IS NULL")
    ),
    # By state: a charge moves `due_at`, and a row whose indexed columns stay is cheap to change.
    sa.Index("ix_talks_running", "id", postgresql_where=sa.text("state = 'talking'")),
    sa.Index("ix_talks_caller", "caller_id", "id"),
    # What a caller has used of the free time with one cast.
    sa.Index("ix_talks_pair", "caller_id", "cast_id", "entered_at"),
    sa.Index("ix_talks_cast", "cast_id", "id"),
    sa.Index("ix_talks_live_room", "room_id", postgresql_where=sa.text("ended_at IS NULL")),
    sa.Index(
        "ix_talks_must_end",
        "must_end_at",
        postgresql_where=sa.text("ended_at IS NULL AND must_end_at IS NOT NULL"),
    ),
    sa.Index(
        "ix_talks_reservation",
        "reservation_id",
        postgresql_where=sa.text("reservation_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_talks_live_media_host",
        "media_host",
        postgresql_where=sa.text("ended_at IS NULL AND media_host IS NOT NULL"),
    ),
    sa.Index("ix_talks_to_bill", "id", postgresql_where=sa.text("to_bill")),
    # Who was contradicted of late.
    sa.Index(
        "ix_talks_disagreed",
        "ended_at",
        postgresql_where=sa.text("end_reason = 'reports_disagree'"),
    ),
    postgresql_with={"fillfactor": "50"},
)

# Who waits for a busy room, in the order of `id`. Once the cast stands by again, the first has a
# turn: for that long nobody else may enter.
waiting_turns = sa.Table(
    "waiting_turns",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column(
        "room_id", sa.BigInteger, sa.ForeignKey("rooms.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("joined_at", MOMENT, nullable=False, server_default=NOW),
    sa.Column("called_at", MOMENT, nullable=True),
    sa.Column("turn_ends_at", MOMENT, nullable=True),
    # Turns that passed unused: the first sends to the end of the list, the second home.
    sa.Column("lapses", sa.SmallInteger, nullable=False, server_default="0"),
    # When this one, being the first, was last told that the cast takes a pause.
    sa.Column("pause_told_at", MOMENT, nullable=True),
    sa.CheckConstraint("lapses BETWEEN 0 AND 1", name="lapses_bounds"),
    sa.UniqueConstraint("room_id", "user_id", name="uq_waiting_turns_once"),
    sa.CheckConstraint("(called_at IS NULL) = (turn_ends_at IS NULL)", name="a_turn_ends"),
    sa.CheckConstraint("turn_ends_at > called_at", name="forward"),
    sa.Index("ix_waiting_turns_room", "room_id", "id"),
    sa.Index("ix_waiting_turns_user", "user_id"),
    sa.Index(
        "uq_waiting_turns_one_turn",
        "room_id",
        unique=True,
        postgresql_where=sa.text("called_at IS NOT NULL"),
    ),
)

# Who let two turns pass: until when they can't wait for that room again.
waiting_misses = sa.Table(
    "waiting_misses",
    metadata,
    sa.Column(
        "room_id", sa.BigInteger, sa.ForeignKey("rooms.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column(
        "user_id", sa.BigInteger, sa.ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    ),
    sa.Column("until", MOMENT, nullable=False),
    sa.Index("ix_waiting_misses_until", "until"),
)
