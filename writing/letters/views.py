"""Letters as one of their two people sees them: one, a list of them, and how many want something.

To its caller an answer wants to be read, to its cast a letter wants to be answered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import MOST_COUNTED, Page, offset
from foundation.row_types import typed_all, typed_one
from points.rules import Pays
from writing.letters import refusals
from writing.letters.rows import LetterPart, LetterSide, LetterState
from writing.letters.tables import letter_texts

PAGE = 20


@dataclass(frozen=True)
class LetterView:
    """A letter, as the one on `side` sees it: `other_…` is the person across.

    `wants`: something of it is to be read or answered by who looks. `earning` is what its cast
    gets, `returned` the points that went back, also by a claim.
    """

    id: int
    side: LetterSide
    other_id: int
    other_name: str
    other_portrait: str | None
    other_gone: bool
    state: LetterState
    points: int
    earning: int
    returned: int
    pays: Pays
    sent_at: datetime
    due_at: datetime
    ended_at: datetime | None
    seen_at: datetime | None
    back_until: datetime | None
    asked_back_at: datetime | None
    answered_back_at: datetime | None
    last_at: datetime
    wants: bool

    @property
    def may_be_answered(self) -> bool:
        """Whether its cast owes an answer: the one that is paid, or the free one."""
        return self.side == "cast" and self.wants

    @property
    def owes_back(self) -> bool:
        """Whether what was asked back waits for its answer."""
        return self.asked_back_at is not None and self.answered_back_at is None


_WANTS = """
CASE WHEN l.caller_id = :user THEN l.state = 'answered' AND l.seen_at IS NULL
  ELSE l.state = 'sent' AND l.due_at > clock_timestamp()
    OR l.asked_back_at IS NOT NULL AND l.answered_back_at IS NULL
END AND o.withdrawn_at IS NULL"""
_SEEN = f"""
SELECT l.id, CASE WHEN l.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.id AS other_id, o.nickname AS other_name, o.portrait AS other_portrait,
  o.withdrawn_at IS NOT NULL AS other_gone, l.state, l.points,
  CASE WHEN l.state = 'answered' THEN h.share
    ELSE div(l.share * (100 * h.points - (100 - h.gift_share) * h.given), 100 * h.points)
    END::bigint AS earning,
  h.released AS returned, CASE WHEN w.kind = 'tab' THEN 'tab' ELSE 'points' END AS pays,
  l.sent_at, l.due_at, l.ended_at, l.seen_at, l.back_until, l.asked_back_at, l.answered_back_at,
  greatest(l.sent_at, l.ended_at, l.asked_back_at, l.answered_back_at) AS last_at,
  ({_WANTS}) AS wants
FROM letters l JOIN holds h ON h.id = l.hold_id JOIN wallets w ON w.id = h.wallet_id
JOIN users o ON o.id = CASE WHEN l.caller_id = :user THEN l.cast_id ELSE l.caller_id END
WHERE :user IN (l.caller_id, l.cast_id)
"""  # noqa: S608 - fixed texts
_ONE = sa.text(f"{_SEEN} AND l.id = :id")
_LIST = sa.text(f"""
SELECT * FROM ({_SEEN}) seen WHERE wants OR NOT :wanting
ORDER BY wants DESC, last_at DESC, id DESC OFFSET :skip LIMIT :most
""")  # noqa: S608 - likewise


_NEWEST = sa.text(f"""
SELECT * FROM ({_SEEN}) seen WHERE wants OR NOT :wanting
ORDER BY last_at DESC, id DESC LIMIT :most
""")  # noqa: S608 - likewise


async def letter(tx: Tx, letter_id: int, user_id: int) -> LetterView:
    """Return a letter of a user's. Raises UserError `letter_unknown` (404) for any other."""
    found = await tx.execute(_ONE, {"id": letter_id, "user": user_id})
    view = typed_one(LetterView, found.mappings())
    if view is None:
        raise refusals.letter_unknown()
    return view


async def of_user(tx: Tx, user_id: int, number: int, *, wanting: bool = False) -> Page[LetterView]:
    """Return a page of a user's letters on both sides: first those that want something of them."""
    asked = {"user": user_id, "wanting": wanting, "skip": offset(number, PAGE), "most": PAGE + 1}
    found = await tx.execute(_LIST, asked)
    return Page.of(typed_all(LetterView, found.mappings()), number, PAGE)


async def newest(tx: Tx, user_id: int, most: int, *, wanting: bool = False) -> list[LetterView]:
    """Return up to `most` of a user's letters on both sides, the one that changed last first."""
    asked = {"user": user_id, "wanting": wanting, "most": most}
    return typed_all(LetterView, (await tx.execute(_NEWEST, asked)).mappings())


_NUMBER = sa.text("""
SELECT count(*) FROM (SELECT FROM letters WHERE :user IN (caller_id, cast_id) LIMIT :most) few
""")


async def number_of(tx: Tx, user_id: int) -> int:
    """Return how many letters a user has on both sides; beyond 99 the figure stays there."""
    return int(await tx.scalar(_NUMBER, {"user": user_id, "most": MOST_COUNTED}) or 0)


_COUNT = sa.text("""
SELECT count(*) FROM (
  (SELECT FROM letters l JOIN users o ON o.id = l.cast_id AND o.withdrawn_at IS NULL
    WHERE l.caller_id = :user AND l.state = 'answered' AND l.seen_at IS NULL)
  UNION ALL
  (SELECT FROM letters l JOIN users o ON o.id = l.caller_id AND o.withdrawn_at IS NULL
    WHERE l.cast_id = :user AND (l.state = 'sent' AND l.due_at > clock_timestamp()
      OR l.asked_back_at IS NOT NULL AND l.answered_back_at IS NULL))
  LIMIT :most) few
""")


async def wanting(tx: Tx, user_id: int) -> int:
    """Return how many letters want something of a user; beyond 99 the figure stays there."""
    return int(await tx.scalar(_COUNT, {"user": user_id, "most": MOST_COUNTED}) or 0)


@dataclass(frozen=True)
class LetterText:
    """A part of a letter, as it was written."""

    part: LetterPart
    text: str
    at: datetime


async def texts_of(tx: Tx, letter_id: int) -> Mapping[LetterPart, LetterText]:
    """Return what is kept of a letter's words. Who may read them is the caller's matter."""
    columns = (letter_texts.c.part, letter_texts.c.text, letter_texts.c.at)
    found = await tx.execute(sa.select(*columns).where(letter_texts.c.letter_id == letter_id))
    return {one.part: one for one in typed_all(LetterText, found.mappings())}
