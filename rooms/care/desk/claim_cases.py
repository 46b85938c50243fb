"""Claims as a list that staff work off: one line each, with what the evidence says in short."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from people.desk import staff_views
from rooms.care import claims
from rooms.care.claim_rules import ClaimKind
from rooms.care.claims import STATES, Claim, Queue

Owned = Literal["anyone", "me", "nobody"]


@dataclass(frozen=True)
class WantedClaims:
    """What a list of claims is narrowed to: `least` in points, `days` since it was made."""

    which: Queue = "open"
    kind: ClaimKind | None = None
    least: int | None = None
    days: int | None = None
    who: str = ""
    owned: Owned = "anyone"


@dataclass(frozen=True)
class ClaimLine:
    """One claim in the list. `points` could go back, or were decided; times in milliseconds.

    Of its talk: how long it was connected and interrupted, and for how long a side's signs of life
    were missing. `kept_state` is its reservation's; `awaited` while its cast may still answer,
    `failed` where a decision on it could not be carried out.
    """

    id: int
    kind: ClaimKind
    state: str
    created_at: datetime
    user_id: int
    caller_name: str
    cast_id: int
    cast_name: str
    points: int
    owner_id: int | None
    owner_name: str | None
    awaited: bool
    failed: str | None
    connected_ms: int | None
    interrupted_ms: int
    caller_lost_ms: int
    cast_lost_ms: int
    end_reason: str | None
    kept_state: str | None
    letter_id: int | None


_LINES = """
SELECT c.id, c.kind, c.state, c.created_at, c.user_id, caller.nickname AS caller_name,
  star.id AS cast_id, star.nickname AS cast_name, coalesce(c.points, money.left, 0) AS points,
  o.owner_id, owner.nickname AS owner_name, d.failed, t.connected_ms, t.end_reason,
  coalesce(a.said_at IS NULL AND a.until > clock_timestamp(), false) AS awaited,
  lost.interrupted_ms, lost.caller_lost_ms, lost.cast_lost_ms, b.state AS kept_state, c.letter_id
FROM claims c
LEFT JOIN talks t ON t.id = c.talk_id
LEFT JOIN reservations b ON b.id = c.reservation_id
LEFT JOIN letters m ON m.id = c.letter_id
JOIN users caller ON caller.id = c.user_id
JOIN users star ON star.id = coalesce(t.cast_id, b.cast_id, m.cast_id)
LEFT JOIN case_owners o ON o.claim_id = c.id
LEFT JOIN users owner ON owner.id = o.owner_id
LEFT JOIN claim_answers a ON a.claim_id = c.id
LEFT JOIN due_decisions d ON d.claim_id = c.id
CROSS JOIN LATERAL (
  SELECT coalesce(sum(p.ms), 0)::bigint AS interrupted_ms,
    coalesce(sum(p.ms) FILTER (WHERE p.reason IN ('caller_lost', 'both_lost')), 0)::bigint
      AS caller_lost_ms,
    coalesce(sum(p.ms) FILTER (WHERE p.reason IN ('cast_lost', 'both_lost')), 0)::bigint
      AS cast_lost_ms
  FROM (SELECT s.reason, extract(epoch FROM
      coalesce(s.ended_at, t.ended_at, s.began_at) - s.began_at) * 1000 AS ms
    FROM talk_spans s WHERE s.talk_id = c.talk_id AND s.kind = 'interrupted') p) lost
CROSS JOIN LATERAL (
  SELECT coalesce((SELECT sum(h.gross) FROM charges h
      LEFT JOIN charge_returns r USING (talk_id, minute)
      WHERE h.talk_id = c.talk_id AND r.talk_id IS NULL), 0)::bigint
    + coalesce((SELECT h.points FROM holds h
      WHERE h.id = coalesce(b.hold_id, m.hold_id) AND h.released = 0), 0)::bigint AS left) money
WHERE c.state = ANY (CAST(:states AS text[])) AND (d.id IS NULL OR d.failed IS NOT NULL)
  AND (CAST(:kind AS text) IS NULL OR c.kind = :kind)
  AND (CAST(:least AS bigint) IS NULL OR coalesce(c.points, money.left) >= :least)
  AND (CAST(:days AS integer) IS NULL
    OR c.created_at <= clock_timestamp() - :days * interval '1 day')
  AND (CAST(:who AS text) = '' OR EXISTS (SELECT FROM users u WHERE u.id IN (c.user_id, star.id)
    AND (position(lower(:who) IN lower(u.nickname)) > 0 OR u.member_number::text = :who)))
  AND (:owned = 'anyone' OR :owned = 'me' AND o.owner_id = :me
    OR :owned = 'nobody' AND o.owner_id IS NULL)
"""
# Those that wait: who has waited longest comes first. Those that are done: the latest first.
_WAITING = sa.text(f"{_LINES} ORDER BY c.id OFFSET :skip LIMIT :most")
_DONE = sa.text(f"{_LINES} ORDER BY c.id DESC OFFSET :skip LIMIT :most")


async def opened(tx: Tx, claim_id: int, viewer_id: int) -> Claim:
    """Return a claim; that this member of staff opened it is noted.

    Raises UserError `claim_unknown` (404).
    """
    found = await claims.claim(tx, claim_id)
    await staff_views.note(tx, viewer_id, f"claim:{claim_id}")
    return found


async def listed(
    tx: Tx, wanted: WantedClaims, viewer_id: int, number: int, size: int
) -> Page[ClaimLine]:
    """Return a page of the claims that are wanted, but for those on which a decision is due."""
    rows = await tx.execute(
        _DONE if wanted.which == "done" else _WAITING,
        {
            "states": list(STATES[wanted.which]),
            "kind": wanted.kind,
            "least": wanted.least,
            "days": wanted.days,
            "who": wanted.who,
            "owned": wanted.owned,
            "me": viewer_id,
            "skip": offset(number, size),
            "most": size + 1,
        },
    )
    return Page.of([ClaimLine(**row) for row in rows.mappings()], number, size)
