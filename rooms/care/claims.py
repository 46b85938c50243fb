"""Claims: a caller asks for points of a talk, a reservation or a letter back; staff answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from foundation.settings import Settings
from points import ledger
from points.tables import claims
from rooms.booking.rows import ReservationRow
from rooms.care import asked_casts, claim_rules
from rooms.care.claim_rules import ClaimKind
from rooms.ground import refusals
from rooms.ground.booking_tables import reservations
from rooms.ground.tables import talks
from rooms.talk import seats

Queue = Literal["open", "waiting_second", "done"]

STATES: dict[Queue, tuple[str, ...]] = {
    "open": ("open",),
    "waiting_second": ("waiting_second",),
    "done": ("returned", "declined", "withdrawn"),
}


@dataclass(frozen=True)
class Claim:
    """One claim with its talk, its reservation or its letter, which has no room. Amounts in points.

    `paid` is what that cost in all, `returned` what went back so far, `left` stands in minutes of
    which nothing did; `points` is what was decided, or proposed to a second member.
    """

    id: int
    talk_id: int | None
    reservation_id: int | None
    letter_id: int | None
    user_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    room_title: str | None
    kind: ClaimKind
    text: str
    state: str
    points: int | None
    reason: str | None
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    second_by: int | None
    second_by_name: str | None
    second_at: datetime | None
    created_at: datetime
    paid: int
    returned: int
    left: int

    @property
    def link(self) -> str:
        """The page of what the claim is about."""
        if self.talk_id is not None:
            return f"/talks/{self.talk_id}"
        if self.letter_id is not None:
            return f"/letters/{self.letter_id}"
        return f"/reservations/{self.reservation_id}"


_CLAIM = """
SELECT c.id, c.talk_id, c.reservation_id, c.letter_id, c.user_id, caller.nickname AS caller_name,
  star.id AS cast_id,
  star.nickname AS cast_name, r.title AS room_title, c.kind, c.text, c.state, c.points, c.reason,
  c.decided_by, first.nickname AS decided_by_name, c.decided_at,
  c.second_by, second.nickname AS second_by_name, c.second_at, c.created_at,
  money.paid, money.returned, money.left
