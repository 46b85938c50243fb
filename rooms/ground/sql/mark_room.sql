-- A room has changed: what it is filtered by counts at once, the words it is found by are made anew.
-- One that isn't public any more is found no longer, from this moment on.
CREATE OR REPLACE FUNCTION mark_room() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM room_search WHERE room_id = OLD.id;
    DELETE FROM room_words WHERE room_id = OLD.id;
    RETURN NULL;
  END IF;
  IF NEW.published THEN
    PERFORM keep_room_facts(ARRAY[NEW.id]);
  ELSE
    DELETE FROM room_search WHERE room_id = NEW.id;
    DELETE FROM room_words WHERE room_id = NEW.id;
  END IF;
  INSERT INTO room_search_due (room_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
