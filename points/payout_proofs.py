"""Proofs of what left the earnings of casts, for the audit of the books."""

OF_PAYOUTS: dict[str, str] = {
    "what was paid out left its cast's earnings once, what a bank rejected came back once": """
        SELECT count(*) FROM (
          SELECT 'payout:' || id AS key, gross, user_id, 'payout' AS kind FROM payouts
            WHERE state IN ('paid', 'rejected')
          UNION ALL SELECT 'payout_return:' || id, gross, user_id, 'payout_return' FROM payouts
            WHERE state = 'rejected') p
        FULL JOIN (SELECT t.*, w.user_id AS cast_id FROM transfers t JOIN wallets w
            ON w.id = CASE t.kind WHEN 'payout' THEN t.debit_wallet ELSE t.credit_wallet END
          WHERE t.kind IN ('payout', 'payout_return')) t ON t.idempotency_key = p.key
        WHERE (p.kind, p.gross, p.user_id) IS DISTINCT FROM (t.kind, t.amount, t.cast_id)""",
    "a run counts its payouts, and they are paid once it is closed": """
        SELECT count(*) FROM payout_runs r
        LEFT JOIN (SELECT run_id, count(*) AS n, sum(net) AS total,
            count(*) FILTER (WHERE state = 'in_run') AS waiting
          FROM payouts GROUP BY 1) p ON p.run_id = r.id
        WHERE r.payouts <> coalesce(p.n, 0) OR r.total <> coalesce(p.total, 0)
          OR CASE r.state WHEN 'closed' THEN p.waiting <> 0 ELSE p.waiting <> p.n END""",
    "what the bank may have moved went back by the word of two": """
        SELECT (SELECT count(*) FROM payouts p WHERE p.state = 'rejected' AND NOT EXISTS (
            SELECT FROM payout_reversal_lines l JOIN payout_reversals v ON v.id = l.reversal_id
            WHERE l.payout_id = p.id AND v.run_id = p.run_id AND v.state = 'done'
              AND v.decided_by <> v.proposed_by))
          + (SELECT count(*) FROM payout_runs r WHERE r.state = 'dissolved'
            AND r.filed_at IS NOT NULL AND NOT EXISTS (
              SELECT FROM payout_reversals v WHERE v.run_id = r.id AND v.kind = 'dissolution'
                AND v.state = 'done' AND v.decided_by <> v.proposed_by))""",
    "what is withheld is by the payout's category": """
        SELECT count(*) FROM payouts WHERE state IN ('in_run', 'paid', 'rejected')
          AND withheld <> CASE category
            WHEN 'individual' THEN div(least(gross, 1000000) * 1021
              + greatest(gross - 1000000, 0) * 2042, 10000)
            WHEN 'non_resident' THEN div(gross * 2042, 10000) ELSE 0 END""",
    "earnings are given up by who withdrew, or as two decided": """
        SELECT count(*) FROM transfers t JOIN wallets w ON w.id = t.debit_wallet
        JOIN users u ON u.id = w.user_id
        LEFT JOIN payout_verdicts v ON t.idempotency_key = 'verdict:' || v.id
        WHERE t.kind = 'earnings_given_up' AND NOT CASE WHEN v.id IS NOT NULL
          THEN v.state = 'done' AND v.verdict = 'keep' AND v.user_id = u.id AND t.amount <= v.amount
          ELSE u.withdrawn_at IS NOT NULL END""",
}
