"""Sessions: an opaque token in a cookie, of which only the SHA-256 is stored.

Pages and the realtime door read the same cookie through this file.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from people.accounts.accounts import USER_COLUMNS, User, user_of
from people.accounts.tables import sessions, users
from people.sign_in import session_hours, steps
from people.sign_in.user_agents import Agent
from record import sweeps
from record.texts import agreements

# More sessions than anyone has devices; the one unused longest goes first.
MOST_SESSIONS = 50
# Being seen is written at most so often, so that reading pages costs hardly any writes.
SEEN_SECONDS = 60
TOKEN_CHARACTERS, COOKIE_CHARACTERS = 43, 8192
_OWES = agreements.owed(users.c.id).label("owes_agreement")


def cookie_name(settings: Settings) -> str:
    """Return the session cookie's name. `__Host-` binds it to HTTPS and to exactly this host."""
    return "__Host-session" if settings.secure else "session"


def token_of(settings: Settings, cookie_header: str | None) -> str | None:
    """Return the session token in a `Cookie` header, or None where there is none that could be."""
    return cookie_in(cookie_header, cookie_name(settings))


def cookie_in(cookie_header: str | None, name: str) -> str | None:
    """Return one of our own cookies, a token, from a `Cookie` header."""
    for part in (cookie_header or "")[:COOKIE_CHARACTERS].split(";"):
        key, _, value = part.strip().partition("=")
        if key == name and len(value) == TOKEN_CHARACTERS and value.isascii():
            return value
    return None


async def session_user(tx: Tx, settings: Settings, cookie_header: str | None) -> User | None:
    """Return who sends this `Cookie` header; for a transaction that does nothing else."""
    token = token_of(settings, cookie_header)
    return await find(tx, token, days=settings.session_days) if token else None


@asynccontextmanager
async def session_used(
    tx: Tx, settings: Settings, cookie_header: str | None
) -> AsyncIterator[User | None]:
    """Say who sends this `Cookie` header (None: a visitor), and note in the end that it was used.

    Noted before, the session's row would be held while the people's are waited for: who shuts
    somebody out holds those, and closes the sessions.
    """
    token, user, stale = token_of(settings, cookie_header), None, False
    if token:
        user, stale = await _look(tx, token)
    yield user
    if token and stale:
        await _note_use(tx, token_hash(token), settings.session_days)


def may_come_in() -> sa.ColumnElement[bool]:
    """Return the condition that an account may come in: not suspended, banned or withdrawn."""
    return sa.and_(
        users.c.withdrawn_at.is_(None),
        users.c.banned_at.is_(None),
        sa.or_(
            users.c.suspended_until.is_(None),
            users.c.suspended_until <= sa.func.clock_timestamp(),
        ),
    )


@dataclass(frozen=True)
class SignedIn:
    """An open session, as its owner's list of devices shows it; `here` is the one that looks."""

    id: int
    browser: str | None
    system: str | None
    created_at: datetime
    seen_at: datetime
    here: bool


async def open_for(
    tx: Tx, user_id: int, *, days: int, agent: Agent | None = None, proved: bool = False
) -> str:
    """Open a session that ends after `days` unused, and return its token (43 characters).

    `proved`: its owner has proved a second factor, or signed in by passkey.
    """
    token, named = new_token(), agent or Agent()
    await tx.execute(
        sa.insert(sessions).values(
            token_hash=token_hash(token),
            user_id=user_id,
            expires_at=_in_days(days),
            browser=named.browser,
            system=named.system,
            proved_at=sa.func.clock_timestamp() if proved else None,
        )
    )
    await _close_surplus(tx, user_id)
    return token


async def find(tx: Tx, token: str, *, days: int) -> User | None:
    """Return whose open session this token is, and note, at most once a minute, that it is used."""
    user, stale = await _look(tx, token)
    if stale:
        await _note_use(tx, token_hash(token), days)
    return user


