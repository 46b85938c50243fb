-- What published rooms are found by, which of them are to be looked at again, and what members
-- looked at.
CREATE TABLE room_search (
  room_id BIGINT NOT NULL,
  head TEXT NOT NULL,
  words TEXT NOT NULL,
  readings TEXT NOT NULL,
  grams INTEGER[] NOT NULL,
  openings TSTZMULTIRANGE DEFAULT '{}' NOT NULL,
  openings_to TIMESTAMP WITH TIME ZONE NOT NULL,
  opens_at TIMESTAMP WITH TIME ZONE,
  closes_at TIMESTAMP WITH TIME ZONE,
  came_again SMALLINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_room_search PRIMARY KEY (room_id),
  CONSTRAINT ck_room_search_came_again_is_percent CHECK (came_again BETWEEN 0 AND 100),
  CONSTRAINT ck_room_search_opens_then_closes CHECK (closes_at > opens_at AND (opens_at IS NULL) = (closes_at IS NULL))
);
CREATE INDEX ix_room_search_closes ON room_search (closes_at);
CREATE INDEX ix_room_search_grams ON room_search USING gin (grams);
CREATE INDEX ix_room_search_made ON room_search (made_at);
CREATE INDEX ix_room_search_opens ON room_search (opens_at);

CREATE TABLE room_search_due (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  room_id BIGINT NOT NULL,
  CONSTRAINT pk_room_search_due PRIMARY KEY (id)
);

CREATE TABLE room_views (
  user_id BIGINT NOT NULL,
  room_id BIGINT NOT NULL,
  viewed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_room_views PRIMARY KEY (user_id, room_id),
  CONSTRAINT fk_room_views_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_room_views_room_id FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE
);
CREATE INDEX ix_room_views_room ON room_views (room_id);
CREATE INDEX ix_room_views_user ON room_views (user_id, viewed_at);

CREATE TABLE views_off (
  user_id BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_views_off PRIMARY KEY (user_id),
  CONSTRAINT fk_views_off_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- A room has changed: what it is found by is made anew. One that isn't public any more is found no
-- longer, from this moment on.
CREATE FUNCTION mark_room() RETURNS trigger LANGUAGE plpgsql
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

-- Something that belongs to a room (its hours, and whatever else names it by `room_id`) has changed.
CREATE FUNCTION mark_room_of_part() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id)
  VALUES (CASE WHEN TG_OP = 'DELETE' THEN OLD.room_id ELSE NEW.room_id END);
  RETURN NULL;
END $$;

-- Somebody is called otherwise: so are the casts of their rooms.
CREATE FUNCTION mark_rooms_of_cast() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO room_search_due (room_id) SELECT id FROM rooms WHERE cast_id = NEW.id;
  RETURN NULL;
END $$;

-- What a room is found by follows what is written, whoever writes it.
CREATE TRIGGER mark_room AFTER INSERT OR DELETE OR UPDATE OF title, topic, text, published ON rooms
  FOR EACH ROW EXECUTE FUNCTION mark_room();
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON room_hours
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_room AFTER INSERT OR UPDATE OR DELETE ON hour_exceptions
  FOR EACH ROW EXECUTE FUNCTION mark_room_of_part();
CREATE TRIGGER mark_rooms AFTER UPDATE OF nickname ON users
  FOR EACH ROW WHEN (OLD.nickname IS DISTINCT FROM NEW.nickname)
  EXECUTE FUNCTION mark_rooms_of_cast();

-- Rooms that are public already are looked at first.
INSERT INTO room_search_due (room_id) SELECT id FROM rooms WHERE published ORDER BY id;

GRANT SELECT, INSERT, UPDATE, DELETE ON room_search, room_search_due, room_views, views_off
  TO hitotoki_app;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
