"""What a cast says to a claim before it is decided: asked for once, and said once.

The claim asks them when it is filed (`rooms.care.claims`); staff read their words beside it. Once
the time is over, or the claim decided, nothing more can be said.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_all
from foundation.text.written import plain
from points.tables import claims
from rooms.ground import refusals
from rooms.ground.day_tables import ANSWER_CHARACTERS, claim_answers

MOST_OPEN = 50


@dataclass(frozen=True)
class ClaimHearing:
    """What a claim about a cast's talk, reservation or letter says, until when they may answer, and
    what they said. `is_over`: nothing more can be said. `points` is what it cost the caller.
    """

    claim_id: int
    talk_id: int | None
    reservation_id: int | None
    letter_id: int | None
    caller_name: str
    room_title: str | None
    began_at: datetime
    kind: str
    text: str
    state: str
    until: datetime
    said: str | None
    said_at: datetime | None
    is_over: bool


_HEARING = """
SELECT a.claim_id, c.talk_id, c.reservation_id, c.letter_id, u.nickname AS caller_name,
  r.title AS room_title, coalesce(t.entered_at, b.starts_at, m.sent_at) AS began_at,
  c.kind, c.text, c.state, a.until, a.text AS said, a.said_at,
  (a.said_at IS NOT NULL OR c.state NOT IN ('open', 'waiting_second')
    OR a.until <= clock_timestamp()) AS is_over
FROM claim_answers a JOIN claims c ON c.id = a.claim_id
LEFT JOIN talks t ON t.id = c.talk_id LEFT JOIN reservations b ON b.id = c.reservation_id
LEFT JOIN letters m ON m.id = c.letter_id
LEFT JOIN rooms r ON r.id = coalesce(t.room_id, b.room_id) JOIN users u ON u.id = c.user_id
WHERE a.cast_id = :cast
"""
_ONE = sa.text(f"{_HEARING} AND a.claim_id = :claim")
_OPEN = sa.text(
    f"{_HEARING} AND a.said_at IS NULL AND a.until > clock_timestamp()"
    " AND c.state IN ('open', 'waiting_second') ORDER BY a.until, a.claim_id LIMIT :most"
)


async def of_claim(tx: Tx, claim_id: int, cast_id: int) -> ClaimHearing:
    """Return what a cast is asked about a claim.

    Raises UserError `claim_unknown` (404) for anyone else.
    """
    found = await tx.execute(_ONE, {"claim": claim_id, "cast": cast_id})
    rows = typed_all(ClaimHearing, found.mappings())
    if not rows:
        raise refusals.claim_unknown()
    return rows[0]


async def open_of(tx: Tx, cast_id: int) -> list[ClaimHearing]:
    """Return the claims to which a cast may still say something, the first to end first."""
    found = await tx.execute(_OPEN, {"cast": cast_id, "most": MOST_OPEN})
    return typed_all(ClaimHearing, found.mappings())


async def answer(tx: Tx, claim_id: int, cast_id: int, text: str) -> None:
    """Say something to a claim, once; the same words again are the same answer.

    Raises UserError `claim_unknown` (404), `answer_needed` (400), `answer_too_long` (400),
    `answer_given`, `answer_late`.
    """
    await locks.lock(tx, sa.select(claims.c.id).where(claims.c.id == claim_id))
    found = await of_claim(tx, claim_id, cast_id)
    if found.said is not None and found.said == plain(text):
        return
    if found.said_at is not None:
        raise UserError("answer_given", N_("この申し立てには、すでに回答しています。"))
    if found.is_over:
        raise UserError("answer_late", N_("回答の期限を過ぎたか、審査が終わっています。"))
    said = _words(text)
    await tx.execute(
        sa.update(claim_answers)
        .where(claim_answers.c.claim_id == claim_id, claim_answers.c.said_at.is_(None))
        .values(text=said, said_at=sa.func.clock_timestamp())
    )


def _words(text: str) -> str:
    said = plain(text)
    if not said:
        raise UserError("answer_needed", N_("回答を入力してください。"), status=400)
    if len(said) > ANSWER_CHARACTERS:
        raise UserError(
            "answer_too_long",
            N_("回答は%(most)s文字までです。"),
            status=400,
            most=ANSWER_CHARACTERS,
        )
    return said
