"""The inbox: what the site has to tell a person, kept on a page, sent by mail and web push."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.pages import Page, count, offset
from notify import choices, outbox, pushes
from notify.mail import letter
from notify.tables import notices

# A mail goes only where somebody has proved to read: an unconfirmed address may be a stranger's.
_READER = sa.text("""
SELECT email, locale, nickname FROM users WHERE id = :user AND confirmed_at IS NOT NULL
""")
# A mail that waits longer for its server would tell of what is over. Everything else keeps.
MAIL_WORTH_SECONDS = {"turn": 120, "entered": 120, "rung": 120, "applied": 900}
_GONE = sa.text("SELECT EXISTS (SELECT FROM users WHERE id = :user AND withdrawn_at IS NOT NULL)")


@dataclass(frozen=True)
class Notice:
    """One notice, in its reader's language. `link` is a path of this site."""

    id: int
    kind: str
    title: str
    text: str
    link: str | None
    created_at: datetime
    read_at: datetime | None


async def tell(
    tx: Tx,
    user_id: int,
    *,
    kind: str,
    title: str,
    text: str,
    link: str | None = None,
    key: str | None = None,
    site: str | None = None,
    mail: bool = True,
) -> bool:
    """Put a notice into a user's inbox, and the same on its way out by mail and web push.

    By mail and push only as far as the reader wants it of this kind (`notify.choices`). Who has
    withdrawn is told nothing.

    `title` and `text` are in the user's language. What has a `key` is told once: again, nothing
    happens and False is returned. `site` is the address before the link in the mail. Without
    `mail` none goes out, for what would be over before anyone reads it.
    """
    if await tx.scalar(_GONE, {"user": user_id}):
        return False
    made = await tx.scalar(
        insert(notices)
        .values(user_id=user_id, kind=kind, key=key, title=title, text=text, link=link)
        .on_conflict_do_nothing()
        .returning(notices.c.id)
    )
    if made is None:
        return False
    if await choices.wants(tx, user_id, kind, "push"):
        await pushes.post(tx, user_id, made)
    mail = mail and await choices.wants(tx, user_id, kind, "mail")
    reader = (await tx.execute(_READER, {"user": user_id})).one_or_none() if mail else None
    if reader is not None:
        words = letter(reader.locale, reader.nickname, title, text, link, site)
        worth = MAIL_WORTH_SECONDS.get(kind)
        await outbox.post(tx, reader.email, words, worth_seconds=worth)
    return True


async def inbox(tx: Tx, user_id: int, number: int, size: int) -> Page[Notice]:
    """Return a page of a user's notices, the latest first."""
    rows = await tx.execute(
        sa.select(
            notices.c.id,
            notices.c.kind,
            notices.c.title,
            notices.c.text,
            notices.c.link,
            notices.c.created_at,
            notices.c.read_at,
        )
        .where(notices.c.user_id == user_id)
        .order_by(notices.c.id.desc())
        .offset(offset(number, size))
        .limit(size + 1)
    )
    return Page.of([Notice(**row) for row in rows.mappings()], number, size)


async def notices_of(tx: Tx, user_id: int) -> int:
    """Return how many notices a user has; beyond 99 the figure stays there."""
    return await count(tx, sa.select(notices.c.id).where(notices.c.user_id == user_id))


async def unread(tx: Tx, user_id: int) -> int:
    """Return how many notices a user hasn't read; beyond 99 the figure stays there."""
    mine = sa.select(notices.c.id).where(notices.c.user_id == user_id)
    return await count(tx, mine.where(notices.c.read_at.is_(None)))


_LATELY = sa.text("""
SELECT DISTINCT user_id FROM (
  SELECT user_id, created_at FROM notices ORDER BY id DESC LIMIT :most) latest
WHERE created_at > clock_timestamp() - :seconds * interval '1 second'
""")


async def told_lately(tx: Tx, seconds: float, most: int = 200) -> list[int]:
    """Return who was told something within so many seconds; of the last `most` notices alone."""
    return list(await tx.scalars(_LATELY, {"seconds": seconds, "most": most}))


async def mark_read(tx: Tx, user_id: int, notice_id: int | None = None) -> str | None:
    """Note that a user has read a notice, or all of them; return where the one leads.

    One that isn't theirs, or isn't there, is left alone.
    """
    unread = sa.and_(notices.c.user_id == user_id, notices.c.read_at.is_(None))
    if notice_id is not None:
        unread &= notices.c.id == notice_id
    await locks.lock(tx, sa.select(notices.c.id).where(unread))
    await tx.execute(sa.update(notices).where(unread).values(read_at=sa.func.clock_timestamp()))
    if notice_id is None:
        return None
    link: str | None = await tx.scalar(
        sa.select(notices.c.link).where(notices.c.id == notice_id, notices.c.user_id == user_id)
    )
    return link


async def mark_link_read(tx: Tx, user_id: int, link: str) -> None:
    """Note that a user has read everything that leads to a page, which they look at."""
    unread = (notices.c.user_id == user_id) & notices.c.read_at.is_(None) & (notices.c.link == link)
    if await locks.lock(tx, sa.select(notices.c.id).where(unread)):
        await tx.execute(sa.update(notices).where(unread).values(read_at=sa.func.clock_timestamp()))


_SWEEP = sa.text("""
DELETE FROM notices WHERE id IN (
  SELECT id FROM (SELECT id, created_at FROM notices ORDER BY id LIMIT :most) oldest
  WHERE created_at < clock_timestamp() - :days * interval '1 day')
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` notices that are older, read or not; return how many."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
