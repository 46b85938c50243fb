-- Keep `reserved_people` as the live reservations say: both people of each, for its time. Two of one
-- person that overlap are refused there, on whichever side the person is.
CREATE OR REPLACE FUNCTION take_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  DELETE FROM reserved_people WHERE reservation_id = NEW.id;
  IF NEW.state IN ('kept', 'booked', 'running') THEN
    INSERT INTO reserved_people (reservation_id, person_id, period)
    SELECT NEW.id, person, tstzrange(NEW.starts_at, NEW.ends_at)
    FROM unnest(ARRAY[NEW.caller_id, NEW.cast_id]) AS person;
  END IF;
  RETURN NULL;
END $$;
