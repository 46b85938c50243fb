-- Book up to `most` lots that have run out (and what else of the same wallets has), and return how
-- many. Wallets that somebody else holds are left for the next time, so the sweep and a charge never
-- wait for each other long.
-- Each wallet is booked by one transfer, however many of its lots are gone. The figures travel in
-- arrays, sorted by wallet, so that no statement joins the whole batch with itself; the plans are
-- generic and pinned: a plan of its own for every batch of ids cost more than the work.
CREATE OR REPLACE FUNCTION expire_lots(most int) RETURNS bigint LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  expired bigint := (SELECT id FROM wallets WHERE kind = 'expired' AND user_id IS NULL);
  held bigint[];
  gone bigint[];
  losers bigint[];
  amounts bigint[];
  booked bigint[];
BEGIN
  SELECT array_agg(d.wallet_id) INTO held FROM (
    SELECT w.wallet_id, n.due, sum(n.due) OVER (ORDER BY w.wallet_id) AS upto
    FROM (SELECT DISTINCT f.wallet_id FROM (
        SELECT wallet_id FROM lots WHERE NOT closed AND expires_at <= moment
        ORDER BY expires_at LIMIT most) f) w
    CROSS JOIN LATERAL (SELECT count(*) AS due FROM lots l
      WHERE l.wallet_id = w.wallet_id AND NOT l.closed AND l.expires_at <= moment) n) d
  WHERE d.upto - d.due < most;
  SELECT array_agg(w.id) INTO held FROM (
    SELECT id FROM wallets WHERE id = ANY (held) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) w;
  -- Read again under the locks: a charge or a return may have been there in between.
  SELECT array_agg(l.id ORDER BY l.wallet_id, l.id), array_agg(l.wallet_id ORDER BY l.wallet_id, l.id),
    array_agg(l.remaining ORDER BY l.wallet_id, l.id)
  INTO gone, losers, amounts
  FROM unnest(held) AS w (id) JOIN lots l ON l.wallet_id = w.id AND NOT l.closed AND l.expires_at <= moment;
  IF gone IS NULL THEN
    RETURN 0;
  END IF;
  WITH lowered AS (
    UPDATE wallets w SET balance = w.balance - l.amount
    FROM (SELECT g.wallet_id, min(g.id) AS first_lot, sum(g.amount)::bigint AS amount
      FROM unnest(gone, losers, amounts) AS g (id, wallet_id, amount) GROUP BY g.wallet_id) l
    WHERE w.id = l.wallet_id
    RETURNING w.id, w.balance, l.first_lot, l.amount
  ), booked_now AS (
    INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
      input_hash, at, balance_after)
    SELECT l.id, expired, l.amount, 'expiry', 'expired', 'expiry:' || l.first_lot,
      sha256(convert_to('expiry:' || l.first_lot, 'UTF8')), clock_timestamp(), l.balance
    FROM lowered l
    RETURNING id, debit_wallet
  )
  SELECT array_agg(b.id ORDER BY b.debit_wallet) INTO booked FROM booked_now b;
  INSERT INTO lot_moves (transfer_id, lot_id, amount)
  SELECT booked[g.place], g.id, -g.amount
  FROM (SELECT id, amount, dense_rank() OVER (ORDER BY wallet_id) AS place
    FROM unnest(gone, losers, amounts) AS g (id, wallet_id, amount)) g;
  UPDATE lots l SET remaining = 0 FROM unnest(gone) AS g (id) WHERE l.id = g.id;
  RETURN cardinality(gone);
END $$;
