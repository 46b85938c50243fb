"""Proofs that the books are right: each is a query that counts the rows which break it."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx


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
        WHERE w.kind = 'points' AND w.balance <> coalesce(l.held, 0)""",
    "a wallet's balance is the sum of its journal": """
        SELECT count(*) FROM wallets w
        LEFT JOIN (SELECT wallet_id, sum(amount) AS moved FROM journal GROUP BY 1) j
          ON j.wallet_id = w.id
        WHERE w.kind = 'points' AND w.balance <> coalesce(j.moved, 0)""",
    "no lot is negative or holds more than was granted": """
        SELECT count(*) FROM lots WHERE remaining < 0 OR remaining > granted""",
    "a lot holds what was put in, less what was used, plus what came back": """
        SELECT count(*) FROM lots l
        LEFT JOIN (SELECT lot_id, sum(amount) AS n FROM lot_moves GROUP BY 1) m ON m.lot_id = l.id
        LEFT JOIN (SELECT lot_id, sum(amount) AS n FROM lot_uses GROUP BY 1) u ON u.lot_id = l.id
        LEFT JOIN (SELECT lot_id, sum(amount) AS n FROM lot_backs GROUP BY 1) b ON b.lot_id = l.id
        WHERE l.remaining <> coalesce(m.n, 0) - coalesce(u.n, 0) + coalesce(b.n, 0)""",
    "every charge is paid by lots to the point": """
        SELECT count(*) FROM charges c
        LEFT JOIN (SELECT talk_id, minute, sum(amount) AS n FROM lot_uses GROUP BY 1, 2) u
          USING (talk_id, minute)
        WHERE c.gross <> coalesce(u.n, 0)""",
    "every charge was paid from its payer's own lots": """
        SELECT count(*) FROM lot_uses u JOIN charges c USING (talk_id, minute)
        JOIN lots l ON l.id = u.lot_id WHERE l.wallet_id <> c.payer_wallet""",
    "no lot was burned after it had expired": """
        SELECT count(*) FROM lot_uses u JOIN charges c USING (talk_id, minute)
        JOIN lots l ON l.id = u.lot_id WHERE l.expires_at <= c.at""",
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
        WHERE c.gross <> t.rate OR c.share <> t.share
           OR c.payer_wallet <> t.payer_wallet OR c.cast_wallet <> t.cast_wallet""",
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
          AND NOT EXISTS (SELECT FROM lot_backs b WHERE b.lot_id = earlier.id)""",
}


async def prove(tx: Tx) -> list[Proof]:
    """Check every invariant of the books in one snapshot; broken ones count their rows."""
    await tx.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    await tx.execute(sa.text("SET LOCAL statement_timeout = '10min'"))
    proofs = []
    for name, query in INVARIANTS.items():
        proofs.append(Proof(name, int(await tx.scalar(sa.text(query)) or 0)))
    return proofs
