-- A category is called otherwise: its rooms are found by its new names.
CREATE OR REPLACE FUNCTION mark_rooms_of_category() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  SELECT id FROM rooms WHERE category_id = NEW.id AND published ORDER BY id;
  RETURN NULL;
END $$;
