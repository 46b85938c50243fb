-- Somebody is called otherwise: so are the casts of their rooms.
CREATE OR REPLACE FUNCTION mark_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id) SELECT id FROM rooms WHERE cast_id = NEW.id;
  RETURN NULL;
END $$;
