-- Points that a withdrawal forfeits, and claims that it takes back.
ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN (
  'grant', 'purchase', 'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction', 'receivable', 'lost',
  'hold', 'release', 'reserved', 'reserved_fee', 'reserved_return', 'reserved_fee_return', 'forfeit'));

ALTER TABLE claims DROP CONSTRAINT ck_claims_state_known;
ALTER TABLE claims ADD CONSTRAINT ck_claims_state_known CHECK (
  state IN ('open', 'waiting_second', 'returned', 'declined', 'withdrawn'));
ALTER TABLE claims DROP CONSTRAINT ck_claims_decided_by_somebody;
ALTER TABLE claims ADD CONSTRAINT ck_claims_decided_by_somebody CHECK (
  (state = 'withdrawn' OR (state = 'open') = (decided_by IS NULL))
  AND (decided_by IS NULL) = (decided_at IS NULL));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE
  ON totp_keys, passkeys, recovery_codes, sign_in_steps, notification_choices TO hitotoki_app;
-- What somebody wrote goes with them.
GRANT UPDATE (message) ON reservation_requests TO hitotoki_app;
