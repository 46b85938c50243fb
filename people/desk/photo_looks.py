"""Photos that wait until staff have looked at them: who sent which, and what staff decide."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import count
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from people.meeting import photos as own_photos
from people.meeting.photos import Photo, path_of
from people.meeting.tables import photos
from record.acts import log_act

MOST_WORDS = 500
MOST_SHOWN = 50
# What the log says of what staff let pass, which needs no reason.
SEEN = N_("確認済み")
PASSED = N_("写真を公開しました")
PASSED_TEXT = N_("お送りいただいた写真を確認し、公開しました。")
REFUSED = N_("写真を公開できませんでした")
REFUSED_TEXT = N_(
    "お送りいただいた写真を確認しましたが、公開できませんでした。ほかの写真を追加してください。"
    "\n\n担当者より：\n%(words)s"
)


@dataclass(frozen=True)
class WaitingPhoto:
    """A photo that waits, since when (UTC), and whose it is."""

    photo: Photo
    made_at: datetime
    of_profile: bool
    user_id: int
    name: str


async def waiting(tx: Tx) -> int:
    """Return how many photos wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(photos.c.id).where(photos.c.look == "waiting"))


async def queue(tx: Tx) -> list[list[WaitingPhoto]]:
    """Return the photos that wait, by member, who has waited longest first."""
    since = sa.func.min(photos.c.id).over(partition_by=photos.c.user_id)
    rows = await tx.execute(
        sa.select(
            *own_photos.PHOTO,
            photos.c.made_at,
            photos.c.of_profile,
            photos.c.user_id,
            users.c.nickname,
        )
        .join(users, users.c.id == photos.c.user_id)
        .where(photos.c.look == "waiting")
        .order_by(since, photos.c.id)
        .limit(MOST_SHOWN)
    )
    found = [
        WaitingPhoto(Photo(*row[:6]), row.made_at, row.of_profile, row.user_id, row.nickname)
        for row in rows
    ]
    return [list(theirs) for _, theirs in groupby(found, key=lambda one: one.user_id)]


async def let_pass(
    tx: Tx, settings: Settings, user_id: int, photo_ids: Sequence[int], actor_id: int
) -> int:
    """Make photos of a member public, those that still wait among these; tell them, and return
    how many there were. Raises UserError `look_own` (403).
    """
    passed = await passing(tx, user_id, photo_ids, actor_id)
    if passed:
        await _tell(tx, settings, user_id, PASSED, PASSED_TEXT)
    return passed


async def passing(tx: Tx, user_id: int, photo_ids: Sequence[int], actor_id: int) -> int:
    """As `let_pass`, for a verb that tells them of more."""
    _must_be_anothers(user_id, actor_id)
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == user_id))
    mine = sa.and_(photos.c.user_id == user_id, photos.c.id.in_(photo_ids))
    query = sa.select(photos.c.id, photos.c.name, photos.c.of_profile)
    found = await locks.lock(tx, query.where(mine, photos.c.look == "waiting"))
    ids = [row.id for row in found]
    await tx.execute(sa.update(photos).where(photos.c.id.in_(ids)).values(look="passed"))
    first = next((row.name for row in found if row.of_profile), None)
    if first is not None:
        await own_photos.be_portrait(tx, user_id, first)
    if ids:
        await log_act(tx, actor_id, "photo.pass", f"user:{user_id}", reason=SEEN, photos=ids)
    return len(ids)


async def refuse(tx: Tx, settings: Settings, photo_id: int, actor_id: int, words: str) -> None:
    """Keep a photo from the public, with words for its owner; one that is public is taken down.

    Raises UserError `photo_unknown` (404), `look_decided` and `look_own` (403).
    """
    known = (
        await tx.execute(sa.select(photos.c.user_id, photos.c.name).where(photos.c.id == photo_id))
    ).one_or_none()
    if known is None:
        raise own_photos.unknown()
    _must_be_anothers(known.user_id, actor_id)
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == known.user_id))
    open_still = sa.and_(photos.c.id == photo_id, photos.c.look != "refused")
    if await locks.lock_row(tx, sa.select(photos.c.id).where(open_still)) is None:
        raise decided()
    refused = {"look": "refused", "look_words": words}
    await tx.execute(sa.update(photos).where(photos.c.id == photo_id).values(refused))
    await tx.execute(
        sa.update(users)
        .where(users.c.id == known.user_id, users.c.portrait == path_of(known.name, "portrait"))
        .values(portrait=None)
    )
    subject = f"user:{known.user_id}"
    await log_act(tx, actor_id, "photo.refuse", subject, reason=words, photos=[photo_id])
    await _tell(tx, settings, known.user_id, REFUSED, REFUSED_TEXT, words=words)


def decided() -> UserError:
    """Return the refusal of what another member of staff has decided, or its owner taken back."""
    return UserError("look_decided", N_("ほかのスタッフが処理したか、ご本人が取り下げました。"))


def _must_be_anothers(user_id: int, actor_id: int) -> None:
    if user_id == actor_id:
        raise own_look()


def own_look() -> UserError:
    """Return the refusal of staff who would decide about what is theirs."""
    return UserError("look_own", N_("ご自分のルームや写真は、扱えません。"), status=403)


async def _tell(
    tx: Tx, settings: Settings, user_id: int, title: str, text: str, **words: str
) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
    assert locale is not None
    await inbox.tell(
        tx,
        user_id,
        kind="look",
        title=translate(locale, title),
        text=translate(locale, text, **words),
        link="/console/profile#photos",
        site=settings.public_url,
    )
