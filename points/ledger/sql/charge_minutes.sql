-- Charge one minute of each of many talks at once, and return the talks that could pay.
-- The arrays run in parallel, one payer at most once. Wallets are locked first, in id order; what
-- follows reads with a new snapshot, so it sees what a concurrent top-up or charge left.
-- Lowering the wallets tells what each holds after it, so that costs neither a statement nor a join.
-- Of what is paid by points that were given a talk's cast earns only a percent of the share. How much
-- that is, the burning of the lots tells, so it costs neither a statement nor a join.
-- The plan is pinned: statistics taken while the tables were large or empty must not make it scan.
CREATE OR REPLACE FUNCTION charge_minutes(
  talk_ids bigint[], minutes int[], payers bigint[], casts bigint[], prices bigint[], shares bigint[],
  gift_shares int[]
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
    SELECT d.*, l.id AS lot_id, l.remaining, l.kind = 'granted' AS given,
      (sum(l.remaining) OVER earlier - l.remaining)::bigint AS before,
      (sum(l.remaining) OVER (PARTITION BY d.talk_id))::bigint AS total,
      coalesce(sum(l.remaining) FILTER (WHERE l.kind = 'granted') OVER earlier, 0)::bigint AS gifts
    FROM unnest(talk_ids, minutes, payers, casts, prices, shares, gift_shares)
      AS d (talk_id, minute, payer, payee, price, share, gift_share)
    JOIN lots l ON l.wallet_id = d.payer AND NOT l.closed AND l.expires_at > moment
    WINDOW earlier AS (PARTITION BY d.talk_id ORDER BY l.expires_at, l.id)
  ), paid AS MATERIALIZED (
    -- An open lot is never empty, so exactly one lot of each talk is the last to pay. Those before it
    -- pay whole, and it pays what is missing: so `gifts`, less what it keeps, is what was given.
    SELECT talk_id, minute, payer, payee, price,
      share * (100 * price - (100 - gift_share)
        * (gifts - CASE WHEN given THEN before + remaining - price ELSE 0 END)) / (100 * price) AS share
    FROM open_lots WHERE before < price AND before + remaining >= price
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
