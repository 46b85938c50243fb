-- Reservations, requests and applications say by which medium one talks; both are rung for them.

ALTER TABLE reservations
  ADD COLUMN medium TEXT DEFAULT 'browser' NOT NULL,
  ADD COLUMN line_fee INTEGER DEFAULT '0' NOT NULL,
  ADD COLUMN ring_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN rung SMALLINT DEFAULT '0' NOT NULL,
  ADD COLUMN line_failed_at TIMESTAMP WITH TIME ZONE,
  DROP CONSTRAINT ck_reservations_state_known,
  DROP CONSTRAINT ck_reservations_begun_is_running_or_done,
  DROP CONSTRAINT ck_reservations_judged_after_its_end,
  ADD CONSTRAINT ck_reservations_state_known CHECK (state IN ('kept', 'booked', 'running', 'done', 'caller_missed', 'cast_missed', 'apart', 'line_failed', 'cancelled', 'called_off', 'declined', 'lapsed', 'stopped')),
  ADD CONSTRAINT ck_reservations_begun_is_running_or_done CHECK ((state <> 'running' OR began_at IS NOT NULL) AND (began_at IS NULL OR state IN ('running', 'done', 'apart', 'caller_missed', 'cast_missed', 'line_failed', 'stopped'))),
  ADD CONSTRAINT ck_reservations_judged_after_its_end CHECK ((state NOT IN ('done', 'caller_missed', 'cast_missed', 'apart', 'line_failed') OR judged_at IS NOT NULL) AND (judged_at IS NULL OR state IN ('done', 'caller_missed', 'cast_missed', 'apart', 'line_failed', 'called_off')) AND (judged_at >= ends_at OR (state = 'cast_missed' OR medium = 'telephone') AND judged_at >= starts_at)),
  ADD CONSTRAINT ck_reservations_medium_known CHECK (medium IN ('browser', 'telephone')),
  ADD CONSTRAINT ck_reservations_line_fee_within_rate CHECK (line_fee >= 0 AND share + line_fee <= rate AND (line_fee = 0 OR medium = 'telephone')),
  ADD CONSTRAINT ck_reservations_rung_by_telephone CHECK (rung BETWEEN 0 AND 9 AND (medium = 'telephone' OR rung = 0 AND ring_at IS NULL AND line_failed_at IS NULL)),
  ADD CONSTRAINT ck_reservations_line_fails_by_telephone CHECK (state <> 'line_failed' OR medium = 'telephone');
GRANT UPDATE (ring_at, rung, line_failed_at) ON reservations TO hitotoki_app;
CREATE INDEX ix_reservations_ring ON reservations (ring_at) WHERE ring_at IS NOT NULL AND state IN ('booked', 'running');

ALTER TABLE reservation_requests
  ADD COLUMN medium TEXT DEFAULT 'browser' NOT NULL,
  ADD COLUMN line_fee INTEGER DEFAULT '0' NOT NULL,
  ADD CONSTRAINT ck_reservation_requests_medium_known CHECK (medium IN ('browser', 'telephone')),
  ADD CONSTRAINT ck_reservation_requests_line_fee_within_rate CHECK (line_fee >= 0 AND share + line_fee <= rate AND (line_fee = 0 OR medium = 'telephone'));

ALTER TABLE talk_applications
  ADD COLUMN medium TEXT DEFAULT 'browser' NOT NULL,
  ADD COLUMN pays TEXT DEFAULT 'points' NOT NULL,
  ADD CONSTRAINT ck_talk_applications_medium_known CHECK (medium IN ('browser', 'telephone')),
  ADD CONSTRAINT ck_talk_applications_pays_known CHECK (pays IN ('points', 'tab'));

ALTER TABLE calls
  ADD COLUMN application_id BIGINT,
  ADD CONSTRAINT ck_calls_promised_once CHECK (num_nonnulls(reservation_id, application_id) < 2);
CREATE INDEX ix_calls_application ON calls (application_id) WHERE application_id IS NOT NULL;

-- Nobody is there who could answer their bank: the saved card is charged without its owner.
ALTER TABLE checkouts ADD COLUMN absent BOOLEAN DEFAULT false NOT NULL;
