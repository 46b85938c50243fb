GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON hour_exceptions TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON reservations TO hitotoki_app;
GRANT SELECT, INSERT ON holds, reservation_requests, request_wishes TO hitotoki_app;
GRANT UPDATE (released, share, fee, cast_wallet) ON holds TO hitotoki_app;
-- Who, when and for how much is settled when a slot is kept or asked for.
GRANT UPDATE (message, state, kept_until, hold_id, booked_at, cancelled_at, declined_at, words,
  began_at, caller_came_at, cast_came_at, cast_last_at, judged_at, return_due_at, returned_at,
  reminded, warned) ON reservations TO hitotoki_app;
GRANT UPDATE (state, answered_at, words, reservation_id) ON reservation_requests TO hitotoki_app;
