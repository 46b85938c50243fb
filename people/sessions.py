"""Sessions: an opaque token in a cookie, of which only the SHA-256 is stored.

Pages and the realtime door read the same cookie through this file.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from foundation.database import Tx
from foundation.ids import new_token, token_hash
from foundation.settings import Settings
from people.accounts import USER_COLUMNS, User, user_of
from people.tables import sessions, users

# More sessions than anyone has devices; the one unused longest goes first.
MOST_SESSIONS = 50
# Being seen is written at most so often, so that reading pages costs hardly any writes.
SEEN_SECONDS = 60
TOKEN_CHARACTERS = 43
COOKIE_CHARACTERS = 8192


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
    """Return who sends this `Cookie` header, or None for a visitor."""
    token = token_of(settings, cookie_header)
    return await find(tx, token, days=settings.session_days) if token else None


async def open_for(tx: Tx, user_id: int, *, days: int) -> str:
    """Open a session that ends after `days` unused, and return its token (43 characters)."""
    token = new_token()
    await tx.execute(
        sa.insert(sessions).values(
            token_hash=token_hash(token), user_id=user_id, expires_at=_in_days(days)
        )
    )
    await _close_surplus(tx, user_id)
    return token


async def find(tx: Tx, token: str, *, days: int) -> User | None:
    """Return whose open session this token is, and note, at most once a minute, that it is used."""
    stored = token_hash(token)
    now = sa.func.clock_timestamp()
    stale = sessions.c.seen_at < now - sa.func.make_interval(0, 0, 0, 0, 0, 0, SEEN_SECONDS)
    query = (
        sa.select(*USER_COLUMNS, stale.label("stale"))
        .join(sessions, sessions.c.user_id == users.c.id)
        .where(sessions.c.token_hash == stored, sessions.c.expires_at > now)
    )
    row = (await tx.execute(query)).mappings().one_or_none()
    if row is None:
        return None
    if row["stale"]:
        await _note_use(tx, stored, days)
    return user_of(row)


async def open_among(tx: Tx, tokens: Sequence[str]) -> set[str]:
    """Return those of these tokens whose session is still open."""
    hashes = {token_hash(token): token for token in tokens}
    rows = await tx.execute(
        sa.select(sessions.c.token_hash).where(
            sessions.c.token_hash.in_(hashes), sessions.c.expires_at > sa.func.clock_timestamp()
        )
    )
    return {hashes[bytes(stored)] for stored in rows.scalars()}


async def close(tx: Tx, token: str) -> None:
    """Close one session; one that is already closed stays so."""
    await tx.execute(sa.delete(sessions).where(sessions.c.token_hash == token_hash(token)))


async def close_all(tx: Tx, user_id: int) -> int:
    """Close every session of a user; return how many there were."""
    return (await tx.execute(sa.delete(sessions).where(sessions.c.user_id == user_id))).rowcount


async def sweep(tx: Tx) -> int:
    """Delete the sessions that have expired; return how many."""
    expired = sessions.c.expires_at <= sa.func.clock_timestamp()
    return (await tx.execute(sa.delete(sessions).where(expired))).rowcount


async def _note_use(tx: Tx, stored: bytes, days: int) -> None:
    # Several requests of one browser come at once: one notes it, the others needn't wait.
    free = (
        sa.select(sessions.c.token_hash)
        .where(sessions.c.token_hash == stored)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    await tx.execute(
        sa.update(sessions)
        .where(sessions.c.token_hash == free)
        .values(seen_at=sa.func.clock_timestamp(), expires_at=_in_days(days))
    )


async def _close_surplus(tx: Tx, user_id: int) -> None:
    kept = (
        sa.select(sessions.c.token_hash)
        .where(sessions.c.user_id == user_id)
        .order_by(sessions.c.seen_at.desc())
        .limit(MOST_SESSIONS)
    )
    await tx.execute(
        sa.delete(sessions).where(sessions.c.user_id == user_id, sessions.c.token_hash.not_in(kept))
    )


def _in_days(days: int) -> sa.ColumnElement[object]:
    return sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, days)
