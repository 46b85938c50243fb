-- What public rooms are filtered and sorted by, and until when their casts are shut out, as it stands
-- now: one row of one table says it to the search. Rooms that aren't public have none.
CREATE OR REPLACE FUNCTION keep_room_facts(ids bigint[]) RETURNS void LANGUAGE sql
SET search_path = public, pg_temp AS $$
  INSERT INTO room_search (room_id, cast_id, topic, category_id, rate, allows_video, created_at,
    shut_until)
  SELECT r.id, r.cast_id, r.topic, r.category_id, r.rate, r.allows_video, r.created_at,
    CASE WHEN u.banned_at IS NOT NULL OR u.withdrawn_at IS NOT NULL THEN 'infinity'
      ELSE u.suspended_until END
  FROM rooms r JOIN users u ON u.id = r.cast_id
  WHERE r.id = ANY (ids) AND r.published
  ORDER BY r.id
  ON CONFLICT (room_id) DO UPDATE SET cast_id = excluded.cast_id, topic = excluded.topic,
    category_id = excluded.category_id, rate = excluded.rate, allows_video = excluded.allows_video,
    created_at = excluded.created_at, shut_until = excluded.shut_until
$$;
