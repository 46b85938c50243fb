-- What rooms are filtered and sorted by stands with the words that they are found by.
ALTER TABLE room_search
  ALTER COLUMN head SET DEFAULT '',
  ALTER COLUMN words SET DEFAULT '',
  ALTER COLUMN readings SET DEFAULT '',
  ALTER COLUMN grams SET DEFAULT '{}',
  ALTER COLUMN openings_to SET DEFAULT clock_timestamp(),
  ALTER COLUMN came_again SET DEFAULT 30,
  ADD COLUMN cast_id BIGINT,
  ADD COLUMN topic TEXT,
  ADD COLUMN category_id BIGINT,
  ADD COLUMN rate INTEGER,
  ADD COLUMN allows_video BOOLEAN,
  ADD COLUMN created_at TIMESTAMP WITH TIME ZONE,
  ADD COLUMN shut_until TIMESTAMP WITH TIME ZONE,
  ADD COLUMN languages TEXT[] DEFAULT '{}' NOT NULL,
  ADD COLUMN mean DOUBLE PRECISION,
  ADD COLUMN sorting_mean DOUBLE PRECISION DEFAULT 3 NOT NULL;
CREATE INDEX ix_room_search_cast ON room_search (cast_id);

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

-- A room has changed: what it is filtered by counts at once, the words it is found by are made anew.
-- One that isn't public any more is found no longer, from this moment on.
CREATE OR REPLACE FUNCTION mark_room() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM room_search WHERE room_id = OLD.id;
    RETURN NULL;
  END IF;
  IF NEW.published THEN
    PERFORM keep_room_facts(ARRAY[NEW.id]);
  ELSE
    DELETE FROM room_search WHERE room_id = NEW.id;
  END IF;
  INSERT INTO room_search_due (room_id) VALUES (NEW.id);
  RETURN NULL;
END $$;

-- Something of a cast has changed that their rooms are found by (their name, their languages, what
-- they are rated); the trigger says which column names the cast.
CREATE OR REPLACE FUNCTION mark_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  SELECT id FROM rooms WHERE cast_id = (to_jsonb(NEW) ->> TG_ARGV[0])::bigint AND published;
  RETURN NULL;
END $$;

-- A category is called otherwise: its rooms are found by its new names.
CREATE OR REPLACE FUNCTION mark_rooms_of_category() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  SELECT id FROM rooms WHERE category_id = NEW.id AND published ORDER BY id;
  RETURN NULL;
END $$;

-- A cast is shut out, or let in again: so are their rooms, from this moment on.
CREATE OR REPLACE FUNCTION shut_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM keep_room_facts(ARRAY(SELECT id FROM rooms WHERE cast_id = NEW.id));
  RETURN NULL;
END $$;

DROP TRIGGER mark_room ON rooms;
DROP TRIGGER mark_rooms ON users;
CREATE TRIGGER mark_room AFTER INSERT OR DELETE OR UPDATE OF title, topic, text, published,
  cast_id, category_id, rate, allows_video, created_at ON rooms
  FOR EACH ROW EXECUTE FUNCTION mark_room();
CREATE TRIGGER mark_rooms AFTER UPDATE OF nickname ON users
  FOR EACH ROW WHEN (OLD.nickname IS DISTINCT FROM NEW.nickname)
  EXECUTE FUNCTION mark_rooms_of_cast('id');
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON room_tags
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_rooms AFTER INSERT OR UPDATE OF languages ON profiles
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_cast('user_id');
-- The mean that sorts moves with the site's once a night: that is read twice a day anyway.
CREATE TRIGGER mark_rooms AFTER INSERT OR UPDATE OF one, two, three, four, five ON rating_means
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_cast('cast_id');
CREATE TRIGGER mark_rooms AFTER UPDATE OF name_ja, name_en ON room_categories
  FOR EACH ROW EXECUTE FUNCTION mark_rooms_of_category();
CREATE TRIGGER shut_rooms AFTER UPDATE OF suspended_until, banned_at, withdrawn_at ON users
  FOR EACH ROW EXECUTE FUNCTION shut_rooms_of_cast();

DELETE FROM room_search s WHERE NOT EXISTS (SELECT FROM rooms r WHERE r.id = s.room_id AND r.published);
SELECT keep_room_facts(ARRAY(SELECT id FROM rooms WHERE published));
ALTER TABLE room_search
  ALTER COLUMN cast_id SET NOT NULL,
  ALTER COLUMN topic SET NOT NULL,
  ALTER COLUMN rate SET NOT NULL,
  ALTER COLUMN allows_video SET NOT NULL,
  ALTER COLUMN created_at SET NOT NULL;
-- Each is looked at once for its tags, its category and what its cast speaks and is rated.
INSERT INTO room_search_due (room_id) SELECT id FROM rooms WHERE published ORDER BY id;
