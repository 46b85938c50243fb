-- One person at one time, on whichever side: two constraints of one table can't compare the cast of
-- one reservation with the caller of another, so both stand here, written by a trigger alone.
CREATE TABLE reserved_people (
  reservation_id bigint NOT NULL,
  person_id bigint NOT NULL,
  period tstzrange NOT NULL,
  CONSTRAINT pk_reserved_people PRIMARY KEY (reservation_id, person_id),
  CONSTRAINT fk_reserved_people_reservation_id FOREIGN KEY (reservation_id)
    REFERENCES reservations (id) ON DELETE CASCADE,
  CONSTRAINT fk_reserved_people_person_id FOREIGN KEY (person_id) REFERENCES users (id),
  CONSTRAINT ex_reserved_people EXCLUDE USING gist (person_id WITH =, period WITH &&)
);

CREATE FUNCTION take_people() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
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

CREATE TRIGGER take_people AFTER INSERT OR UPDATE OF state, starts_at, ends_at ON reservations
  FOR EACH ROW EXECUTE FUNCTION take_people();

-- Where an older version let one person be booked twice, the first booked stays in the table: that
-- reservation runs as before, and no third one comes beside it.
INSERT INTO reserved_people (reservation_id, person_id, period)
SELECT r.id, person, tstzrange(r.starts_at, r.ends_at)
FROM reservations r CROSS JOIN LATERAL unnest(ARRAY[r.caller_id, r.cast_id]) AS person
WHERE r.state IN ('kept', 'booked', 'running')
ORDER BY r.id
ON CONFLICT DO NOTHING;

GRANT SELECT ON reserved_people TO hitotoki_app;
