-- The site's own accounts: where points come from, and where they go.
INSERT INTO wallets (kind) VALUES ('issued'), ('fee'), ('expired');

-- What was written about money stays written.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$;

DO $$
DECLARE money text;
BEGIN
  FOREACH money IN ARRAY ARRAY['transfers', 'charges', 'lot_uses', 'lot_moves', 'charge_returns', 'lot_backs'] LOOP
    EXECUTE format('CREATE TRIGGER never_changed BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', money);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', money);
  END LOOP;
END $$;

CREATE TRIGGER never_deleted BEFORE DELETE ON wallets FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON lots FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Every movement as legs that cancel out: the sum is zero by construction.
CREATE VIEW journal AS
  SELECT 'transfer' AS source, id AS source_id, NULL::int AS minute, debit_wallet AS wallet_id, -amount AS amount, kind, at FROM transfers
  UNION ALL
  SELECT 'transfer', id, NULL, credit_wallet, amount, kind, at FROM transfers
  UNION ALL
  SELECT 'charge', talk_id, minute, payer_wallet, -gross, 'charge', at FROM charges
  UNION ALL
  SELECT 'charge', talk_id, minute, cast_wallet, share, 'charge', at FROM charges
  UNION ALL
  SELECT 'charge', talk_id, minute, (SELECT id FROM wallets WHERE kind = 'fee' AND user_id IS NULL), fee, 'charge', at FROM charges
  UNION ALL
  SELECT 'return', r.talk_id, r.minute, c.payer_wallet, r.gross, 'return', r.at FROM charge_returns r JOIN charges c USING (talk_id, minute)
  UNION ALL
  SELECT 'return', r.talk_id, r.minute, c.cast_wallet, -r.share, 'return', r.at FROM charge_returns r JOIN charges c USING (talk_id, minute)
  UNION ALL
  SELECT 'return', r.talk_id, r.minute, (SELECT id FROM wallets WHERE kind = 'fee' AND user_id IS NULL), -r.fee, 'return', r.at FROM charge_returns r;

-- Charge one minute of each of many talks at once, and return the talks that could pay.
-- The arrays run in parallel, one payer at most once. Wallets are locked first, in id order; what
-- follows reads with a new snapshot, so it sees what a concurrent top-up or charge left.
-- The plan is pinned: statistics taken while the tables were large or empty must not make it scan.
CREATE FUNCTION charge_minutes(
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
  ), charged AS (
    INSERT INTO charges (talk_id, minute, payer_wallet, cast_wallet, gross, share, fee, at)
    SELECT p.talk_id, p.minute, p.payer, p.payee, p.price, p.share, p.price - p.share, moment FROM paid p
    RETURNING charges.talk_id
  ), used AS (
    INSERT INTO lot_uses (talk_id, minute, lot_id, amount)
    SELECT b.talk_id, b.minute, b.lot_id, b.amount FROM burn b
  ), burned AS (
    UPDATE lots l SET remaining = l.remaining - b.amount FROM burn b WHERE l.id = b.lot_id
  ), lowered AS (
    UPDATE wallets w SET balance = w.balance - p.price FROM paid p WHERE w.id = p.payer
  )
  SELECT c.talk_id FROM charged c;
END $$;
