"""Licences that staff have checked, for categories that ask for one."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts import locking
from people.accounts.tables import users
from people.desk import photo_looks
from record.acts import log_act, reason_of
from rooms.ground.offering_tables import licences
from rooms.ground.tables import rooms, waiting_turns
from rooms.lobby import presence, talk_applications
from rooms.offering import categories
from rooms.offering.categories import Category

GIVEN = N_("資格を確認しました")
GIVEN_TEXT = N_("「%(name)s」のルームを公開できるようになりました。")
TAKEN = N_("資格の確認を取り消しました")
TAKEN_TEXT = N_(
    "「%(name)s」のルームは公開できなくなりました。公開中だったルームは差し戻しました。"
    "入っている予約は、そのまま行えます。\n\n担当者より：\n%(words)s"
)

WANTED = N_("資格の確認が必要になりました")
WANTED_TEXT = N_(
    "「%(name)s」で話すには、資格の確認が必要になりました。公開中だったルームは差し戻しました。"
    "入っている予約は、そのまま行えます。資格をお持ちの方は、お問い合わせからお知らせください。"
)
WANTED_WORDS = N_("資格の確認が必要なカテゴリーです。")

PEOPLE_AT_ONCE = 50


async def of_user(tx: Tx, user_id: int) -> set[int]:
    """Return the categories for which staff have seen somebody's licence."""
    query = sa.select(licences.c.category_id).where(licences.c.user_id == user_id)
    return set(await tx.scalars(query))


async def give(
    tx: Tx, settings: Settings, user_id: int, category_id: int, reason: str, *, actor_id: int
) -> None:
    """Note that somebody's licence for a category was checked, and tell them; again, nothing.

    Raises UserError `category_unknown` (404), `reason_needed` and `look_own` (403).
    """
    category, why = await _begin(tx, user_id, category_id, reason, actor_id)
    made = await tx.scalar(
        insert(licences)
        .values(user_id=user_id, category_id=category_id)
        .on_conflict_do_nothing()
        .returning(licences.c.user_id)
    )
    if made is None:
        return
    subject = f"user:{user_id}"
    await log_act(tx, actor_id, "licence.give", subject, reason=why, category=category.id)
    await _tell(tx, settings, user_id, GIVEN, GIVEN_TEXT, category)


async def take(
    tx: Tx, settings: Settings, user_id: int, category_id: int, reason: str, *, actor_id: int
) -> Sequence[int]:
    """Take such a mark away: their public rooms of the category go back to them, with the reason.

    A talk that runs goes on, a reservation stays. Returns the rooms that nobody sees any more.
    Raises as `give` does.
    """
    category, why = await _begin(tx, user_id, category_id, reason, actor_id)
    mine = sa.and_(licences.c.user_id == user_id, licences.c.category_id == category_id)
    gone = await tx.scalar(sa.delete(licences).where(mine).returning(licences.c.user_id))
    if gone is None:
        return []
    hidden = await _send_back(tx, user_id, category_id, why)
    subject = f"user:{user_id}"
    await log_act(tx, actor_id, "licence.take", subject, reason=why, category=category.id)
    await _tell(tx, settings, user_id, TAKEN, TAKEN_TEXT, category, why)
    return hidden


_UNLICENSED = sa.text("""
SELECT DISTINCT r.cast_id, r.category_id FROM rooms r
JOIN room_categories c ON c.id = r.category_id AND c.licensed
WHERE r.published AND (CAST(:casts AS bigint[]) IS NULL OR r.cast_id = ANY (:casts))
  AND NOT EXISTS (SELECT FROM licences l
    WHERE (l.user_id, l.category_id) = (r.cast_id, r.category_id))
ORDER BY 1, 2 LIMIT :most
""")


async def close_unlicensed(tx: Tx, settings: Settings) -> int:
    """Send the public rooms back whose category has come to want a licence that nobody has seen.

    Returns how many casts they were of. Who is busy just now is left for the next time.
    """
    found = await tx.execute(_UNLICENSED, {"casts": None, "most": PEOPLE_AT_ONCE})
    whose = sorted({row.cast_id for row in found})
    people = sa.select(users.c.id).where(users.c.id.in_(whose)).order_by(users.c.id)
    casts = [row.id for row in await locks.lock(tx, people, skip_locked=True)]
    due = (await tx.execute(_UNLICENSED, {"casts": casts, "most": PEOPLE_AT_ONCE})).all()
    for cast_id, category_id in due:
        category = await categories.find(tx, category_id)
        locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == cast_id))
        assert category is not None
        assert locale is not None
        await _send_back(tx, cast_id, category_id, translate(locale, WANTED_WORDS))
        await _tell(tx, settings, cast_id, WANTED, WANTED_TEXT, category)
    return len({row.cast_id for row in due})


async def _begin(
    tx: Tx, user_id: int, category_id: int, reason: str, actor_id: int
) -> tuple[Category, str]:
    """Lock whom it is about; return the category and the reason as it is kept."""
    if user_id == actor_id:
        raise photo_looks.own_look()
    why = reason_of(reason)
    await locking.lock_people(tx, user_id)
    category = await categories.find(tx, category_id)
    if category is None:
        raise categories.unknown()
    return category, why


async def _send_back(tx: Tx, user_id: int, category_id: int, words: str) -> list[int]:
    theirs = sa.and_(
        rooms.c.cast_id == user_id,
        rooms.c.category_id == category_id,
        sa.or_(rooms.c.published, rooms.c.look == "waiting"),
    )
    found = [row.id for row in await locks.lock(tx, sa.select(rooms.c.id).where(theirs))]
    if not found:
        return []
    await talk_applications.look_at_rooms(tx, found)
    standing = await presence.standby_of(tx, user_id)
    if standing is not None and standing.room_id in found:
        await presence.close_standby(tx, user_id)
    await locks.delete(tx, waiting_turns, waiting_turns.c.room_id.in_(found))
    back = {"published": False, "look": "refused", "look_words": words, "sent_at": None}
    await tx.execute(sa.update(rooms).where(rooms.c.id.in_(found)).values(back))
    return found


async def _tell(
    tx: Tx,
    settings: Settings,
    user_id: int,
    title: str,
    text: str,
    category: Category,
    words: str = "",
) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
    assert locale is not None
    said = {"name": category.name(locale), "words": words}
    await inbox.tell(
        tx,
        user_id,
        kind="look",
        title=translate(locale, title),
        text=translate(locale, text, **said),
        link="/console/rooms",
        site=settings.public_url,
    )