FROM claims c
LEFT JOIN talks t ON t.id = c.talk_id
LEFT JOIN reservations b ON b.id = c.reservation_id
LEFT JOIN letters m ON m.id = c.letter_id
LEFT JOIN rooms r ON r.id = coalesce(t.room_id, b.room_id)
JOIN users caller ON caller.id = c.user_id
JOIN users star ON star.id = coalesce(t.cast_id, b.cast_id, m.cast_id)
LEFT JOIN users first ON first.id = c.decided_by
LEFT JOIN users second ON second.id = c.second_by
CROSS JOIN LATERAL (
  SELECT coalesce(sum(h.gross), 0)::bigint AS paid, coalesce(sum(b.gross), 0)::bigint AS returned,
    coalesce(sum(h.gross) FILTER (WHERE b.talk_id IS NULL), 0)::bigint AS left
  FROM charges h LEFT JOIN charge_returns b USING (talk_id, minute)
  WHERE h.talk_id = c.talk_id AND c.talk_id IS NOT NULL
  UNION ALL
  SELECT h.points, h.released, CASE WHEN h.released = 0 THEN h.points ELSE 0 END
  FROM holds h WHERE h.id = coalesce(b.hold_id, m.hold_id)
  ORDER BY paid DESC LIMIT 1
) money
"""
_BY_ID = sa.text(f"{_CLAIM} WHERE c.id = :id")
_BY_TALK = sa.text(f"{_CLAIM} WHERE c.talk_id = :id")
_BY_RESERVATION = sa.text(f"{_CLAIM} WHERE c.reservation_id = :id")
_BY_LETTER = sa.text(f"{_CLAIM} WHERE c.letter_id = :id")


async def file_claim(
    tx: Tx, settings: Settings, talk_id: int, user_id: int, kind: str, text: str
) -> int:
    """Ask for the points of an ended talk back; return the claim's id.

    Raises UserError `talk_unknown` (404, for anyone but the caller), `claim_kind_unknown`,
    `claim_text_needed`, `claim_text_too_long`, `talk_not_over`, `claim_nothing_paid`,
    `claim_exists`, `claim_too_late`.
    """
    said = claim_rules.words(kind, text)
    ended_at = await _end_of_own_talk(tx, talk_id, user_id)
    if ended_at is None:
        raise UserError("talk_not_over", N_("申し立ては通話が終わってからできます。"))
    await claim_rules.must_be_in_time(tx, settings, ended_at)
    if not await ledger.returnable(tx, talk_id):
        raise UserError(
            "claim_nothing_paid", N_("この通話には、お返しできるポイントがありません。")
        )
    made = await filed(tx, talk_id=talk_id, user_id=user_id, kind=kind, text=said)
    if made is None:
        raise UserError("claim_exists", N_("この通話の申し立ては受け付けています。"))
    await asked_casts.ask(tx, settings, made)
    return made


async def file_reservation_claim(
    tx: Tx, settings: Settings, reservation_id: int, user_id: int, kind: str, text: str
) -> int:
    """Ask for the points of a reservation back that is over; return the claim's id.

    Raises UserError `reservation_unknown` (404, for anyone but the caller), `reservation_not_over`,
    `return_coming` (its points go back by themselves), and of `file_claim` what begins with claim.
    """
    said = claim_rules.words(kind, text)
    row = await _own_reservation(tx, reservation_id, user_id)
    if row.judged_at is None:
        raise UserError("reservation_not_over", N_("申し立ては予約の時間が終わってからできます。"))
    await claim_rules.must_be_in_time(tx, settings, row.ends_at)
    if row.return_due_at is not None and row.returned_at is None:
        raise UserError("return_coming", N_("この予約のポイントは、まもなく自動でお返しします。"))
    if not await ledger.hold_returnable(tx, row.hold):
        raise UserError(
            "claim_nothing_paid", N_("この予約には、お返しできるポイントがありません。")
        )
    made = await filed(tx, reservation_id=reservation_id, user_id=user_id, kind=kind, text=said)
    if made is None:
        raise UserError("claim_exists", N_("この予約の申し立ては受け付けています。"))
    await asked_casts.ask(tx, settings, made)
    return made


async def filed(tx: Tx, **values: object) -> int | None:
    """Write a claim; of one talk, reservation or letter the tables take no second one."""
    filing = insert(claims).values(values).on_conflict_do_nothing().returning(claims.c.id)
    made: int | None = await tx.scalar(filing)
    return made


async def _own_reservation(tx: Tx, reservation_id: int, user_id: int) -> ReservationRow:
    found = await tx.execute(
        sa.select(reservations).where(
            reservations.c.id == reservation_id,
            reservations.c.caller_id == user_id,
            reservations.c.hold_id.is_not(None),
        )
    )
    row = typed_one(ReservationRow, found.mappings())
    if row is None:
        raise refusals.reservation_unknown()
    return row


async def _end_of_own_talk(tx: Tx, talk_id: int, user_id: int) -> datetime | None:
    if await seats.side_of(tx, talk_id, user_id) != "caller":
        raise refusals.talk_unknown()
    query = sa.select(talks.c.ended_at).where(talks.c.id == talk_id)
    ended_at: datetime | None = await tx.scalar(query)
    return ended_at


async def claim_of_talk(tx: Tx, talk_id: int) -> Claim | None:
    """Return the claim of a talk. Whether the reader may see it is the caller's matter."""
    return await _one(tx, _BY_TALK, talk_id)


async def claim_of_reservation(tx: Tx, reservation_id: int) -> Claim | None:
    """Return the claim of a reservation. Whether the reader may see it is the caller's matter."""
    return await _one(tx, _BY_RESERVATION, reservation_id)


async def claim_of_letter(tx: Tx, letter_id: int) -> Claim | None:
    """Return the claim of a letter. Whether the reader may see it is the caller's matter."""
    return await _one(tx, _BY_LETTER, letter_id)


async def claim(tx: Tx, claim_id: int) -> Claim:
    """Return a claim. Raises UserError `claim_unknown` (404)."""
    found = await _one(tx, _BY_ID, claim_id)
    if found is None:
        raise refusals.claim_unknown()
    return found


async def _one(tx: Tx, query: sa.TextClause, subject: int) -> Claim | None:
    row = (await tx.execute(query, {"id": subject})).mappings().one_or_none()
    return Claim(**row) if row else None


async def waiting(tx: Tx) -> dict[Queue, int]:
    """Return how many claims are open, and how many wait for a second member."""
    rows = await tx.execute(
        sa.select(claims.c.state, sa.func.count())
        .where(claims.c.state.in_(("open", "waiting_second")))
        .group_by(claims.c.state)
    )
    found = {str(state): int(count) for state, count in rows}
    return {"open": found.get("open", 0), "waiting_second": found.get("waiting_second", 0)}
