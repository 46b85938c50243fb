-- What a member of staff proposed stays written; only what became of it is added.
CREATE TRIGGER never_deleted BEFORE DELETE ON adjustments FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON adjustments FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT ON adjustments TO hitotoki_app;
GRANT UPDATE (state, decided_by, decided_at, answer) ON adjustments TO hitotoki_app;

-- What a lost dispute had frozen leaves the books.
ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN (
  'grant', 'purchase', 'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction', 'receivable', 'lost'));
INSERT INTO transfers (debit_wallet, credit_wallet, amount, kind, reason, idempotency_key, input_hash, purchase_id)
SELECT (SELECT id FROM wallets WHERE kind = 'disputed'), (SELECT id FROM wallets WHERE kind = 'issued'),
  points_taken + points_owed, 'lost', 'dispute lost', 'dispute:' || id || ':lost',
  sha256(convert_to('["disputed", "issued", ' || points_taken + points_owed || ', "lost"]', 'UTF8')), purchase_id
FROM disputes WHERE state = 'lost' AND points_taken + points_owed > 0;