async def _look(tx: Tx, token: str) -> tuple[User | None, bool]:
    """Return whose open session this token is, and whether its use is to be noted again."""
    now, mine = sa.func.clock_timestamp(), sessions.c.token_hash == token_hash(token)
    stale = sessions.c.seen_at < now - sa.func.make_interval(0, 0, 0, 0, 0, 0, SEEN_SECONDS)
    query = (
        sa.select(*USER_COLUMNS, stale.label("stale"), _OWES)
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(mine, session_hours.is_open(), may_come_in())
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    return (user_of(row), bool(row["stale"])) if row else (None, False)


async def open_among(tx: Tx, tokens: Sequence[str]) -> set[str]:
    """Return those of these tokens whose session is still open."""
    hashes = {token_hash(token): token for token in tokens}
    rows = await tx.execute(
        sa.select(sessions.c.token_hash)
        .join(users, sessions.c.user_id == users.c.id)
        .where(
            # One array, not a parameter for each: there may be thousands.
            sessions.c.token_hash == sa.any_(sa.cast(list(hashes), sa.ARRAY(sa.LargeBinary))),
            session_hours.is_open(),
            may_come_in(),
        )
    )
    return {hashes[bytes(stored)] for stored in rows.scalars()}


async def close(tx: Tx, token: str) -> None:
    """Close one session; one that is already closed stays so."""
    await locks.delete(tx, sessions, sessions.c.token_hash == token_hash(token))


async def signed_in(tx: Tx, user_id: int, token: str) -> list[SignedIn]:
    """Return a user's open sessions, the one of `token` first, then the latest used."""
    here = sessions.c.token_hash == token_hash(token)
    columns = [sessions.c[name] for name in SignedIn.__dataclass_fields__ if name != "here"]
    rows = await tx.execute(
        sa.select(*columns, here.label("here"))
        .where(sessions.c.user_id == user_id, sessions.c.expires_at > sa.func.clock_timestamp())
        .order_by(sa.desc("here"), sessions.c.seen_at.desc(), sessions.c.id)
        .limit(MOST_SESSIONS)
    )
    return [SignedIn(**row) for row in rows.mappings()]


async def close_one(tx: Tx, user_id: int, session_id: int) -> bool:
    """Close one of a user's own sessions; say whether it was there."""
    mine = (sessions.c.user_id == user_id, sessions.c.id == session_id)
    return await locks.delete(tx, sessions, *mine) > 0


async def close_others(tx: Tx, user_id: int, token: str) -> int:
    """Close every session of a user but the one of `token`; return how many there were.

    Who was about to open one, with a password of before, begins anew.
    """
    await steps.end_all(tx, user_id)
    others = (sessions.c.user_id == user_id, sessions.c.token_hash != token_hash(token))
    return await locks.delete(tx, sessions, *others)


async def mark_proved(tx: Tx, token: str) -> None:
    """Note that the owner of a session has proved a second factor in it."""
    await tx.execute(
        sa.update(sessions)
        .where(sessions.c.token_hash == token_hash(token))
        .values(proved_at=sa.func.clock_timestamp())
    )
    locks.note(tx, sessions, [token_hash(token)])


async def is_proved(tx: Tx, token: str) -> bool:
    """Say whether the owner of a session has proved a second factor in it."""
    proved = sa.select(sessions.c.proved_at).where(sessions.c.token_hash == token_hash(token))
    return await tx.scalar(proved) is not None


async def unprove_all(tx: Tx, user_id: int) -> None:
    """Note that the owner's second factor stands for no session any more."""
    mine = sessions.c.user_id == user_id
    await locks.lock(tx, sa.select(sessions.c.token_hash).where(mine))
    await tx.execute(sa.update(sessions).where(mine).values(proved_at=None))


async def close_all(tx: Tx, user_id: int) -> int:
    """Close every session of a user, and what was about to be one; return how many there were."""
    await steps.end_all(tx, user_id)
    return await locks.delete(tx, sessions, sessions.c.user_id == user_id)


async def sweep(tx: Tx, most: int) -> int:
    """Delete up to `most` sessions that have expired; return how many."""
    expired = sessions.c.expires_at <= sa.func.clock_timestamp()
    return await sweeps.sweep(tx, sessions.c.token_hash, sessions.c.expires_at, expired, most)


async def _note_use(tx: Tx, stored: bytes, days: int) -> None:
    # Several requests of one browser come at once: one notes it, the others needn't wait.
    mine = sa.select(sessions.c.token_hash).where(sessions.c.token_hash == stored)
    if not await locks.lock(tx, mine, skip_locked=True):
        return
    await tx.execute(
        sa.update(sessions)
        .where(sessions.c.token_hash == stored)
        .values(seen_at=sa.func.clock_timestamp(), expires_at=_in_days(days))
    )


async def _close_surplus(tx: Tx, user_id: int) -> None:
    kept = (
        sa.select(sessions.c.token_hash)
        .where(sessions.c.user_id == user_id)
        .order_by(sessions.c.seen_at.desc())
        .limit(MOST_SESSIONS)
    )
    surplus = (sessions.c.user_id == user_id, sessions.c.token_hash.not_in(kept))
    await locks.delete(tx, sessions, *surplus)


def _in_days(days: int) -> sa.ColumnElement[object]:
    return sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, days)
