-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON reservation_requests, request_wishes, reports, reservations, reserved_people,
  recordings, recording_consents, claim_answers FROM hitotoki_app;
GRANT SELECT ON reserved_people TO hitotoki_app;
GRANT SELECT, INSERT ON reservation_requests, request_wishes, reports TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON reservations TO hitotoki_app;
GRANT UPDATE (message, state, kept_until, hold_id, booked_at, cancelled_at, declined_at, words,
  began_at, caller_came_at, caller_last_at, cast_came_at, cast_in_at, cast_last_at,
  cast_early_at, cancel_until, called_off_at, judged_at, return_due_at, returned_at, decide_by,
  reminded, warned, stopped_at, stopped_for, ring_at, rung, line_failed_at) ON reservations TO hitotoki_app;
GRANT UPDATE (state, answered_at, words, reservation_id, message) ON reservation_requests TO
  hitotoki_app;
GRANT UPDATE (text, times, state, closed_by, closed_at, words) ON reports TO hitotoki_app;
-- What was asked, when and for how long is settled; a consent is never changed, and goes with its
-- recording alone.
GRANT SELECT, INSERT ON recording_consents TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON recordings TO hitotoki_app;
GRANT UPDATE (state, caller_consent, cast_consent, agreed_at, run_ms, running_since, seen_at,
  ended_at, ended_by, end_reason, keep_until, caller_deletes_at, cast_deletes_at, withdrawn_at,
  erased_at, untold) ON recordings TO hitotoki_app;
REVOKE ALL ON talk_applications FROM hitotoki_app;
GRANT SELECT, INSERT, DELETE ON talk_applications TO hitotoki_app;
GRANT UPDATE (words, state, due_at, accepted_at, rung_at, stood_by_in, ended_at, reply, talk_id,
  asked_again_at) ON talk_applications TO hitotoki_app;
-- Whom a claim asked, when and until when is settled.
GRANT SELECT, INSERT ON claim_answers TO hitotoki_app;
GRANT UPDATE (text, said_at) ON claim_answers TO hitotoki_app;
-- Whose rating it is and of which talk never changes, and none is ever deleted.
REVOKE ALL ON ratings, caller_ratings FROM hitotoki_app;
GRANT SELECT, INSERT ON ratings, caller_ratings TO hitotoki_app;
GRANT UPDATE (stars, text, changed_at, linked_by, answer, answered_at, hidden_for, hidden_words,
  hidden_by, hidden_at) ON ratings TO hitotoki_app;
GRANT UPDATE (good, words, changed_at, linked_by) ON caller_ratings TO hitotoki_app;
-- What was written in a question stays as it was.
REVOKE ALL ON question_messages FROM hitotoki_app;
GRANT SELECT, INSERT, DELETE, UPDATE (key) ON question_messages TO hitotoki_app;
-- A call is never deleted, and once it is over it stays as it was.
REVOKE DELETE ON calls FROM hitotoki_app;
GRANT SELECT, INSERT, UPDATE ON calls TO hitotoki_app;
