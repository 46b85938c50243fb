"""Casts whose rooms have been reserved for years."""

from benchmarks.place import HASH

YEARS, A_DAY = 5, 8


def fill(casts: int) -> str:
    """Return SQL for so many casts, each with 14,624 reservations, of which none is due.

    Each has a room, open from ten to midnight, and eight half hours reserved on every day of five
    years and of the coming two; a regular of the first cast took one of them each day. To be run
    in one session, so that the triggers stay off.
    """
    return f"""SET session_replication_role = replica;
INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
SELECT 'b' || n || '@bench.example', 'b' || n, '{HASH}', n <= {casts}, now()
FROM generate_series(1, {casts} + 2000) n;
INSERT INTO wallets (kind, user_id, balance) SELECT 'points', id, 0 FROM users;
INSERT INTO rooms (cast_id, title, topic, rate, published, booking, booking_longest)
SELECT id, 'r', 't', 100, true, 'direct', 120 FROM users WHERE is_cast;
INSERT INTO room_hours (room_id, weekday, starts, ends)
SELECT r.id, d, '10:00', '00:00' FROM rooms r CROSS JOIN generate_series(0, 6) d;
INSERT INTO reservations (room_id, cast_id, caller_id, starts_at, ends_at, minutes, rate,
  share, points, state, kept_until, hold_id, booked_at, cancel_until, judged_at)
SELECT room_id, cast_id, caller_id, at, at + interval '30 minutes', 30, 100, 80, 3000,
  CASE WHEN over THEN 'done' ELSE 'booked' END, at,
  row_number() OVER (), at - interval '1 day', at - interval '12 hours',
  CASE WHEN over THEN at + interval '1 hour' END
FROM (
  SELECT r.id AS room_id, r.cast_id, at, at < now() + interval '2 hours' AS over,
    CASE WHEN n = 0 AND r.id = 1 THEN {casts} + 1
      ELSE {casts} + 2 + (d * 7 + n + r.id + 100) % 1900 END AS caller_id
  FROM rooms r CROSS JOIN generate_series(-2, {YEARS} * 365) d
  CROSS JOIN generate_series(0, {A_DAY} - 1) n
  CROSS JOIN LATERAL (SELECT date_trunc('day', now()) - d * interval '1 day'
    + interval '1 hour' + n * interval '100 minutes' AS at) moment
) s;
SET session_replication_role = origin"""
