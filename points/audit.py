"""Proofs that the books are right: each is a query that counts the rows which break it."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from points.chat_proofs import OF_CHATS
from points.letter_proofs import OF_LETTERS
from points.payout_proofs import OF_PAYOUTS
from points.purchase_proofs import OF_PURCHASES
from points.tab_proofs import OF_TABS


@dataclass(frozen=True)
class Proof:
    """One invariant of the books and how many rows break it (0 when it holds)."""

    name: str
    broken: int


INVARIANTS: dict[str, str] = {
    "the journal sums to zero": """
        SELECT count(*) FROM (SELECT sum(amount) AS total FROM journal) j WHERE total <> 0""",
    "a wallet's balance is the sum of its lots": """
        SELECT count(*) FROM wallets w
        LEFT JOIN (SELECT wallet_id, sum(remaining) AS held FROM lots GROUP BY 1) l
          ON l.wallet_id = w.id
        WHERE w.kind IN ('points', 'tab') AND w.balance <> coalesce(l.held, 0)""",
    "a wallet's balance is the sum of its journal": """
        SELECT count(*) FROM wallets w
        LEFT JOIN (SELECT wallet_id, sum(amount) AS moved FROM journal GROUP BY 1) j
          ON j.wallet_id = w.id
        WHERE w.kind IN ('points', 'tab') AND w.balance <> coalesce(j.moved, 0)""",
    "no lot is negative or holds more than was granted": """
        SELECT count(*) FROM lots WHERE remaining < 0 OR remaining > granted""",
    "a lot holds what was put in, less what was used, plus what came back": """
        SELECT count(*) FROM lots l
        LEFT JOIN (SELECT lot_id, sum(amount) AS n FROM lot_moves GROUP BY 1) m ON m.lot_id = l.id
        LEFT JOIN (SELECT lot_id, sum(amount) AS n FROM lot_uses GROUP BY 1) u ON u.lot_id = l.id
        LEFT JOIN (SELECT coalesce(renewed_lot, lot_id) AS lot_id, sum(amount) AS n
          FROM lot_backs GROUP BY 1) b ON b.lot_id = l.id
        WHERE l.remaining <> coalesce(m.n, 0) - coalesce(u.n, 0) + coalesce(b.n, 0)""",
    "every charge is paid by lots to the point": """
        SELECT count(*) FROM charges c
        LEFT JOIN (SELECT talk_id, minute, sum(amount) AS n FROM lot_uses GROUP BY 1, 2) u
          USING (talk_id, minute)
        WHERE c.gross <> coalesce(u.n, 0)""",
    "every charge was paid from its payer's own lots": """
        SELECT count(*) FROM lot_uses u JOIN charges c USING (talk_id, minute)
        JOIN lots l ON l.id = u.lot_id WHERE l.wallet_id <> c.payer_wallet""",
    "every return fills lots to the point, and never above the charge": """
        SELECT count(*) FROM charge_returns r JOIN charges c USING (talk_id, minute)
        LEFT JOIN (SELECT talk_id, minute, sum(amount) AS n FROM lot_backs GROUP BY 1,
          2) b USING (talk_id, minute)
        WHERE r.gross <> coalesce(b.n, 0) OR r.gross > c.gross OR r.share > c.share
          OR r.fee > c.fee""",
    "no lot gets back more from a minute than it gave": """
        SELECT count(*) FROM lot_backs b JOIN lot_uses u USING (talk_id, minute, lot_id)
        WHERE b.amount > u.amount""",
    "a talk's minutes run from one without a gap": """
        SELECT count(*) FROM talks t
        LEFT JOIN (SELECT talk_id, count(*) AS n, max(minute) AS top
          FROM charges GROUP BY 1) c ON c.talk_id = t.id
        WHERE t.next_minute - 1 <> coalesce(c.n, 0) OR coalesce(c.n, 0) <> coalesce(c.top, 0)""",
    "a charge is at its talk's rate, between its talk's wallets": """
        SELECT count(*) FROM charges c JOIN talks t ON t.id = c.talk_id
        WHERE c.gross <> t.rate OR c.share > t.share
           OR c.payer_wallet <> t.payer_wallet OR c.cast_wallet <> t.cast_wallet""",
    "points that were given earn their cast no more than was agreed": """
        SELECT (SELECT count(*) FROM charges c JOIN talks t ON t.id = c.talk_id
            LEFT JOIN (SELECT u.talk_id, u.minute, sum(u.amount) AS n
              FROM lot_uses u JOIN lots l ON l.id = u.lot_id WHERE l.kind = 'granted'
              GROUP BY 1, 2) g ON (g.talk_id, g.minute) = (c.talk_id, c.minute)
            WHERE c.share <> div(t.share * (100 * c.gross - (100 - t.gift_share)
              * coalesce(g.n, 0)), 100 * c.gross))
          + (SELECT count(*) FROM holds h
            LEFT JOIN (SELECT m.transfer_id, -sum(m.amount) AS n
              FROM lot_moves m JOIN lots l ON l.id = m.lot_id WHERE l.kind = 'granted'
              GROUP BY 1) g ON g.transfer_id = h.id
            WHERE h.given <> coalesce(g.n, 0))""",
    "no minute is charged beyond the evidence of both sides": """
        SELECT count(*) FROM talks t WHERE t.ended_at IS NOT NULL AND t.next_minute > 1
        AND t.connected_ms < t.free_ms + (t.next_minute - 2) * t.minute_ms""",
    "no lot was burned while an earlier one was whole": """
        SELECT count(*) FROM lot_uses u JOIN charges c USING (talk_id, minute)
        JOIN lots used ON used.id = u.lot_id
        JOIN lots earlier ON earlier.wallet_id = used.wallet_id
          AND (earlier.expires_at, earlier.id) < (used.expires_at, used.id)
          AND earlier.created_at < c.at AND earlier.expires_at > c.at
        WHERE NOT earlier.closed AND earlier.remaining = earlier.granted
          AND NOT EXISTS (SELECT FROM lot_backs b WHERE b.lot_id = earlier.id)
          AND NOT EXISTS (SELECT FROM lot_moves m WHERE m.lot_id = earlier.id AND m.amount > 0
            AND m.transfer_id <> earlier.source)""",
    "no expired lot was burned": """
        SELECT count(*) FROM lot_uses u JOIN charges c USING (talk_id, minute)
        JOIN lots l ON l.id = u.lot_id WHERE l.expires_at <= c.at""",
    "no lot expired before its time, and no point lives six months": """
        SELECT (SELECT count(*) FROM transfers t JOIN lot_moves m ON m.transfer_id = t.id
            JOIN lots l ON l.id = m.lot_id WHERE t.kind = 'expiry' AND t.at < l.expires_at)
          + (SELECT count(*) FROM lots l LEFT JOIN lots root ON root.id = l.renews
            WHERE l.expires_at > l.latest OR l.latest > root.latest)""",
    "a transfer of points moves lots to the point, of its own wallet": """
        SELECT count(*) FROM transfers t
        JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet) AND w.kind IN ('points', 'tab')
        LEFT JOIN (SELECT m.transfer_id, sum(m.amount) AS n, min(l.wallet_id) AS wallet_id,
            max(l.wallet_id) AS other
          FROM lot_moves m JOIN lots l ON l.id = m.lot_id GROUP BY 1) m ON m.transfer_id = t.id
        WHERE coalesce(m.n, 0) <> CASE WHEN t.credit_wallet = w.id THEN t.amount ELSE -t.amount END
          OR m.wallet_id <> w.id OR m.other <> w.id""",
    "every row says what its wallet held after it": """
        WITH moves AS (
          SELECT w.id AS wallet_id, t.written, t.at, CASE WHEN t.credit_wallet = w.id
            THEN t.amount ELSE -t.amount END AS amount, t.balance_after FROM transfers t
          JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet)
            AND w.kind IN ('points', 'tab')
          UNION ALL SELECT payer_wallet, written, at, -gross, balance_after FROM charges
          UNION ALL SELECT payer_wallet, max(written), at, sum(gross), max(balance_after)
          FROM charge_returns GROUP BY payer_wallet, at
        ), summed AS (
          SELECT balance_after, sum(amount) OVER (PARTITION BY wallet_id
            ORDER BY coalesce(written, 0), CASE WHEN written IS NULL THEN at END) AS held
          FROM moves
        )
        SELECT count(*) FROM summed WHERE balance_after IS DISTINCT FROM held""",
    "a return belongs to the charge's payer": """
        SELECT count(*) FROM charge_returns r JOIN charges c USING (talk_id, minute)
        WHERE r.payer_wallet <> c.payer_wallet""",
    **OF_PURCHASES,
    **OF_PAYOUTS,
    **OF_TABS,
    **OF_LETTERS,
    **OF_CHATS,
    "casts earned their shares, and the site its fees": """
        SELECT (SELECT count(*) FROM (
            SELECT w.id, coalesce((SELECT sum(amount) FROM journal j WHERE j.wallet_id = w.id), 0)
              - coalesce((SELECT sum(share) FROM charges c WHERE c.cast_wallet = w.id), 0)
              + coalesce((SELECT sum(r.share) FROM charge_returns r JOIN charges c
                USING (talk_id, minute) WHERE c.cast_wallet = w.id), 0)
              - coalesce((SELECT sum(h.share) FROM holds h WHERE h.cast_wallet = w.id), 0)
              + coalesce((SELECT sum(t.amount) FROM transfers t WHERE t.debit_wallet = w.id
                AND t.kind IN ('payout', 'earnings_given_up')), 0)
              - coalesce((SELECT sum(t.amount) FROM transfers t WHERE t.credit_wallet = w.id
                AND t.kind = 'payout_return'), 0) AS off
            FROM wallets w WHERE w.kind = 'earnings') e WHERE e.off <> 0)
          + (SELECT count(*) FROM (
            SELECT (SELECT sum(amount) FROM journal j JOIN wallets w ON w.id = j.wallet_id
                WHERE w.kind = 'fee') AS booked,
              (SELECT sum(fee) FROM charges) AS charged,
              (SELECT sum(fee) FROM charge_returns) AS back,
              (SELECT sum(fee) FROM holds) AS reserved) f
            WHERE coalesce(booked, 0)
              <> coalesce(charged, 0) - coalesce(back, 0) + coalesce(reserved, 0))""",
    "a claim gave back what it says, and nothing was given back without one": """
        SELECT count(*) FROM claims c
        FULL JOIN (SELECT talk_id, sum(gross) AS n FROM charge_returns
          WHERE kind = 'claim' GROUP BY 1) r USING (talk_id)
        WHERE (c.talk_id IS NOT NULL OR r.n IS NOT NULL)
          AND ((c.state = 'returned' AND c.points IS DISTINCT FROM r.n)
            OR (c.state IS DISTINCT FROM 'returned' AND r.n IS NOT NULL))""",
    "a reservation's claim gave back what it says": """
        SELECT count(*) FROM claims c JOIN reservations r ON r.id = c.reservation_id
        JOIN holds h ON h.id = r.hold_id
        WHERE c.state = 'returned' AND c.points IS DISTINCT FROM h.released""",
    "holds count what their transfers moved": """
        SELECT count(*) FROM holds h JOIN transfers made ON made.id = h.id
        LEFT JOIN (SELECT hold_id, sum(amount) FILTER (WHERE kind IN ('release', 'expiry')) AS back,
            sum(CASE kind WHEN 'reserved' THEN amount WHEN 'reserved_return' THEN -amount END)
              AS share,
            sum(CASE kind WHEN 'reserved_fee' THEN amount
              WHEN 'reserved_fee_return' THEN -amount END) AS fee
          FROM transfers WHERE hold_id IS NOT NULL GROUP BY 1) t ON t.hold_id = h.id
        WHERE made.kind <> 'hold' OR made.amount <> h.points OR made.debit_wallet <> h.wallet_id
          OR h.released <> coalesce(t.back, 0) OR h.share <> coalesce(t.share, 0)
          OR h.fee <> coalesce(t.fee, 0)""",
    "every hold has its transfer, and every transfer of that kind its hold": """
        SELECT count(*) FROM transfers t LEFT JOIN holds h ON h.id = t.id
        WHERE (t.kind = 'hold') <> (h.id IS NOT NULL)""",
    "what is held is what waits in holds": """
        SELECT count(*) FROM (SELECT
          (SELECT coalesce(sum(j.amount), 0) FROM journal j JOIN wallets w ON w.id = j.wallet_id
            WHERE w.kind = 'held') AS booked,
          (SELECT coalesce(sum(points - released - share - fee), 0) FROM holds) AS waiting) h
        WHERE booked <> waiting""",
    "what waits in holds is what waits in what they are for": """
        SELECT count(*) FROM holds h
        LEFT JOIN reservations r ON r.hold_id = h.id
        LEFT JOIN reservation_requests q ON q.hold_id = h.id AND r.id IS NULL
        LEFT JOIN letters m ON m.hold_id = h.id LEFT JOIN chat_days d ON d.hold_id = h.id
        WHERE (h.released + h.share + h.fee < h.points)
            <> (coalesce(r.state IN ('booked', 'running')
              OR r.state IN ('cast_missed', 'apart', 'called_off')
                AND h.released + h.share + h.fee = 0, false)
              OR coalesce(q.state = 'open', false) OR coalesce(m.state = 'sent', false)
              OR coalesce(d.state = 'held', false))
          OR h.released + h.share + h.fee NOT IN (0, h.points)
          OR h.points IS DISTINCT FROM coalesce(r.points, q.points, m.points, d.points)""",
    "no lot gets back more from a hold than it gave": """
        SELECT count(*) FROM (
          SELECT coalesce(t.hold_id, t.id) AS hold_id, coalesce(l.renews, l.id) AS root,
            sum(m.amount) AS n
          FROM transfers t JOIN lot_moves m ON m.transfer_id = t.id JOIN lots l ON l.id = m.lot_id
          WHERE t.kind IN ('hold', 'release') GROUP BY 1, 2) s WHERE s.n > 0""",
    "a reservation called off gave all its points back, one that was kept paid its cast": """
        SELECT count(*) FROM reservations r JOIN holds h ON h.id = r.hold_id
        WHERE CASE
          WHEN r.state IN ('cancelled', 'declined', 'line_failed') THEN h.released <> h.points
          WHEN r.state = 'stopped' AND r.stopped_for = 'cast' THEN h.released <> h.points
          WHEN r.state IN ('done', 'caller_missed', 'stopped')
            OR r.state = 'called_off' AND r.judged_at IS NOT NULL
            THEN h.released = 0 AND h.share <> div(r.share * r.minutes
              * (100 * h.points - (100 - h.gift_share) * h.given), 100 * h.points)
          ELSE r.returned_at IS NOT NULL AND h.released <> h.points END""",
    "only who withdrew forfeited points": """
        SELECT count(*) FROM transfers t JOIN wallets w ON w.id = t.debit_wallet
        JOIN users u ON u.id = w.user_id
        WHERE t.kind = 'forfeit' AND u.withdrawn_at IS NULL""",
    "what a second member of staff agreed to was booked once, and nothing else": """
        SELECT count(*) FROM adjustments a
        FULL JOIN (SELECT * FROM transfers WHERE starts_with(idempotency_key, 'adjustment:')) t
          ON t.idempotency_key = 'adjustment:' || a.id
        LEFT JOIN wallets w
          ON w.id = CASE WHEN a.points > 0 THEN t.credit_wallet ELSE t.debit_wallet END
        WHERE coalesce(a.state = 'done', false) <> (t.id IS NOT NULL)
          OR (t.id IS NOT NULL AND (t.amount, t.actor_id, w.user_id, t.kind)
            IS DISTINCT FROM (abs(a.points), a.decided_by, a.user_id,
              CASE a.kind WHEN 'give' THEN 'grant' ELSE 'correction' END))""",
}


async def prove(tx: Tx) -> list[Proof]:
    """Check every invariant of the books in one snapshot; broken ones count their rows."""
    await tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    await tx.execute(sa.text("SET LOCAL statement_timeout = '10min'"))
    proofs = []
    for name, query in INVARIANTS.items():
        proofs.append(Proof(name, int(await tx.scalar(sa.text(query)) or 0)))
    return proofs
