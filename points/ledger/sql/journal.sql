-- Every movement as legs that cancel out: the sum is zero by construction.
CREATE OR REPLACE VIEW journal AS
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
