ALTER TABLE talks
  DROP CONSTRAINT ck_talks_reason_known,
  ADD CONSTRAINT ck_talks_reason_known CHECK (end_reason IN ('caller_left', 'cast_left', 'points_exhausted', 'spend_cap', 'reservation_over', 'connection_lost', 'never_connected', 'stopped_by_staff', 'reports_disagree', 'line_failed'));

ALTER TABLE calls
  DROP CONSTRAINT ck_calls_why_known,
  ADD CONSTRAINT ck_calls_why_known CHECK (why IN ('talked', 'called_off', 'caller_busy', 'caller_declined', 'caller_no_answer', 'caller_unreachable', 'caller_unconfirmed', 'caller_hung_up', 'cast_busy', 'cast_declined', 'cast_no_answer', 'cast_unreachable', 'cast_unconfirmed', 'cast_hung_up', 'refused', 'line_failed', 'line_busy'));

ALTER TABLE telephone_pins
  ADD COLUMN wrong_in_all INTEGER DEFAULT '0' NOT NULL,
  DROP CONSTRAINT ck_telephone_pins_counts_not_negative,
  ADD CONSTRAINT ck_telephone_pins_counts_not_negative CHECK (wrong >= 0 AND locks >= 0 AND wrong_in_all >= 0);
