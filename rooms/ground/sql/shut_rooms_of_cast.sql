-- A cast is shut out, or let in again: so are their rooms, from this moment on.
CREATE OR REPLACE FUNCTION shut_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM keep_room_facts(ARRAY(SELECT id FROM rooms WHERE cast_id = NEW.id));
  RETURN NULL;
END $$;
