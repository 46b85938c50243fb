-- Points held for reservations, and what they become.
ALTER TABLE wallets DROP CONSTRAINT ck_wallets_kind_known;
ALTER TABLE wallets ADD CONSTRAINT ck_wallets_kind_known CHECK (
  (kind IN ('points', 'earnings', 'receivable')) = (user_id IS NOT NULL)
  AND kind IN ('points', 'earnings', 'receivable', 'issued', 'fee', 'expired', 'disputed', 'held'));
INSERT INTO wallets (kind) VALUES ('held');

ALTER TABLE transfers DROP CONSTRAINT ck_transfers_kind_known;
ALTER TABLE transfers ADD CONSTRAINT ck_transfers_kind_known CHECK (kind IN (
  'grant', 'purchase', 'bonus', 'expiry', 'refund', 'dispute', 'restore', 'correction', 'receivable', 'lost',
  'hold', 'release', 'reserved', 'reserved_fee', 'reserved_return', 'reserved_fee_return'));

ALTER TABLE claims ADD CONSTRAINT ck_claims_about_a_talk_or_a_reservation
  CHECK ((talk_id IS NULL) <> (reservation_id IS NULL));

ALTER TABLE rooms
  ADD CONSTRAINT ck_rooms_booking_known CHECK (booking IN ('none', 'direct', 'request')),
  ADD CONSTRAINT ck_rooms_booking_lengths CHECK (
    booking_shortest BETWEEN 10 AND booking_longest AND booking_longest <= 120
    AND booking_shortest % 5 = 0 AND booking_longest % 5 = 0);

ALTER TABLE talks
  ADD CONSTRAINT ck_talks_reserved_ends CHECK (
    reservation_id IS NULL OR went_on_at IS NOT NULL OR must_end_at IS NOT NULL),
  ADD CONSTRAINT ck_talks_only_reserved_goes_on CHECK (
    reservation_id IS NOT NULL OR (went_on_at IS NULL AND NOT caller_goes_on AND NOT cast_goes_on));

-- What was held, booked or asked for stays on record. A slot that nobody confirmed does not.
DO $$
DECLARE kept text;
BEGIN
  FOREACH kept IN ARRAY ARRAY['holds', 'reservation_requests', 'request_wishes'] LOOP
    EXECUTE format('CREATE TRIGGER never_deleted BEFORE DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', kept);
    EXECUTE format('CREATE TRIGGER never_emptied BEFORE TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', kept);
  END LOOP;
END $$;
CREATE TRIGGER never_deleted BEFORE DELETE ON reservations
  FOR EACH ROW WHEN (OLD.state NOT IN ('kept', 'lapsed')) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON reservations
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
