-- Something of a cast has changed that their rooms are found by (their name, their languages, what
-- they are rated); the trigger says which column names the cast.
CREATE OR REPLACE FUNCTION mark_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  SELECT id FROM rooms WHERE cast_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint AND published;
  RETURN NULL;
END $$;
