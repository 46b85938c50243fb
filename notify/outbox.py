"""The outbox: mails wait here until a sender has taken them, whatever fails on the way."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.pages import Page, count, offset
from notify import frames, jobs, letterhead
from notify.mail import Letter
from notify.tables import mails

# A process that has taken a mail has it to itself so long; sending takes less than half of it.
HAND_SECONDS = 90
# A mail this long past its time has lost its job.
STRAY_SECONDS = 600

JOB = "send_mail"


@dataclass(frozen=True)
class Mail:
    """A mail on its way out, in its reader's language; `sender` is who it comes from by name, where
    that is not the setting's."""

    id: int
    to_address: str
    subject: str
    text: str
    html: str | None
    created_at: datetime
    tries: int
    last_error: str | None = None
    sent_at: datetime | None = None
    sender: str | None = None


_MAIL = [mails.c[name] for name in Mail.__dataclass_fields__ if name != "sender"]
_DEAD = sa.and_(mails.c.sent_at.is_(None), mails.c.next_try_at.is_(None))
_WAITS = mails.c.next_try_at <= sa.func.clock_timestamp()


async def post(
    tx: Tx,
    to_address: str,
    letter: Letter,
    *,
    forgotten_after: bool = False,
    worth_seconds: int | None = None,
) -> int:
    """Put a mail on its way out, to leave after this transaction; its id.

    One to be `forgotten_after` leaves nothing here once it was sent, or given up. One that could
    not leave within `worth_seconds` is not sent any more.
    """
    own = await letterhead.read(tx), await frames.read(tx, letter.locale)
    said = letter.by(*own)
    mail_id = await tx.scalar(
        sa.insert(mails)
        .values(
            to_address=to_address,
            subject=said.subject,
            text=said.text,
            html=said.html,
            forgotten_after=forgotten_after,
            stale_at=_in(worth_seconds),
        )
        .returning(mails.c.id)
    )
    assert mail_id is not None
    await _defer(tx, mail_id)
    return int(mail_id)


def _in(seconds: int | None) -> sa.ColumnElement[datetime] | None:
    if seconds is None:
        return None
    later: sa.ColumnElement[datetime] = sa.func.clock_timestamp() + sa.func.make_interval(
        0, 0, 0, 0, 0, 0, seconds
    )
    return later


async def _defer(tx: Tx, mail_id: int) -> None:
    await jobs.defer(tx, JOB, key=f"{JOB}:{mail_id}", mail_id=mail_id)


async def take(tx: Tx, mail_id: int) -> Mail | None:
    """Take a mail to send it, or return None where it has gone, was given up or has gone stale.

    Raises LaterError while somebody else has it in hand or it has to wait for its next try.
    """
    now = sa.func.clock_timestamp()
    await tx.execute(sa.delete(mails).where(mails.c.id == mail_id, _WAITS, mails.c.stale_at <= now))
    taken = await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail_id, mails.c.next_try_at <= now)
        .values(
            tries=mails.c.tries + 1,
            next_try_at=now + sa.func.make_interval(0, 0, 0, 0, 0, 0, HAND_SECONDS),
        )
        .returning(*_MAIL)
    )
    row = taken.mappings().one_or_none()
    if row is not None:
        locks.note(tx, mails, [mail_id])
        return replace(Mail(**row), sender=await letterhead.sender(tx))
    at = await tx.scalar(sa.select(mails.c.next_try_at).where(mails.c.id == mail_id))
    if at is not None:
        raise jobs.LaterError(at)
    return None


async def sent(tx: Tx, mail_id: int) -> None:
    """Note that a mail has gone out."""
    await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail_id)
        .values(sent_at=sa.func.clock_timestamp(), next_try_at=None, last_error=None)
    )
    await _forget(tx, mail_id)


async def drop(tx: Tx, mail_id: int) -> None:
    """Forget a mail that nobody needs any more."""
    await tx.execute(sa.delete(mails).where(mails.c.id == mail_id))


