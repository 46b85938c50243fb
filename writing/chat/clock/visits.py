"""Nomination goes off by itself for who doesn't come: told a day before, and when it happens."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import translate
from foundation.row_types import typed_locked
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from record import faults
from record.faults import Work
from writing.chat.notice_words import OFF, OFF_TEXT, WARNED, WARNED_TEXT
from writing.chat.rules import AWAY_DAYS, WARNED_DAYS
from writing.chat.tables import chat_members

SWITCH = Work("switch_chat_nomination", "user")
AT_ONCE = 200

# A session goes when its owner signs out: what it knew is kept here before.
_NOTE = sa.text("""
UPDATE chat_members m SET visited_at = s.seen_at, warned_at = NULL FROM (
  SELECT user_id, max(seen_at) AS seen_at FROM sessions GROUP BY user_id) s
WHERE s.user_id = m.user_id AND m.nominable AND s.seen_at > m.visited_at
""")


async def note(tx: Tx) -> None:
    """Note when members who can be nominated were last seen, in any of their sessions."""
    await tx.execute(_NOTE)


@dataclass(frozen=True)
class AwayMember:
    """A member who hasn't come for days: `off` long enough for nomination to end."""

    id: int
    locale: str
    visited: str
    off: bool


async def switch_off(tx: Tx, settings: Settings) -> int:
    """Warn members who haven't come, and end the nomination of those who stayed away.

    Returns how many were looked at; call it again, in a new transaction, while it returns any. Who
    nominates one in the same moment comes before or after.
    """
    now = sa.func.clock_timestamp()
    away = now - sa.func.make_interval(0, 0, 0, AWAY_DAYS)
    late = now - sa.func.make_interval(0, 0, 0, WARNED_DAYS)
    off = (chat_members.c.visited_at <= away).label("off")
    query = (
        sa.select(users.c.id, users.c.locale, off)
        .add_columns(sa.cast(chat_members.c.visited_at, sa.Text).label("visited"))
        .join(chat_members, chat_members.c.user_id == users.c.id)
        .where(chat_members.c.nominable, chat_members.c.visited_at <= late)
        .where(sa.or_(chat_members.c.visited_at <= away, chat_members.c.warned_at.is_(None)))
        .where(sa.text(SWITCH.is_due("users.id")))
        .order_by(chat_members.c.visited_at)
        .limit(AT_ONCE)
    )
    rows = typed_locked(AwayMember, await locks.lock(tx, query, skip_locked=True))
    await faults.each(tx, SWITCH, rows, lambda row: _switch(tx, settings, row))
    return len(rows)


async def _switch(tx: Tx, settings: Settings, row: AwayMember) -> None:
    now = sa.func.clock_timestamp()
    changed = {"nominable": False, "off_at": now} if row.off else {"warned_at": now}
    mine = chat_members.c.user_id == row.id
    await tx.execute(sa.update(chat_members).where(mine).values(**changed))
    title, text = (OFF, OFF_TEXT) if row.off else (WARNED, WARNED_TEXT)
    await inbox.tell(
        tx,
        row.id,
        kind="chat",
        key=f"nomination:{'off' if row.off else 'warned'}:{row.visited}"[:100],
        title=translate(row.locale, title),
        text=translate(row.locale, text),
        link="/chats/desk/settings",
        site=settings.public_url,
    )
