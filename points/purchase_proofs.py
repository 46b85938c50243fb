"""Proofs that purchases, refunds and disputes stand in the books as the provider told them."""

# What is out of the hands of each purchase's buyer by the books (`taken`, of which `frozen` waits),
# and by what the provider told of its yen (`due`, of which `due_for_good` is refunded or lost).
# What had left its lots in another way (`elsewhere`: expired, given up, corrected) can't be taken.
_TAKEN_BACK = """
WITH b AS (
  SELECT p.id, coalesce(j.taken, 0) AS taken, coalesce(j.frozen, 0) AS frozen,
    ceil((p.points + p.bonus) * least(coalesce(r.yen, 0) + coalesce(d.lost, 0)
      + coalesce(d.held, 0), p.price_yen) / p.price_yen::numeric) AS due,
    ceil((p.points + p.bonus) * least(coalesce(r.yen, 0) + coalesce(d.lost, 0),
      p.price_yen) / p.price_yen::numeric) AS due_for_good,
    coalesce(j.late, 0) + coalesce((SELECT -sum(m.amount) FROM lots l
      JOIN lot_moves m ON m.lot_id = l.id JOIN transfers t ON t.id = m.transfer_id
      WHERE t.kind IN ('expiry', 'forfeit', 'correction')
        AND (l.id IN (p.paid_lot, p.bonus_lot) OR l.renews IN (p.paid_lot, p.bonus_lot))), 0)
      AS elsewhere
  FROM purchases p
  LEFT JOIN (SELECT purchase_id, sum(amount_yen) AS yen FROM refunds
    WHERE state = 'made' GROUP BY 1) r ON r.purchase_id = p.id
  LEFT JOIN (SELECT d.purchase_id, sum(d.amount_yen) FILTER (WHERE d.state = 'lost') AS lost,
      sum(greatest(0, d.amount_yen - CASE WHEN d.inquiry THEN coalesce((
        SELECT sum(a.amount_yen) FROM refunds a WHERE a.purchase_id = d.purchase_id
          AND a.state = 'made' AND a.made_at >= d.made_at), 0) ELSE 0 END))
        FILTER (WHERE d.state = 'open') AS held
    FROM disputes d GROUP BY 1) d ON d.purchase_id = p.id
  LEFT JOIN (SELECT t.purchase_id, sum(t.amount * (CASE WHEN c.kind IN ('issued', 'disputed')
        THEN 1 ELSE 0 END - CASE WHEN d.kind IN ('issued', 'disputed') THEN 1 ELSE 0 END)) AS taken,
      sum(t.amount * (CASE c.kind WHEN 'disputed' THEN 1 ELSE 0 END
        - CASE d.kind WHEN 'disputed' THEN 1 ELSE 0 END)) AS frozen,
      sum(t.amount) FILTER (WHERE t.kind = 'expiry') AS late
    FROM transfers t JOIN wallets c ON c.id = t.credit_wallet
    JOIN wallets d ON d.id = t.debit_wallet
    WHERE t.purchase_id IS NOT NULL AND t.kind NOT IN ('purchase', 'bonus')
    GROUP BY 1) j ON j.purchase_id = p.id
  WHERE r.purchase_id IS NOT NULL OR d.purchase_id IS NOT NULL OR j.purchase_id IS NOT NULL)"""

OF_PURCHASES: dict[str, str] = {
    "every paid purchase made its points once, every other none": """
        SELECT count(*) FROM purchases p
        LEFT JOIN lots paid ON paid.id = p.paid_lot LEFT JOIN lots bonus ON bonus.id = p.bonus_lot
        LEFT JOIN (SELECT purchase_id, sum(amount) AS n FROM transfers
          WHERE kind IN ('purchase', 'bonus') GROUP BY 1) t ON t.purchase_id = p.id
        WHERE coalesce(t.n, 0) <> CASE WHEN p.state = 'paid' THEN p.points + p.bonus ELSE 0 END
          OR (p.state = 'paid') <> (p.paid_lot IS NOT NULL)
          OR paid.granted <> p.points
          OR (p.state = 'paid' AND coalesce(bonus.granted, 0) <> p.bonus)""",
    "every paid purchase has its paid intent": """
        SELECT (SELECT count(*) FROM purchases p WHERE p.state = 'paid' AND 1 <> (
            SELECT count(*) FROM payment_events e
            WHERE e.intent = p.intent AND e.outcome = 'credited'))
          + (SELECT count(*) FROM payment_events e LEFT JOIN purchases p ON p.intent = e.intent
            WHERE e.outcome = 'credited' AND p.state IS DISTINCT FROM 'paid')""",
    "points taken back match the yen refunded or lost": f"""{_TAKEN_BACK}
        SELECT count(*) FROM b
        WHERE b.taken > b.due OR b.taken < b.due - b.elsewhere
          OR b.frozen <> greatest(0, b.taken - b.due_for_good)""",  # noqa: S608 - fixed text
    "what was taken back has its refund or dispute": """
        SELECT count(*) FROM transfers t
        WHERE (t.kind IN ('refund', 'dispute', 'restore', 'lost')
            OR (t.kind = 'receivable' AND t.purchase_id IS NOT NULL))
          AND NOT EXISTS (SELECT FROM refunds r WHERE r.purchase_id = t.purchase_id)
          AND NOT EXISTS (SELECT FROM disputes d WHERE d.purchase_id = t.purchase_id)""",
    "nobody has paid more than they owed": """
        SELECT count(*) FROM (SELECT sum(j.amount) AS n FROM journal j
          JOIN wallets w ON w.id = j.wallet_id AND w.kind = 'receivable' GROUP BY w.id) r
        WHERE r.n > 0""",
    "what is frozen is what open disputes took": f"""{_TAKEN_BACK}
        SELECT count(*) FROM (SELECT
            coalesce((SELECT sum(j.amount) FROM journal j
              JOIN wallets w ON w.id = j.wallet_id AND w.kind = 'disputed'), 0) AS frozen,
            coalesce((SELECT sum(b.frozen) FROM b), 0) AS taken) held
        WHERE frozen <> taken""",  # noqa: S608 - likewise
}
