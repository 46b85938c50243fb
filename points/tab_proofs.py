"""Proofs that what was used on tabs is what bills say, and what was paid, is owed or given up."""

# What each talk, reservation and letter on a tab costs by the ledger, whether a bill is still to be
# made of it, and whether it is over; a hold that waits is no cost yet.
_COSTS = """
WITH talked AS (
  SELECT t.id, w.user_id, t.to_bill, coalesce(c.n, 0) AS cost
  FROM talks t JOIN wallets w ON w.id = t.payer_wallet AND w.kind = 'tab'
  LEFT JOIN (SELECT c.talk_id, sum(c.gross - coalesce(r.gross, 0)) AS n FROM charges c
    LEFT JOIN charge_returns r USING (talk_id, minute) GROUP BY 1) c ON c.talk_id = t.id
), kept AS (
  SELECT r.id, w.user_id, h.to_bill, h.share + h.fee AS cost
  FROM holds h JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab'
  JOIN reservations r ON r.hold_id = h.id
), answered AS (
  SELECT m.id, w.user_id, h.to_bill, h.share + h.fee AS cost
  FROM holds h JOIN wallets w ON w.id = h.wallet_id AND w.kind = 'tab'
  JOIN letters m ON m.hold_id = h.id
)"""

OF_TABS: dict[str, str] = {
    "credit stands in tabs, and nothing else does": """
        SELECT count(*) FROM lots l JOIN wallets w ON w.id = l.wallet_id
        WHERE (l.kind = 'credit') <> (w.kind = 'tab')""",
    "what is paid afterwards stands in a tab, and nothing else does": """
        SELECT count(*) FROM talks t JOIN wallets w ON w.id = t.payer_wallet
        WHERE (t.pays = 'tab') <> (w.kind = 'tab') OR w.user_id <> t.caller_id""",
    "a tab was given its limit, or all that is used of it": """
        SELECT count(*) FROM (
          SELECT coalesce(t.yen, 0) AS yen, w.balance, coalesce(i.n, 0) AS given
          FROM wallets w LEFT JOIN tabs t ON t.user_id = w.user_id
          LEFT JOIN (SELECT j.wallet_id, sum(j.amount) AS n FROM journal j
            WHERE j.kind IN ('credit', 'credit_taken') GROUP BY 1) i ON i.wallet_id = w.id
          WHERE w.kind = 'tab') l
        WHERE given <> greatest(yen, given - balance)""",
    "what was used on tabs is billed once, and paid, owed, given up, or not due": f"""{_COSTS}
        SELECT (SELECT count(*) FROM talked t LEFT JOIN tab_bill_lines l ON l.talk_id = t.id
            WHERE CASE WHEN l.id IS NULL THEN NOT t.to_bill AND t.cost <> 0
              ELSE t.to_bill OR l.user_id <> t.user_id OR l.yen - l.returned <> t.cost END)
          + (SELECT count(*) FROM kept k LEFT JOIN tab_bill_lines l ON l.reservation_id = k.id
            WHERE CASE WHEN l.id IS NULL THEN NOT k.to_bill AND k.cost <> 0
              ELSE k.to_bill OR l.user_id <> k.user_id OR l.yen - l.returned <> k.cost END)
          + (SELECT count(*) FROM answered k LEFT JOIN tab_bill_lines l ON l.letter_id = k.id
            WHERE CASE WHEN l.id IS NULL THEN NOT k.to_bill AND k.cost <> 0
              ELSE k.to_bill OR l.user_id <> k.user_id OR l.yen - l.returned <> k.cost END)
          + (SELECT count(*) FROM tab_bill_lines l LEFT JOIN talked t ON t.id = l.talk_id
            LEFT JOIN kept k ON k.id = l.reservation_id LEFT JOIN answered m ON m.id = l.letter_id
            WHERE t.id IS NULL AND k.id IS NULL AND m.id IS NULL)
          + (SELECT count(*) FROM wallets w
            LEFT JOIN (SELECT j.wallet_id, sum(j.amount) AS n FROM journal j
              WHERE j.kind IN ('credit', 'credit_taken') GROUP BY 1) i ON i.wallet_id = w.id
            LEFT JOIN (SELECT user_id, sum(yen - paid - written_off) AS n FROM tab_bills
              GROUP BY 1) b ON b.user_id = w.user_id
            LEFT JOIN (SELECT user_id, sum(yen - returned) AS n FROM tab_bill_lines
              WHERE bill_id IS NULL GROUP BY 1) l ON l.user_id = w.user_id
            LEFT JOIN (SELECT user_id, sum(cost) AS n FROM (
                SELECT user_id, cost FROM talked WHERE to_bill
                UNION ALL SELECT user_id, cost FROM kept WHERE to_bill
                UNION ALL SELECT user_id, cost FROM answered WHERE to_bill) c GROUP BY 1) c
              ON c.user_id = w.user_id
            LEFT JOIN (SELECT wallet_id, sum(points - released - share - fee) AS n FROM holds
              GROUP BY 1) h ON h.wallet_id = w.id
            WHERE w.kind = 'tab' AND w.balance <> coalesce(i.n, 0) - coalesce(b.n, 0)
              - coalesce(l.n, 0) - coalesce(c.n, 0) - coalesce(h.n, 0))""",  # noqa: S608 - fixed text
    "a bill is the sum of its lines, and paid by payments to the yen": """
        SELECT count(*) FROM tab_bills b
        LEFT JOIN (SELECT bill_id, sum(yen - returned) AS n FROM tab_bill_lines GROUP BY 1) l
          ON l.bill_id = b.id
        LEFT JOIN (SELECT bill_id, sum(yen) AS n FROM tab_bill_payments GROUP BY 1) p
          ON p.bill_id = b.id
        WHERE b.yen <> coalesce(l.n, 0) OR b.paid <> coalesce(p.n, 0)""",
    "a payment pays no more than is left of it, and its payer's bills alone": """
        SELECT (SELECT count(*) FROM tab_payments p
            LEFT JOIN (SELECT payment_id, sum(yen) AS n FROM tab_bill_payments GROUP BY 1) b
              ON b.payment_id = p.id
            WHERE p.placed <> coalesce(b.n, 0) OR p.placed > p.yen - p.taken_back)
          + (SELECT count(*) FROM tab_bill_payments x JOIN tab_payments p ON p.id = x.payment_id
            JOIN tab_bills b ON b.id = x.bill_id WHERE b.user_id <> p.user_id)
          + (SELECT count(*) FROM (SELECT payment_id, bill_id FROM tab_bill_payments
            GROUP BY 1, 2 HAVING sum(yen) < 0) x)""",
    "nothing that arrived lies beside a bill that is owed": """
        SELECT count(*) FROM tab_payments p JOIN tab_bills b ON b.user_id = p.user_id
        WHERE p.placed < p.yen - p.taken_back AND b.paid < b.yen""",
    "what banks took back of transfers pays no bill": """
        SELECT (SELECT count(*) FROM (
            SELECT user_id, provider, sum(gone) AS n FROM tab_takings GROUP BY 1, 2) t
          FULL JOIN (SELECT user_id, provider,
              coalesce(sum(yen) FILTER (WHERE kind = 'reversed'), 0)
              + greatest(0, sum(CASE kind WHEN 'returned' THEN yen WHEN 'reversed' THEN 0
                ELSE -yen END)) AS n FROM tab_moves GROUP BY 1, 2) m USING (user_id, provider)
          WHERE coalesce(t.n, 0) <> coalesce(m.n, 0))
        + (SELECT count(*) FROM tab_takings t JOIN tab_payments p
          ON p.provider = t.provider AND p.provider_ref = t.provider_ref
          WHERE p.taken_back < t.gone)""",
    "what pays a bill is a transfer, and the other way round": """
        SELECT count(*) FROM tab_bill_payments x JOIN tab_payments p ON p.id = x.payment_id
        FULL JOIN (SELECT * FROM transfers WHERE kind IN ('tab_paid', 'tab_unpaid')) t
          ON t.id = x.id
        LEFT JOIN wallets w ON w.id IN (t.debit_wallet, t.credit_wallet) AND w.kind = 'tab'
        WHERE x.id IS NULL OR t.id IS NULL OR w.user_id IS DISTINCT FROM p.user_id
          OR x.yen <> CASE t.kind WHEN 'tab_paid' THEN t.amount ELSE -t.amount END""",
    "what is written off by bills is written off in the books": """
        SELECT count(*) FROM (SELECT user_id, sum(written_off) AS n FROM tab_bills GROUP BY 1) b
        FULL JOIN (SELECT w.user_id, sum(j.amount) AS n FROM journal j
          JOIN wallets w ON w.id = j.wallet_id AND w.kind = 'tab'
          WHERE j.kind IN ('written_off', 'written_off_back') GROUP BY 1) j USING (user_id)
        WHERE coalesce(b.n, 0) <> coalesce(j.n, 0)""",
    "two agreed to what is written off, or its debtor withdrew": """
        SELECT count(*) FROM tab_bills b JOIN users u ON u.id = b.user_id
        WHERE b.written_off > 0 AND u.withdrawn_at IS NULL AND NOT EXISTS (
          SELECT FROM tab_write_offs o WHERE o.bill_id = b.id AND o.state = 'done')""",
}
