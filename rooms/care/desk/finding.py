"""One search over everything that staff look after: by name, number, mail address or amount."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx

Found = Literal["user", "talk", "reservation", "purchase", "claim", "report", "inquiry", "payout"]

MOST_CHARACTERS = 254
# A number, or an amount: with the sign of a currency before it or a short unit behind it.
_FIGURE = re.compile(r"([¥￥]?)\s*([0-9][0-9,]*)\s*([^\W\d_]{0,2})")
# Of each kind, the latest.
MOST_OF_A_KIND = 10


@dataclass(frozen=True)
class FoundThing:
    """One thing that was found: what it is, whose, and how much (points or yen) it is about."""

    kind: Found
    id: int
    user_id: int | None
    name: str | None
    much: int | None
    at: datetime


async def search(tx: Tx, text: str, kinds: Collection[Found]) -> list[FoundThing]:
    """Return what is found by a text, of these kinds alone, the latest of each.

    A number finds what has it as its id or member number, `¥1500` or `1500pt` what is about that
    much; anything else is a part of a nickname or the beginning of an address.
    """
    asked = text.strip()
    figure = _FIGURE.fullmatch(asked)
    number = int(figure[2].replace(",", "")) if figure and len(figure[2]) < 19 else None
    much = number if figure and (figure[1] or figure[3]) else None
    found: list[FoundThing] = []
    for kind in (kind for kind in _OF if kind in kinds):
        if number is None and kind not in _BY_NAME:
            continue
        values = {
            "text": asked,
            "number": -1 if much is not None or number is None else number,
            "much": -1 if much is None else much,
            "most": MOST_OF_A_KIND,
        }
        rows = (await tx.execute(_OF[kind], values)).mappings()
        found += [FoundThing(kind=kind, **row) for row in rows]
    return found


# What a name or an address finds; all else is found by figures alone.
_BY_NAME: tuple[Found, ...] = ("user", "inquiry")
_OF: dict[Found, sa.TextClause] = {
    "user": sa.text("""
SELECT u.id, u.id AS user_id, u.nickname AS name, CAST(NULL AS bigint) AS much, u.created_at AS at
FROM users u WHERE u.id = :number OR u.member_number = :number
  OR (:number = -1 AND :much = -1
    AND (position(lower(:text) IN lower(u.nickname)) > 0 OR starts_with(u.email, lower(:text))))
ORDER BY u.id DESC LIMIT :most"""),
    "talk": sa.text("""
SELECT t.id, t.caller_id AS user_id, u.nickname AS name, t.connected_ms / 60000 AS much,
  t.entered_at AS at
FROM talks t JOIN users u ON u.id = t.caller_id WHERE t.id = :number LIMIT :most"""),
    "reservation": sa.text("""
SELECT v.id, v.caller_id AS user_id, u.nickname AS name, v.points AS much, v.starts_at AS at
FROM reservations v JOIN users u ON u.id = v.caller_id WHERE v.id = :number LIMIT :most"""),
    "purchase": sa.text("""
SELECT p.id, p.user_id, u.nickname AS name, p.price_yen AS much, p.created_at AS at
FROM (SELECT * FROM purchases WHERE id = :number UNION ALL
  SELECT * FROM (SELECT * FROM purchases ORDER BY id DESC LIMIT 20000) latest
  WHERE price_yen = :much) p
JOIN users u ON u.id = p.user_id ORDER BY p.id DESC LIMIT :most"""),
    "claim": sa.text("""
SELECT c.id, c.user_id, u.nickname AS name, c.points AS much, c.created_at AS at
FROM claims c JOIN users u ON u.id = c.user_id WHERE c.id = :number OR c.points = :much
ORDER BY c.id DESC LIMIT :most"""),
    "report": sa.text("""
SELECT r.id, r.subject_id AS user_id, u.nickname AS name, CAST(NULL AS bigint) AS much,
  r.created_at AS at
FROM reports r JOIN users u ON u.id = r.subject_id WHERE r.id = :number LIMIT :most"""),
    "inquiry": sa.text("""
SELECT i.id, i.user_id, i.email AS name, CAST(NULL AS bigint) AS much, i.created_at AS at
FROM inquiries i WHERE i.id = :number
  OR (:number = -1 AND :much = -1 AND starts_with(i.email, lower(:text)))
ORDER BY i.id DESC LIMIT :most"""),
    "payout": sa.text("""
SELECT p.id, p.user_id, u.nickname AS name, p.gross AS much, p.requested_at AS at
FROM payouts p JOIN users u ON u.id = p.user_id WHERE p.id = :number OR p.gross = :much
ORDER BY p.id DESC LIMIT :most"""),
}
