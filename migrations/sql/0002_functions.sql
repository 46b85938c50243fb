-- As in 0001, and every charge says what its payer's wallet holds after it. Lowering the wallets
-- tells that, so it costs neither a statement nor a join.
CREATE OR REPLACE FUNCTION charge_minutes(
  talk_ids bigint[], minutes int[], payers bigint[], casts bigint[], prices bigint[], shares bigint[]
) RETURNS SETOF bigint LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE moment timestamptz;
BEGIN
  IF (SELECT count(*) <> count(DISTINCT payer) FROM unnest(payers) payer) THEN
    RAISE EXCEPTION 'a payer stands twice in one batch of charges';
  END IF;
  PERFORM 1 FROM wallets WHERE id = ANY (payers) ORDER BY id FOR NO KEY UPDATE;
  moment := clock_timestamp();
  RETURN QUERY
  WITH open_lots AS MATERIALIZED (
    SELECT d.*, l.id AS lot_id, l.remaining,
      (sum(l.remaining) OVER (PARTITION BY d.talk_id ORDER BY l.expires_at, l.id) - l.remaining)::bigint AS before,
      (sum(l.remaining) OVER (PARTITION BY d.talk_id))::bigint AS total
    FROM unnest(talk_ids, minutes, payers, casts, prices, shares)
      AS d (talk_id, minute, payer, payee, price, share)
    JOIN lots l ON l.wallet_id = d.payer AND NOT l.closed AND l.expires_at > moment
  ), paid AS MATERIALIZED (
    -- An open lot is never empty, so exactly one lot of each talk has nothing before it.
    SELECT * FROM open_lots WHERE total >= price AND before = 0
  ), burn AS MATERIALIZED (
    SELECT talk_id, minute, lot_id, least(remaining, price - before) AS amount
    FROM open_lots WHERE total >= price AND before < price
  ), lowered AS (
    UPDATE wallets w SET balance = w.balance - p.price FROM paid p WHERE w.id = p.payer
    RETURNING p.talk_id, p.minute, p.payer, p.payee, p.price, p.share, w.balance
  ), charged AS (
    INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at, balance_after)
    SELECT l.talk_id, l.minute, l.payer, l.payee, l.price, l.share, l.price - l.share, moment, l.balance
    FROM lowered l
    RETURNING charges.talk_id
  ), used AS (
    INSERT INTO lot_uses (talk_id, minute, lot_id, amount)
    SELECT b.talk_id, b.minute, b.lot_id, b.amount FROM burn b
  ), burned AS (
    UPDATE lots l SET remaining = l.remaining - b.amount FROM burn b WHERE l.id = b.lot_id
  )
  SELECT c.talk_id FROM charged c;
END $$;

-- Book up to `most` lots that have run out, and return how many. Wallets that somebody else holds
-- are left for the next time, so the sweep and a charge never wait for each other long.
CREATE FUNCTION expire_lots(most int) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  due bigint[];
  held bigint[];
  emptied bigint;
BEGIN
  SELECT array_agg(l.id) INTO due FROM (
    SELECT id FROM lots WHERE NOT closed AND expires_at <= moment ORDER BY expires_at LIMIT most) l;
  SELECT array_agg(w.id) INTO held FROM (
    SELECT id FROM wallets WHERE id IN (SELECT wallet_id FROM lots WHERE id = ANY (due))
    ORDER BY id FOR NO KEY UPDATE SKIP LOCKED) w;
  -- Read again under the locks: a charge or a return may have been there in between.
  WITH gone AS MATERIALIZED (
    SELECT id, wallet_id, remaining FROM lots
    WHERE id = ANY (due) AND wallet_id = ANY (held) AND NOT closed
  ), losses AS MATERIALIZED (
    SELECT wallet_id, min(id) AS first_lot, sum(remaining)::bigint AS amount FROM gone GROUP BY wallet_id
  ), lowered AS (
    UPDATE wallets w SET balance = w.balance - l.amount FROM losses l WHERE w.id = l.wallet_id
    RETURNING w.id, w.balance, l.first_lot, l.amount
  ), booked AS (
    INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key,
      input_hash, at, balance_after)
    SELECT l.id, (SELECT id FROM wallets WHERE kind = 'expired' AND user_id IS NULL), l.amount,
      'expiry', 'expired', 'expiry:' || l.first_lot, sha256(convert_to('expiry:' || l.first_lot, 'UTF8')),
      clock_timestamp(), l.balance
    FROM lowered l
    RETURNING id, debit_wallet
  ), moved AS (
    INSERT INTO lot_moves (transfer_id, lot_id, amount)
    SELECT b.id, g.id, -g.remaining FROM gone g JOIN booked b ON b.debit_wallet = g.wallet_id
  ), closed AS (
    UPDATE lots l SET remaining = 0 FROM gone g WHERE l.id = g.id
  )
  SELECT count(*) INTO emptied FROM gone;
  RETURN emptied;
END $$;
