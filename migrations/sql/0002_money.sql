-- Debts of users, and points that a dispute has frozen.
ALTER TABLE wallets DROP CONSTRAINT ck_wallets_kind_known;
ALTER TABLE wallets ADD CONSTRAINT ck_wallets_kind_known CHECK (
  (kind IN ('points', 'earnings', 'receivable')) = (user_id IS NOT NULL)
  AND kind IN ('points', 'earnings', 'receivable', 'issued', 'fee', 'expired', 'disputed'));
INSERT INTO wallets (kind) VALUES ('disputed');

ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN (
  'grant', 'purchase', 'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction', 'receivable'));
ALTER TABLE transfers
  ADD purchase_id bigint CONSTRAINT fk_transfers_purchase_id REFERENCES purchases,
  ADD balance_after bigint CONSTRAINT ck_transfers_balance_not_negative CHECK (balance_after >= 0);

ALTER TABLE charges ADD balance_after bigint;
ALTER TABLE charge_returns
  ADD payer_wallet bigint CONSTRAINT fk_charge_returns_payer_wallet REFERENCES wallets,
  ADD balance_after bigint;
ALTER TABLE lots
  ADD renews bigint CONSTRAINT fk_lots_renews REFERENCES lots,
  ADD latest timestamptz,
  ALTER source DROP NOT NULL;
ALTER TABLE lot_backs ADD renewed_lot bigint CONSTRAINT fk_lot_backs_renewed_lot REFERENCES lots;
ALTER TABLE purchases
  ADD CONSTRAINT fk_purchases_paid_lot FOREIGN KEY (paid_lot) REFERENCES lots,
  ADD CONSTRAINT fk_purchases_bonus_lot FOREIGN KEY (bonus_lot) REFERENCES lots;

-- The rows that stand already are told what their wallets held after them: the one time that
-- anybody changes them.
DO $$
DECLARE money text;
BEGIN
  FOREACH money IN ARRAY ARRAY['transfers', 'charges', 'charge_returns'] LOOP
    EXECUTE format('ALTER TABLE %I DISABLE TRIGGER never_changed', money);
  END LOOP;
END $$;

CREATE TEMPORARY TABLE held ON COMMIT DROP AS
  SELECT source, source_id, minute, wallet_id,
    sum(amount) OVER (PARTITION BY wallet_id ORDER BY at, source, source_id, minute)::bigint AS balance
  FROM journal WHERE wallet_id IN (SELECT id FROM wallets WHERE kind = 'points');
CREATE INDEX ON held (source, source_id, minute);
ANALYZE held;
UPDATE transfers t SET balance_after = h.balance FROM held h
  WHERE h.source = 'transfer' AND h.source_id = t.id;
UPDATE charges c SET balance_after = h.balance FROM held h
  WHERE h.source = 'charge' AND h.source_id = c.talk_id AND h.minute = c.minute;
UPDATE charge_returns r SET balance_after = h.balance, payer_wallet = h.wallet_id FROM held h
  WHERE h.source = 'return' AND h.source_id = r.talk_id AND h.minute = r.minute;
UPDATE lots SET latest = greatest(expires_at,
  (date_trunc('day', created_at AT TIME ZONE 'Asia/Tokyo') + interval '6 months') AT TIME ZONE 'Asia/Tokyo');

-- The keys of those rows are checked now, so that their triggers and columns can be altered.
SET CONSTRAINTS ALL IMMEDIATE;
DO $$
DECLARE money text;
BEGIN
  FOREACH money IN ARRAY ARRAY['transfers', 'charges', 'charge_returns'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE TRIGGER never_changed', money);
  END LOOP;
END $$;

ALTER TABLE charges ALTER balance_after SET NOT NULL,
  ADD CONSTRAINT ck_charges_balance_not_negative CHECK (balance_after >= 0);
ALTER TABLE charge_returns ALTER payer_wallet SET NOT NULL, ALTER balance_after SET NOT NULL,
  ADD CONSTRAINT ck_charge_returns_balance_not_negative CHECK (balance_after >= 0);
ALTER TABLE lots ALTER latest SET NOT NULL,
  ADD CONSTRAINT ck_lots_within_six_months CHECK (expires_at <= latest),
  ADD CONSTRAINT ck_lots_comes_from_somewhere CHECK (source IS NOT NULL OR renews IS NOT NULL);

-- A page of a statement walks along these, so it reads no more than it shows.
DROP INDEX ix_transfers_debit;
DROP INDEX ix_transfers_credit;
CREATE INDEX ix_transfers_debit ON transfers (debit_wallet, kind, at, id);
CREATE INDEX ix_transfers_credit ON transfers (credit_wallet, kind, at, id);
CREATE INDEX ix_transfers_purchase ON transfers (purchase_id) WHERE purchase_id IS NOT NULL;
CREATE INDEX ix_charge_returns_payer ON charge_returns (payer_wallet, at);
CREATE INDEX ix_lots_expiry ON lots (expires_at) WHERE NOT closed;
CREATE INDEX ix_lots_renews ON lots (renews) WHERE renews IS NOT NULL;
CREATE INDEX ix_lot_backs_renewed ON lot_backs (renewed_lot);
-- A day of the books. Rows come in the order of time, so these are small.
CREATE INDEX ix_charges_at ON charges USING brin (at);
CREATE INDEX ix_charge_returns_at ON charge_returns USING brin (at);
CREATE INDEX ix_transfers_at ON transfers USING brin (at);

INSERT INTO packs (position, points, bonus, price_yen) VALUES
  (1, 1000, 0, 1000), (2, 3000, 0, 3000), (3, 5000, 100, 5000),
  (4, 10000, 300, 10000), (5, 30000, 1500, 30000);
