"""Writing a room: making one, and changing it."""

from dataclasses import dataclass, fields

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts import locking
from people.desk import identity
from people.telephones import digits
from rooms.ground import refusals
from rooms.ground.tables import rooms
from rooms.lobby import own_rooms
from rooms.lobby.own_rooms import MOST_ROOMS, UNUSED, OwnRoom
from rooms.offering import categories, licences, tags

NOW = sa.func.clock_timestamp()


@dataclass(frozen=True)
class Draft:
    """What a cast writes of a room: `rate` points a minute, `relayed` through the site or not.

    The ways in: `by_standby`, `by_application`, and `booking` (none, direct, request; as it is
    where nothing is said).
    """

    title: str
    topic: str
    text: str
    rate: int
    allows_video: bool
    category_id: int | None = None
    tags: tuple[str, ...] = ()
    by_standby: bool = True
    by_application: bool = True
    booking: str | None = None
    relayed: bool = False
    # Whether its page tells callers that they may be asked for a recording.
    records: bool = False
    # Whether its callers may pay afterwards, where the site allows that.
    takes_tab: bool = False
    # Whether one may talk there by telephone as well.
    by_telephone: bool = False

    def has_way_in(self, booking: str = "none") -> bool:
        """Say whether callers can come in at all; `booking` is as it is."""
        ways = self.by_standby or self.by_application or self.by_telephone
        return ways or (self.booking or booking) != "none"


async def make(tx: Tx, cast_id: int, draft: Draft) -> int:
    """Write a room, not yet published; return its id.

    The same one once more is the form sent twice: while it isn't published, it is that room.
    Raises UserError `rooms_too_many`, and those of `must_fit`.
    """
    await locking.lock_people(tx, cast_id)
    same = await tx.scalar(_same(cast_id, draft))
    if same is not None:
        return int(same)
    number = await tx.scalar(
        sa.select(sa.func.count()).select_from(rooms).where(rooms.c.cast_id == cast_id)
    )
    if (number or 0) >= MOST_ROOMS:
        raise UserError("rooms_too_many", N_("ルームは%(most)s個までです。"), most=MOST_ROOMS)
    await must_fit(tx, cast_id, draft.category_id)
    since = NOW if draft.records else None
    made = await tx.scalar(
        sa.insert(rooms)
        .values(cast_id=cast_id, recording_since=since, **_columns(draft))
        .returning(rooms.c.id)
    )
    assert made is not None
    await tags.save(tx, int(made), draft.tags)
    await _give_digits(tx, cast_id, draft)
    return int(made)


async def _give_digits(tx: Tx, cast_id: int, draft: Draft) -> None:
    """Let a cast be rung by four digits from their first room on that takes calls."""
    if draft.by_telephone:
        await digits.give(tx, cast_id)


def _same(cast_id: int, draft: Draft) -> sa.Select[int]:
    records = rooms.c.recording_since.is_not(None) == draft.records
    values = (rooms.c[name].is_not_distinct_from(value) for name, value in _columns(draft).items())
    return (
        sa.select(rooms.c.id)
        .where(rooms.c.cast_id == cast_id, ~rooms.c.published, UNUSED, records, *values)
        .limit(1)
    )


def _columns(draft: Draft) -> dict[str, object]:
    """What stands in the room's own row as it was written."""
    written = {one.name: getattr(draft, one.name) for one in fields(draft)}
    apart = ("tags", "records", *(("booking",) if draft.booking is None else ()))
    return {name: value for name, value in written.items() if name not in apart}


async def change(tx: Tx, settings: Settings, room_id: int, cast_id: int, draft: Draft) -> None:
    """Write a room anew. Talks that run and times that are booked keep the rate they have.

    Raises UserError `room_unknown` (404), `room_open`, `no_way_in`, `identity_needed` (403) where a
    public one gets video, and those of `must_fit`.
    """
    room = await own_rooms.locked(tx, room_id, cast_id)
    if room.published and draft.allows_video and not room.allows_video:
        await identity.must_be_checked(tx, settings, cast_id)
    if room.open and not draft.by_standby:
        raise refusals.room_open()
    if room.published and not draft.has_way_in(room.booking):
        raise no_way_in()
    if draft.category_id != room.category_id:
        await must_fit(tx, cast_id, draft.category_id, room)
    # Whoever entered before has not been told that they may be asked.
    since = sa.func.coalesce(rooms.c.recording_since, NOW) if draft.records else None
    values = _columns(draft) | {"recording_since": since, "revision": rooms.c.revision + 1}
    await tx.execute(sa.update(rooms).where(rooms.c.id == room_id).values(values))
    await tags.save(tx, room_id, draft.tags)
    await _give_digits(tx, cast_id, draft)


async def must_fit(
    tx: Tx, cast_id: int, category_id: int | None, room: OwnRoom | None = None
) -> None:
    """Refuse a category that this cast can't choose; a room keeps one that was retired since.

    Raises UserError (422) `category_needed`, `category_retired` and `licence_needed`.
    """
    if category_id is None:
        if room is None or not room.published:
            return
        raise category_needed()
    category = await categories.find(tx, category_id)
    if category is None:
        raise category_needed()
    if category.retired and (room is None or room.category_id != category_id):
        raise UserError("category_retired", N_("このカテゴリーは、いまは選べません。"), status=422)
    if category.licensed and category_id not in await licences.of_user(tx, cast_id):
        raise UserError(
            "licence_needed",
            N_(
                "このカテゴリーのルームには、資格の確認が必要です。お問い合わせから、お持ちの資格をお知らせください。"
            ),
            status=422,
        )


def category_needed() -> UserError:
    """Return the refusal of a room without a category."""
    return UserError("category_needed", N_("カテゴリーを選んでください。"), status=422)


def no_way_in() -> UserError:
    """Return the refusal of a public room that nobody could enter."""
    return UserError(
        "no_way_in", N_("待機・申し込み・予約のうち、ひとつは受け付けてください。"), status=422
    )
