"""A member as staff look them up: in few figures, by subject, and which accounts may be theirs too.

Of what members write to each other only that they did stands here, never a word.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.pages import Page, offset
from record.acts import log_act, reason_of

Tab = Literal["talks", "purchases", "reservations", "questions", "earnings", "payouts", "devices"]


@dataclass(frozen=True)
class PersonSums:
    """What a member has done here, as caller (`talks`, `spent`) and as cast (`given`, `earned`).

    `bought_yen` was paid, `claims` were made of which `returned` got something back; `reported`
    counts reports about them.
    """

    since: datetime
    seen_at: datetime | None
    talks: int
    spent: int
    given: int
    earned: int
    bought_yen: int
    claims: int
    returned: int
    reported: int


@dataclass(frozen=True)
class FileLine:
    """One line of a tab: when, with whom, how much (points, yen or milliseconds), how it stands."""

    id: int
    at: datetime
    other_id: int | None
    other_name: str | None
    much: int | None
    state: str
    more: str | None


@dataclass(frozen=True)
class LinkedAccount:
    """Another account with the same card, bank account or device, by keyed hashes; `last_on` of a
    device is the last day on which both used it.
    """

    id: int
    nickname: str
    by_card: bool
    by_account: bool
    by_device: bool
    last_on: date | None


async def sums(tx: Tx, user_id: int) -> PersonSums:
    """Return a member's figures."""
    return PersonSums(**(await tx.execute(_SUMS, {"user": user_id})).mappings().one())


async def lines(tx: Tx, user_id: int, tab: Tab, number: int, size: int) -> Page[FileLine]:
    """Return a page of a tab, the latest first."""
    values = {"user": user_id, "skip": offset(number, size), "most": size + 1}
    rows = (await tx.execute(_LINES[tab], values)).mappings()
    return Page.of([FileLine(**row) for row in rows], number, size)


async def look_at_questions(
    tx: Tx, user_id: int, actor_id: int, reason: str, size: int
) -> Page[FileLine]:
    """Return with whom a member exchanged questions, and when; that staff look, and why, is logged.

    Raises UserError `reason_needed` (400).
    """
    why = reason_of(reason)
    await log_act(tx, actor_id, "question.list", f"user:{user_id}", reason=why)
    return await lines(tx, user_id, "questions", 1, size)


async def linked(tx: Tx, user_id: int) -> list[LinkedAccount]:
    """Return the accounts that share a saved card, a bank account or a device with a member's."""
    rows = await tx.execute(_LINKED, {"user": user_id})
    return [LinkedAccount(**row) for row in rows.mappings()]


