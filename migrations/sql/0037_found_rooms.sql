-- What rooms are filtered and sorted by stands in a table of short rows, their words in another.
CREATE TEMPORARY TABLE found_before ON COMMIT DROP AS
  SELECT s.* FROM room_search s JOIN rooms r ON r.id = s.room_id WHERE r.published;
DROP TABLE room_search;
CREATE TABLE room_search (
  room_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  category_id BIGINT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL,
  shut_until TIMESTAMP WITH TIME ZONE,
  opens_at TIMESTAMP WITH TIME ZONE,
  closes_at TIMESTAMP WITH TIME ZONE,
  openings_to TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  mean DOUBLE PRECISION,
  sorting_mean DOUBLE PRECISION DEFAULT 3 NOT NULL,
  rate INTEGER NOT NULL,
  came_again SMALLINT DEFAULT 30 NOT NULL,
  allows_video BOOLEAN NOT NULL,
  topic TEXT NOT NULL,
  languages TEXT[] DEFAULT '{}' NOT NULL,
  openings TSTZMULTIRANGE DEFAULT '{}' NOT NULL,
  CONSTRAINT pk_room_search PRIMARY KEY (room_id),
  CONSTRAINT ck_room_search_came_again_is_percent CHECK (came_again BETWEEN 0 AND 100),
  CONSTRAINT ck_room_search_opens_then_closes CHECK (closes_at > opens_at AND (opens_at IS NULL) = (closes_at IS NULL))
);
CREATE TABLE room_words (
  room_id BIGINT NOT NULL,
  head TEXT NOT NULL,
  words TEXT NOT NULL,
  readings TEXT NOT NULL,
  grams INTEGER[] NOT NULL,
  CONSTRAINT pk_room_words PRIMARY KEY (room_id)
);
-- What was made goes on being found, until it is made anew.
INSERT INTO room_search (room_id, cast_id, category_id, created_at, rate, allows_video, topic,
  opens_at, closes_at, openings_to, openings, came_again, made_at)
SELECT r.id, r.cast_id, r.category_id, r.created_at, r.rate, r.allows_video, r.topic,
  f.opens_at, f.closes_at, f.openings_to, f.openings, f.came_again, f.made_at
FROM found_before f JOIN rooms r ON r.id = f.room_id;
INSERT INTO room_words (room_id, head, words, readings, grams)
SELECT room_id, head, words, readings, grams FROM found_before;
CREATE INDEX ix_room_words_grams ON room_words USING gin (grams);
CREATE INDEX ix_room_search_cast ON room_search (cast_id);
CREATE INDEX ix_room_search_closes ON room_search (closes_at);
CREATE INDEX ix_room_search_made ON room_search (made_at);
CREATE INDEX ix_room_search_opens ON room_search (opens_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON room_search, room_words TO hitotoki_app;

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

SELECT keep_room_facts(ARRAY(SELECT id FROM rooms WHERE published));
-- Each is looked at once for its tags, its category and what its cast speaks and is rated.
INSERT INTO room_search_due (room_id) SELECT id FROM rooms WHERE published ORDER BY id;