async def failed(tx: Tx, mail: Mail, error: str, *, final: bool = False) -> datetime | None:
    """Note why a mail has not gone out; return when to try again.

    None after the last try, or where no other can help (`final`): then the mail is dead.
    """
    dead = final or mail.tries >= jobs.MOST_TRIES
    again = None if dead else await clock(tx) + jobs.wait_after(mail.tries)
    await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail.id, mails.c.sent_at.is_(None))
        .values(last_error=error[:500], next_try_at=again)
    )
    if again is None:
        await _forget(tx, mail.id)
    return again


async def _forget(tx: Tx, mail_id: int) -> None:
    await tx.execute(sa.delete(mails).where(mails.c.id == mail_id, mails.c.forgotten_after))


_NOBODYS = sa.text("NOT EXISTS (SELECT FROM users u WHERE u.email = mails.to_address)")


async def erase(tx: Tx, address: str, name: str, told: Collection[str]) -> None:
    """Forget every mail to an address, also those that have not left yet, and mentions of a name.

    Those are the copies of sent mails in which it stands: to the addresses that were `told` of it,
    and to those that are nobody's (any more).
    """
    mentions = sa.and_(
        sa.or_(mails.c.to_address.in_(told), _NOBODYS),
        mails.c.next_try_at.is_(None),
        sa.or_(
            mails.c.subject.contains(name, autoescape=True),
            mails.c.text.contains(name, autoescape=True),
        ),
    )
    await locks.delete(tx, mails, sa.or_(mails.c.to_address == address, mentions))


async def requeue_lost(tx: Tx, most: int) -> int:
    """Give a job to up to `most` mails that have lost theirs; return how many had."""
    late = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, 0, 0, 0, STRAY_SECONDS)
    strays = (
        sa.select(mails.c.id)
        .where(mails.c.next_try_at < late)
        .order_by(mails.c.next_try_at)
        .limit(most)
    )
    ids = [row.id for row in await locks.lock(tx, strays, skip_locked=True)]
    now = sa.func.clock_timestamp()
    await tx.execute(sa.update(mails).where(mails.c.id.in_(ids)).values(next_try_at=now))
    for mail_id in ids:
        await _defer(tx, mail_id)
    return len(ids)


async def dead(tx: Tx, number: int, size: int) -> Page[Mail]:
    """Return a page of the mails that were given up, the latest first."""
    return await _page(tx, sa.select(*_MAIL).where(_DEAD), number, size)


async def dead_count(tx: Tx) -> int:
    """Return how many mails were given up; beyond 99 the figure stays there."""
    return await count(tx, sa.select(mails.c.id).where(_DEAD))


async def send_again(tx: Tx, mail_id: int) -> Mail:
    """Have a dead mail tried again from the beginning.

    Raises UserError `mail_unknown` (404), also where it is not dead any more.
    """
    found = await tx.execute(
        sa.update(mails)
        .where(mails.c.id == mail_id, _DEAD)
        .values(tries=0, next_try_at=sa.func.clock_timestamp())
        .returning(*_MAIL)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UserError("mail_unknown", N_("この未達メールは見つかりません。"), status=404)
    await _defer(tx, mail_id)
    return Mail(**row)


async def box(tx: Tx, number: int, size: int) -> Page[Mail]:
    """Return a page of every mail, the latest first."""
    return await _page(tx, sa.select(*_MAIL), number, size)


async def find(tx: Tx, mail_id: int) -> Mail | None:
    """Return a mail."""
    found = await tx.execute(sa.select(*_MAIL).where(mails.c.id == mail_id))
    row = found.mappings().one_or_none()
    return Mail(**row) if row is not None else None


async def _page(tx: Tx, query: sa.Select[tuple[object, ...]], number: int, size: int) -> Page[Mail]:
    rows = await tx.execute(
        query.order_by(mails.c.id.desc()).offset(offset(number, size)).limit(size + 1)
    )
    return Page.of([Mail(**row) for row in rows.mappings()], number, size)


_SWEEP = sa.text("""
DELETE FROM mails WHERE id IN (
  SELECT id FROM (SELECT id, created_at FROM mails ORDER BY id LIMIT :most) oldest
  WHERE created_at < clock_timestamp() - :days * interval '1 day')
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` mails that are older than `days`, sent or not; return how many."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
