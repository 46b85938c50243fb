"""Categories, among which every room has one: what casts choose from, and how staff keep them."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.text.written import one_line_of
from record.acts import log_act, reason_of
from rooms.ground.offering_tables import room_categories
from rooms.ground.tables import rooms

# In use at once, so that they can be looked over; with the retired ones, which stay with rooms.
MOST_IN_USE, MOST_EVER = 12, 60
MOST_JA, MOST_EN = 20, 40
# The pictures that fit one: of those in web/client/icons.txt.
ICONS = (
    "coffee", "baby", "briefcase-business", "graduation-cap", "house", "palette", "map", "sprout",
    "compass", "scale", "stethoscope", "shapes", "heart", "book-open", "gift", "globe", "users",
    "film", "store", "phone-call",
)  # fmt: skip


@dataclass(frozen=True)
class Category:
    """A category, and how many published `rooms` it has."""

    id: int
    name_ja: str
    name_en: str
    icon: str
    position: int
    licensed: bool
    retired: bool
    rooms: int = 0

    def name(self, locale: str) -> str:
        """What it is called in a language."""
        return self.name_ja if locale == "ja" else self.name_en


@dataclass(frozen=True)
class Written:
    """What staff write of a category."""

    name_ja: str
    name_en: str
    icon: str
    licensed: bool


_NUMBER = (
    sa.select(sa.func.count())
    .where(rooms.c.category_id == room_categories.c.id, rooms.c.published)
    .scalar_subquery()
)
_PLAIN = (
    room_categories.c.id,
    room_categories.c.name_ja,
    room_categories.c.name_en,
    room_categories.c.icon,
    room_categories.c.position,
    room_categories.c.licensed,
    room_categories.c.retired,
)


async def every(tx: Tx) -> list[Category]:
    """Return all of them with their rooms: those in use in their order, then the retired."""
    rows = await tx.execute(
        sa.select(*_PLAIN, _NUMBER.label("rooms"))
        .order_by(room_categories.c.retired, room_categories.c.position, room_categories.c.id)
        .limit(MOST_EVER)
    )
    return [Category(**row) for row in rows.mappings()]


async def in_use(tx: Tx, also: int | None = None) -> list[Category]:
    """Return those that a cast may choose from in their order, and `also` the one of their room."""
    choosable = ~room_categories.c.retired | (room_categories.c.id == also)
    rows = await tx.execute(
        sa.select(*_PLAIN)
        .where(choosable)
        .order_by(room_categories.c.position, room_categories.c.id)
        .limit(MOST_EVER)
    )
    return [Category(**row) for row in rows.mappings()]


async def with_rooms(tx: Tx, also: int | None = None) -> list[Category]:
    """Return those in use that have a published room in their order, and `also` the one asked for.

    `rooms` isn't counted.
    """
    some = sa.exists().where(rooms.c.category_id == room_categories.c.id, rooms.c.published)
    wanted = sa.or_(~room_categories.c.retired & some, room_categories.c.id == also)
    rows = await tx.execute(
        sa.select(*_PLAIN)
        .where(wanted)
        .order_by(room_categories.c.position, room_categories.c.id)
        .limit(MOST_IN_USE + 1)
    )
    return [Category(**row) for row in rows.mappings()]


async def find(tx: Tx, category_id: int) -> Category | None:
    """Return one, also a retired one."""
    rows = await tx.execute(sa.select(*_PLAIN).where(room_categories.c.id == category_id))
    row = rows.mappings().one_or_none()
    return Category(**row) if row else None


def written_of(name_ja: str, name_en: str, icon: str, *, licensed: bool) -> Written:
    """Return what staff typed. Raises UserError for a name too long or missing, or no picture."""
    if icon not in ICONS:
        raise UserError("icon_unknown", N_("アイコンを選んでください。"), status=422)
    return Written(
        one_line_of(name_ja, MOST_JA), one_line_of(name_en, MOST_EN), icon, licensed=licensed
    )


async def add(tx: Tx, written: Written, reason: str, *, actor_id: int) -> int:
    """Add one behind the others; return its id.

    Raises UserError `categories_too_many`, `category_name_taken` and `reason_needed`.
    """
    known = await _lock_all(tx)
    if sum(not one.retired for one in known) >= MOST_IN_USE or len(known) >= MOST_EVER:
        raise _too_many()
    _must_be_new(known, written, None)
    place = max((one.position for one in known), default=0) + 1
    made = await tx.scalar(
        sa.insert(room_categories)
        .values(vars(written) | {"position": place})
        .returning(room_categories.c.id)
    )
    assert made is not None
    await _log(tx, actor_id, "add", int(made), reason, name=written.name_ja)
    return int(made)


async def change(tx: Tx, category_id: int, written: Written, reason: str, *, actor_id: int) -> None:
    """Write one anew; its rooms keep it. Raises as `add` does, and `category_unknown` (404)."""
    known = await _lock_all(tx)
    _of(known, category_id)
    _must_be_new(known, written, category_id)
    await _set(tx, category_id, **vars(written))
    await _log(tx, actor_id, "change", category_id, reason, name=written.name_ja)


async def move(tx: Tx, category_id: int, *, up: bool, actor_id: int) -> None:
    """Let one in use change places with the one before it, or behind it (not `up`).

    At the end of the row nothing happens.

    Raises UserError `category_unknown` (404).
    """
    order = [one for one in await _lock_all(tx) if not one.retired]
    at = order.index(_of(order, category_id))
    to = max(at - 1, 0) if up else min(at + 1, len(order) - 1)
    order[at], order[to] = order[to], order[at]
    for place, one in enumerate(order, 1):
        await _set(tx, one.id, position=place)
    await _log(tx, actor_id, "move", category_id, "up" if up else "down")


async def retire(tx: Tx, category_id: int, reason: str, *, retired: bool, actor_id: int) -> None:
    """Let nobody choose one any more, or let them again.

    Raises UserError `category_unknown` (404), `categories_too_many`, `category_last` and
    `reason_needed`.
    """
    known = await _lock_all(tx)
    one = _of(known, category_id)
    others = sum(not other.retired for other in known if other is not one)
    if retired and not others:
        raise UserError("category_last", N_("最後のカテゴリーは、なくせません。"))
    if not retired and others >= MOST_IN_USE:
        raise _too_many()
    await _set(tx, category_id, retired=retired)
    await _log(tx, actor_id, "retire" if retired else "bring_back", category_id, reason)


async def _lock_all(tx: Tx) -> list[Category]:
    await locks.lock(tx, sa.select(room_categories.c.id).limit(MOST_EVER))
    return await every(tx)


def _of(known: list[Category], category_id: int) -> Category:
    found = next((one for one in known if one.id == category_id), None)
    if found is None:
        raise unknown()
    return found


def unknown() -> UserError:
    """Return the refusal of a category that isn't there."""
    return UserError("category_unknown", N_("このカテゴリーは見つかりません。"), status=404)


def _too_many() -> UserError:
    return UserError(
        "categories_too_many", N_("カテゴリーは%(most)s個までです。"), most=MOST_IN_USE
    )


def _must_be_new(known: list[Category], written: Written, own: int | None) -> None:
    for one in known:
        if one.id != own and (one.name_ja == written.name_ja or one.name_en == written.name_en):
            raise UserError(
                "category_name_taken", N_("同じ名前のカテゴリーがあります。"), status=422
            )


async def _set(tx: Tx, category_id: int, **values: object) -> None:
    await tx.execute(
        sa.update(room_categories).where(room_categories.c.id == category_id).values(values)
    )


async def _log(
    tx: Tx, actor_id: int, how: str, category_id: int, reason: str, **detail: str
) -> None:
    why = reason_of(reason)
    await log_act(tx, actor_id, f"category.{how}", f"category:{category_id}", reason=why, **detail)
