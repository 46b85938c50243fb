-- A room has changed: what it is found by is made anew. One that isn't public any more is found no
-- longer, from this moment on.
CREATE OR REPLACE FUNCTION mark_room() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM room_search WHERE room_id = OLD.id;
    RETURN NULL;
  END IF;
  IF NOT NEW.published THEN
    DELETE FROM room_search WHERE room_id = NEW.id;
  END IF;
  INSERT INTO room_search_due (room_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
