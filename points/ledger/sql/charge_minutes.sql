-- Charge one minute of each of many talks at once, and return the talks that could pay.
-- The arrays run in parallel, one payer at most once. Wallets are locked first, in id order; what
-- follows reads with a new snapshot, so it sees what a concurrent top-up or charge left.
-- Lowering the wallets tells what each holds after it, so that costs neither a statement nor a join.
-- The plan is pinned: statistics taken while the tables were large or empty must not make it scan.
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
