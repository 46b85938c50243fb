"""What a cast earned, and with whom: the lines of the books as the cast knows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page
from points import earnings
from points.earnings import EarningLine


@dataclass(frozen=True)
class Earned:
    """A line of the earnings: whose talk, reservation, letter or chat it was, room and page."""

    line: EarningLine
    name: str
    title: str
    link: str | None
    by_letter: bool
    by_chat: bool


@dataclass(frozen=True)
class EarnedWith:
    """With whom something was earned, in which room, by a letter or by chat, and its page."""

    name: str
    title: str
    link: str | None
    by_letter: bool = False
    by_chat: bool = False


_NAMES = sa.text("""
SELECT 'talk' AS kind, t.id AS key, t.id, u.nickname, r.title FROM talks t
JOIN users u ON u.id = t.caller_id JOIN rooms r ON r.id = t.room_id
WHERE t.id = ANY (CAST(:talks AS bigint[])) AND t.cast_id = :cast
UNION ALL
SELECT 'hold', v.hold_id, v.id, u.nickname, r.title FROM reservations v
JOIN users u ON u.id = v.caller_id JOIN rooms r ON r.id = v.room_id
WHERE v.hold_id = ANY (CAST(:holds AS bigint[])) AND v.cast_id = :cast
UNION ALL
SELECT 'letter', m.hold_id, m.id, u.nickname, '' FROM letters m
JOIN users u ON u.id = m.caller_id
WHERE m.hold_id = ANY (CAST(:holds AS bigint[])) AND m.cast_id = :cast
UNION ALL
SELECT 'chat', d.hold_id, CASE WHEN c.member_id = :cast THEN c.id END, u.nickname, ''
FROM chat_days d JOIN chats c ON c.id = d.chat_id JOIN users u ON u.id = c.caller_id
WHERE d.hold_id = ANY (CAST(:holds AS bigint[])) AND d.member_id = :cast
""")
_PATHS = {"talk": "/talks/", "hold": "/reservations/", "letter": "/letters/", "chat": "/chats/"}


async def lines(
    tx: Tx, cast_id: int, since: datetime, until: datetime, number: int, size: int
) -> Page[Earned]:
    """Return a page of a cast's lines from `since` to before `until`, the latest first."""
    wallet = await earnings.wallet_of(tx, cast_id)
    found = await earnings.lines(tx, wallet, since, until, number, size)
    return Page(await _named(tx, cast_id, found.items), found.number, found.has_next)


async def _named(tx: Tx, cast_id: int, found: Sequence[EarningLine]) -> list[Earned]:
    rows = await known(tx, cast_id, [(line.talk_id, line.hold_id) for line in found])
    return [
        Earned(line, one.name, one.title, one.link, one.by_letter, one.by_chat)
        for line, one in zip(found, rows, strict=True)
    ]


async def known(
    tx: Tx, cast_id: int, keys: Sequence[tuple[int | None, int | None]]
) -> list[EarnedWith]:
    """Return what a cast knows of each talk or hold, in this order; empty words for none."""
    bounds = {
        "cast": cast_id,
        "talks": sorted({talk for talk, _ in keys if talk is not None}),
        "holds": sorted({hold for _, hold in keys if hold is not None}),
    }
    rows = {(row.kind, row.key): row for row in await tx.execute(_NAMES, bounds)}
    found = []
    for talk, hold in keys:
        of_hold = (rows.get((kind, hold)) for kind in ("hold", "letter", "chat"))
        row = rows.get(("talk", talk)) or next(filter(None, of_hold), None)
        if row is None:
            found.append(EarnedWith("", "", None))
            continue
        # Who has handed a consultation over sees it no more.
        link = f"{_PATHS[row.kind]}{row.id}" if row.id is not None else None
        by = {"by_letter": row.kind == "letter", "by_chat": row.kind == "chat"}
        found.append(EarnedWith(row.nickname, row.title, link, **by))
    return found
