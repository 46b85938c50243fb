-- Something that belongs to a room (its hours, and whatever else names it by `room_id`) has changed.
CREATE OR REPLACE FUNCTION mark_room_of_part() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.room_id ELSE NEW.room_id END);
  RETURN NULL;
END $$;
