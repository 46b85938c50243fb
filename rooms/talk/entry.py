"""Entry: the moment at which a caller takes a cast's stand-by and a talk begins."""

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed, typed_one
from foundation.settings import Settings
from people.accounts import locking
from people.accounts.tables import users
from people.meeting import blocks
from points import ledger
from points import rules as prices
from points.rules import Pays
from record.site import doors
from rooms.applying import ringing
from rooms.ground import kept_times, refusals
from rooms.ground.live import live_call, live_talk
from rooms.ground.tables import rooms, standbys, talks
from rooms.lobby import means, presence, promises, waiting
from rooms.ratings import standing
from rooms.ratings.standing import CallerStanding
from rooms.talk import caps, free_time, unanswered
from rooms.talk.rows import Caller, EnteredRoom

LONGEST_CAP_MINUTES = means.LONGEST_MINUTES


@dataclass(frozen=True)
class Entered:
    """A talk that has just begun, as the cast is told of it."""

    talk_id: int
    room_id: int
    room_title: str
    cast_id: int
    caller_id: int
    caller_name: str
    caller_portrait: str | None
    # Another room of the cast's, which they left for this talk.
    left_room_id: int | None = None
    # What casts said of the caller, for the cast to whom they come.
    caller_standing: CallerStanding | None = None

    def as_event(self) -> dict[str, int | str | None]:
        """Return what the cast's pages are told."""
        return {
            "talk_id": self.talk_id,
            "room_title": self.room_title,
            "caller_name": self.caller_name,
            "caller_portrait": self.caller_portrait,
            "caller_good": self.caller_standing.good if self.caller_standing else None,
            "caller_rated": self.caller_standing.rated if self.caller_standing else None,
        }


async def enter(
    tx: Tx,
    settings: Settings,
    room_id: int,
    caller_id: int,
    spend_cap_minutes: int | None = None,
    *,
    with_video: bool = True,
    seen_rate: int | None = None,
    pays: Pays = "points",
) -> Entered:
    """Begin a talk in an open room, at its rate of this moment.

    `seen_rate` is the rate that the caller was shown; at another one nobody enters unasked.
    Raises UserError with the reason and what helps: `room_unknown`, `not_confirmed`, `own_room`,
    `own_standby_open`, `already_in_talk` (talk_id), `own_reservation_due`, `reserved_for_you`
    (reservation_id), `room_reserved`, `receivable_open` (points), `points_short` (points),
    `own_limit_reached`, `room_busy`, `room_closed`, `room_turn`, `room_rung`,
    `cap_out_of_bounds`, `rate_changed`, `tab_not_taken`, and those of `tab.must_allow`.
    """
    await doors.must_be_open(tx, "video" if with_video else "voice")
    must_be_a_cap(spend_cap_minutes)
    caller = await confirmed_caller(tx, caller_id)
    room = await room_for(tx, room_id, caller_id)
    await locking.lock_people(tx, caller_id, room.cast_id)
    await must_not_be_hidden(tx, caller_id, room.cast_id)
    await must_be_free(tx, caller_id)
    refusals.must_be_rate_shown(room.rate, seen_rate)
    await promises.must_not_be_reserved(tx, settings, room.cast_id, caller_id)
    bound = await _must_pay(tx, settings, room, caller_id, pays)
    await ringing.lock_for_entry(tx, caller_id, room.cast_id)
    await _must_be_open(tx, settings, room_id, room.cast_id)
    await _must_be_for(tx, room, caller_id)
    talk_id = await begin(
        tx,
        settings,
        room,
        caller_id,
        with_video,
        pays,
        spend_cap_minutes=caps.nearest(spend_cap_minutes, bound),
        free_ms=await free_time.free_ms(tx, settings, caller_id, room.cast_id),
        must_end_at=await kept_times.next_start(tx, room.cast_id, caller_id),
    )
    return await _entered(tx, talk_id, room, caller_id, caller)


async def _must_pay(
    tx: Tx, settings: Settings, room: EnteredRoom, caller_id: int, pays: Pays
) -> int | None:
    takes = room.takes_tab
    return await means.must_pay_entry(
        tx, settings, caller_id, room.rate, takes_tab=takes, pays=pays
    )


async def _entered(
    tx: Tx, talk_id: int, room: EnteredRoom, caller_id: int, caller: Caller
) -> Entered:
    name, portrait = caller.nickname, caller.portrait
    seen = await standing.of_caller(tx, caller_id)
    return Entered(
        talk_id, room.id, room.title, room.cast_id, caller_id, name, portrait, caller_standing=seen
    )