_SUMS = sa.text("""
SELECT u.created_at AS since, (SELECT max(s.seen_at) FROM sessions s WHERE s.user_id = u.id)
    AS seen_at,
  (SELECT count(*) FROM talks t WHERE t.caller_id = u.id) AS talks,
  (SELECT coalesce(sum(c.gross), 0)::bigint FROM charges c JOIN wallets w ON w.id = c.payer_wallet
    WHERE w.user_id = u.id) AS spent,
  (SELECT count(*) FROM talks t WHERE t.cast_id = u.id) AS given,
  (SELECT coalesce(sum(c.share), 0)::bigint FROM charges c JOIN wallets w ON w.id = c.cast_wallet
    WHERE w.user_id = u.id) AS earned,
  (SELECT coalesce(sum(p.price_yen), 0)::bigint FROM purchases p
    WHERE p.user_id = u.id AND p.paid_at IS NOT NULL) AS bought_yen,
  (SELECT count(*) FROM claims c WHERE c.user_id = u.id) AS claims,
  (SELECT count(*) FROM claims c WHERE c.user_id = u.id AND c.state = 'returned') AS returned,
  (SELECT count(*) FROM reports r WHERE r.subject_id = u.id) AS reported
FROM users u WHERE u.id = :user
""")
_LINES: dict[Tab, sa.TextClause] = {
    "talks": sa.text("""
SELECT t.id, t.entered_at AS at, o.id AS other_id, o.nickname AS other_name,
  t.connected_ms AS much, coalesce(t.end_reason, t.state) AS state,
  CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END AS more
FROM talks t JOIN users o ON o.id = CASE WHEN t.caller_id = :user THEN t.cast_id
  ELSE t.caller_id END
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY t.id DESC OFFSET :skip LIMIT :most"""),
    "purchases": sa.text("""
SELECT p.id, p.created_at AS at, CAST(NULL AS bigint) AS other_id, NULL AS other_name,
  p.price_yen AS much, p.state, p.method AS more
FROM purchases p WHERE p.user_id = :user ORDER BY p.id DESC OFFSET :skip LIMIT :most"""),
    "reservations": sa.text("""
SELECT v.id, v.starts_at AS at, o.id AS other_id, o.nickname AS other_name, v.points AS much,
  v.state, CASE WHEN v.caller_id = :user THEN 'caller' ELSE 'cast' END AS more
FROM reservations v JOIN users o ON o.id = CASE WHEN v.caller_id = :user THEN v.cast_id
  ELSE v.caller_id END
WHERE :user IN (v.caller_id, v.cast_id) ORDER BY v.starts_at DESC OFFSET :skip LIMIT :most"""),
    "questions": sa.text("""
SELECT q.id, q.last_at AS at, o.id AS other_id, o.nickname AS other_name,
  (SELECT count(*) FROM question_messages m WHERE m.thread_id = q.id) AS much,
  CASE WHEN q.closed_at IS NULL THEN 'open' ELSE 'closed' END AS state,
  CASE WHEN q.caller_id = :user THEN 'caller' ELSE 'cast' END AS more
FROM question_threads q JOIN users o ON o.id = CASE WHEN q.caller_id = :user THEN q.cast_id
  ELSE q.caller_id END
WHERE :user IN (q.caller_id, q.cast_id) ORDER BY q.last_at DESC OFFSET :skip LIMIT :most"""),
    "earnings": sa.text("""
SELECT c.talk_id AS id, min(c.at) AS at, o.id AS other_id, o.nickname AS other_name,
  (sum(c.share) - coalesce(sum(b.share), 0))::bigint AS much,
  CASE WHEN count(b.talk_id) > 0 THEN 'returned' ELSE 'earned' END AS state, NULL AS more
FROM charges c JOIN wallets w ON w.id = c.cast_wallet AND w.user_id = :user
LEFT JOIN charge_returns b USING (talk_id, minute)
JOIN talks t ON t.id = c.talk_id JOIN users o ON o.id = t.caller_id
GROUP BY c.talk_id, o.id, o.nickname ORDER BY c.talk_id DESC OFFSET :skip LIMIT :most"""),
    "payouts": sa.text("""
SELECT p.id, p.requested_at AS at, CAST(NULL AS bigint) AS other_id, NULL AS other_name,
  p.gross AS much, p.state, NULL AS more
FROM payouts p WHERE p.user_id = :user ORDER BY p.id DESC OFFSET :skip LIMIT :most"""),
    "devices": sa.text("""
SELECT s.id, s.seen_at AS at, CAST(NULL AS bigint) AS other_id, s.browser AS other_name,
  CAST(NULL AS bigint) AS much, CASE WHEN s.proved_at IS NULL THEN 'signed_in' ELSE 'proved' END
    AS state, s.system AS more
FROM sessions s WHERE s.user_id = :user ORDER BY s.seen_at DESC OFFSET :skip LIMIT :most"""),
}
_LINKED = sa.text("""
WITH shared AS (
  SELECT b.user_id, 'device' AS by, max(b.day) AS last_on FROM traces a JOIN traces b
    ON b.kind = a.kind AND b.mark = a.mark AND b.user_id <> a.user_id
  WHERE a.user_id = :user AND a.kind = 'device' GROUP BY 1
  UNION ALL SELECT b.user_id, 'account', CAST(NULL AS date) FROM bank_accounts a
    JOIN bank_accounts b ON b.mark = a.mark AND b.user_id <> a.user_id WHERE a.user_id = :user
  UNION ALL SELECT b.user_id, 'card', CAST(NULL AS date) FROM payers a
    JOIN payers b ON b.card_mark = a.card_mark AND b.user_id <> a.user_id WHERE a.user_id = :user
)
SELECT u.id, u.nickname, bool_or(s.by = 'card') AS by_card, bool_or(s.by = 'account') AS by_account,
  bool_or(s.by = 'device') AS by_device, max(s.last_on) AS last_on
FROM shared s JOIN users u ON u.id = s.user_id GROUP BY u.id, u.nickname
ORDER BY u.id LIMIT 50
""")
