"""What the two people of a reservation are told: in their language, and at their clock's time."""

from datetime import datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import translate
from foundation.row_types import typed
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from points import ledger
from rooms.booking.notice_words import CANCEL_NEVER, CANCEL_UNTIL, MESSAGE, ON_TAB, WORDS, of_calls
from rooms.booking.rows import Reader, RequestRow, ReservationRow
from rooms.ground.live import Side

# A reminder that comes late by push is worse than none, and a call still more so.
KINDS = {"hour": "reminder", "soon": "reminder", "awaited_cast": "entered"}


async def tell(
    tx: Tx,
    settings: Settings,
    row: ReservationRow | RequestRow,
    word: str,
    *,
    back: int | None = None,
    **also: object,
) -> None:
    """Tell the caller or the cast (or both) of a reservation's or a request's row, once.

    `back` is the points that went back.
    """
    of_call = of_calls.WORDS.get(word) if row.medium == "telephone" else None
    audience, title, text = of_call or WORDS[word]
    people = await _people(tx, row)
    path = "requests" if isinstance(row, RequestRow) else "reservations"
    if "%(earning)s" in text:
        also["earning"] = f"{await ledger.earning_of(tx, row.hold_id, row.earning):,}"
    for side, me in people.items():
        if audience not in (side, "both"):
            continue
        other = people["cast" if side == "caller" else "caller"]
        words = _words(row, me, other.nickname, back) | also
        await inbox.tell(
            tx,
            me.id,
            kind=KINDS.get(word, "reservation"),
            key=f"{path}:{row.id}:{word}",
            title=translate(me.locale, title),
            text=translate(me.locale, text, **words) + await _on_tab(tx, row, side, me),
            link=f"/{path}/{row.id}",
            site=settings.public_url,
        )


async def _on_tab(tx: Tx, row: ReservationRow | RequestRow, side: Side, me: Reader) -> str:
    """What a caller reads beside points that are yen: no points of theirs have moved."""
    if side == "cast" or row.hold_id is None or await ledger.pays_of(tx, row.hold_id) != "tab":
        return ""
    return "\n" + translate(me.locale, ON_TAB)


async def _people(tx: Tx, row: ReservationRow | RequestRow) -> dict[Side, Reader]:
    found = await tx.execute(
        sa.select(users.c.id, users.c.nickname, users.c.locale, users.c.time_zone).where(
            users.c.id.in_([row.caller_id, row.cast_id])
        )
    )
    readers = {one["id"]: typed(Reader, one) for one in found.mappings()}
    return {"caller": readers[row.caller_id], "cast": readers[row.cast_id]}


def _words(
    row: ReservationRow | RequestRow, me: Reader, name: str, back: int | None
) -> dict[str, object]:
    starts_at = row.starts_at if isinstance(row, ReservationRow) else None
    message = translate(me.locale, MESSAGE, message=row.message) if row.message else ""
    return {
        "name": name,
        "when": _when(starts_at, me) if starts_at else "",
        "rule": _rule(row, me),
        "minutes": row.minutes,
        "points": f"{row.points if back is None else back:,}",
        "message": message,
        "words": row.words or "",
    }


def _rule(row: ReservationRow | RequestRow, me: Reader) -> str:
    """Until when a reservation may be cancelled, or that it is too late from the beginning."""
    if isinstance(row, RequestRow) or row.booked_at is None:
        return ""
    if row.booked_at > row.cancel_until:
        return translate(me.locale, CANCEL_NEVER)
    return translate(me.locale, CANCEL_UNTIL, until=_when(row.cancel_until, me))


def _when(at: datetime, reader: Reader) -> str:
    return times.moment(at, ZoneInfo(reader.time_zone), reader.locale)