def must_be_a_cap(minutes: int | None) -> None:
    """Refuse an end of a talk that is none: `cap_out_of_bounds`."""
    if minutes is not None and not 1 <= minutes <= LONGEST_CAP_MINUTES:
        raise refusals.cap_out_of_bounds()


async def confirmed_caller(tx: Tx, caller_id: int) -> Caller:
    """Return who enters. Raises `not_confirmed`."""
    found = await tx.execute(
        sa.select(users.c.nickname, users.c.portrait, users.c.confirmed_at).where(
            users.c.id == caller_id
        )
    )
    caller = typed(Caller, found.mappings().one())
    if caller.confirmed_at is None:
        raise refusals.not_confirmed()
    return caller


async def room_for(tx: Tx, room_id: int, caller_id: int) -> EnteredRoom:
    """Return a public room that isn't the caller's own. Raises `room_unknown`, `own_room`."""
    found = await tx.execute(sa.select(rooms).where(rooms.c.id == room_id, rooms.c.published))
    room = typed_one(EnteredRoom, found.mappings())
    if room is None:
        raise refusals.room_unknown()
    if room.cast_id == caller_id:
        raise refusals.own_room()
    return room


async def must_not_be_hidden(tx: Tx, caller_id: int, cast_id: int) -> None:
    """Refuse a room that isn't there for a caller. Asked under the lock: a block waits for it."""
    if await blocks.hidden(tx, caller_id, cast_id):
        raise refusals.room_unknown()


async def must_be_free(tx: Tx, caller_id: int) -> None:
    """Refuse a caller who is in a talk, rings for one, or waits in a room of their own."""
    await must_not_talk(tx, caller_id)
    call = await live_call(tx, caller_id)
    if call is not None:
        raise refusals.in_call_now(call.id)
    waiting = await tx.scalar(sa.select(standbys.c.room_id).where(standbys.c.cast_id == caller_id))
    if waiting is not None:
        raise UserError(
            "own_standby_open", N_("ご自分のルームで待機中です。待機を終えてから入室してください。")
        )


async def must_not_talk(tx: Tx, caller_id: int) -> None:
    """Refuse a caller who is in a talk."""
    talk = await live_talk(tx, caller_id)
    if talk is not None:
        raise refusals.already_in_talk(talk.id)


async def _must_be_open(tx: Tx, settings: Settings, room_id: int, cast_id: int) -> None:
    if not await presence.take_from_room(tx, settings, room_id):
        raise await presence.why_not_open(tx, cast_id)


async def _must_be_for(tx: Tx, room: EnteredRoom, caller_id: int) -> None:
    """Refuse whom the cast doesn't wait for: in a room without stand-by they ring one person."""
    await promises.must_be_kept_for(tx, room.id, caller_id)
    if not room.by_standby and await promises.rung_for(tx, room.id) != caller_id:
        raise refusals.room_closed()


async def begin(
    tx: Tx,
    settings: Settings,
    room: EnteredRoom,
    caller_id: int,
    with_video: bool,
    pays: Pays = "points",
    **values: object,
) -> int:
    """Write a talk that begins, with what is particular about it; return its id.

    Raises UserError `already_in_talk` or `room_busy` where somebody was quicker.
    """
    # Before the terms, which lock the wallet of a tab.
    await waiting.leave_all(tx, caller_id)
    talk = await _terms(tx, settings, room, caller_id, pays)
    talk["with_video"] = with_video and room.allows_video
    begun = await tx.scalar(
        insert(talks)
        .values(talk | values)
        # The caller pressed twice at once: the second press finds the talk of the first.
        .on_conflict_do_nothing()
        .returning(talks.c.id)
    )
    if begun is None:
        await must_not_talk(tx, caller_id)
        raise refusals.room_busy()
    await ringing.note_entry(tx, settings, caller_id, room.cast_id, int(begun))
    await unanswered.announce(tx, int(begun))
    return int(begun)


async def _terms(
    tx: Tx, settings: Settings, room: EnteredRoom, caller_id: int, pays: Pays
) -> dict[str, object]:
    """Return who talks where, who pays whom, and at what rate, as of now."""
    return {
        "room_id": room.id,
        "caller_id": caller_id,
        "cast_id": room.cast_id,
        "payer_wallet": await means.wallet_of(tx, settings, caller_id, pays),
        "pays": pays,
        "to_bill": pays == "tab",
        "cast_wallet": await ledger.open_wallet(tx, room.cast_id, "earnings"),
        "rate": room.rate,
        "share": prices.share_of(room.rate, settings.fee_percent),
        "gift_share": settings.gift_share,
        "minute_ms": settings.minute_seconds * 1000,
    }
