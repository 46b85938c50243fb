-- What callers say of casts, and casts of callers; where accounts were used.
CREATE TABLE ratings (
  talk_id BIGINT NOT NULL,
  reservation_id BIGINT,
  room_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  caller_id BIGINT NOT NULL,
  stars SMALLINT NOT NULL,
  text TEXT DEFAULT '' NOT NULL,
  rated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE,
  linked_by TEXT,
  answer TEXT,
  answered_at TIMESTAMP WITH TIME ZONE,
  hidden_for TEXT,
  hidden_words TEXT,
  hidden_by BIGINT,
  hidden_at TIMESTAMP WITH TIME ZONE,
  counts BOOLEAN GENERATED ALWAYS AS (linked_by IS NULL AND coalesce(hidden_for NOT IN ('other_matter', 'threat'), true)) STORED NOT NULL,
  CONSTRAINT pk_ratings PRIMARY KEY (talk_id),
  CONSTRAINT fk_ratings_room_id_cast_id FOREIGN KEY(room_id, cast_id) REFERENCES rooms (id, cast_id),
  CONSTRAINT ck_ratings_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_ratings_stars_bounds CHECK (stars BETWEEN 1 AND 5),
  CONSTRAINT ck_ratings_text_length CHECK (length(text) <= 400),
  CONSTRAINT ck_ratings_link_known CHECK (linked_by IN ('card', 'device', 'address')),
  CONSTRAINT ck_ratings_answer_length CHECK (length(answer) BETWEEN 1 AND 400),
  CONSTRAINT ck_ratings_answered_at_a_moment CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CONSTRAINT ck_ratings_hidden_for_a_named_reason CHECK (hidden_for IN ('contact', 'insult', 'other_person', 'other_matter', 'threat')),
  CONSTRAINT ck_ratings_hidden_words_length CHECK (length(hidden_words) BETWEEN 1 AND 500),
  CONSTRAINT ck_ratings_hidden_by_somebody CHECK ((hidden_for IS NULL) = (hidden_at IS NULL) AND (hidden_for IS NULL) = (hidden_by IS NULL) AND (hidden_for IS NULL) = (hidden_words IS NULL)),
  CONSTRAINT fk_ratings_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id),
  CONSTRAINT uq_ratings_reservation_id UNIQUE (reservation_id),
  CONSTRAINT fk_ratings_reservation_id FOREIGN KEY(reservation_id) REFERENCES reservations (id),
  CONSTRAINT fk_ratings_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_ratings_hidden_by FOREIGN KEY(hidden_by) REFERENCES users (id)
);
CREATE INDEX ix_ratings_at ON ratings (rated_at);
CREATE INDEX ix_ratings_caller ON ratings (caller_id);
CREATE INDEX ix_ratings_cast ON ratings (cast_id, rated_at);
CREATE INDEX ix_ratings_hidden ON ratings (rated_at) WHERE hidden_at IS NOT NULL;
CREATE INDEX ix_ratings_linked ON ratings (rated_at) WHERE linked_by IS NOT NULL;

CREATE TABLE rating_means (
  cast_id BIGINT NOT NULL,
  one INTEGER NOT NULL,
  two INTEGER NOT NULL,
  three INTEGER NOT NULL,
  four INTEGER NOT NULL,
  five INTEGER NOT NULL,
  rated INTEGER GENERATED ALWAYS AS (one + two + three + four + five) STORED NOT NULL,
  mean DOUBLE PRECISION GENERATED ALWAYS AS (CASE WHEN one + two + three + four + five > 0 THEN (one + 2 * two + 3 * three + 4 * four + 5 * five)::double precision / (one + two + three + four + five) END) STORED,
  sorting_mean DOUBLE PRECISION NOT NULL,
  CONSTRAINT pk_rating_means PRIMARY KEY (cast_id),
  CONSTRAINT ck_rating_means_not_negative CHECK (one >= 0 AND two >= 0 AND three >= 0 AND four >= 0 AND five >= 0),
  CONSTRAINT ck_rating_means_sorting_mean_bounds CHECK (sorting_mean BETWEEN 1 AND 5),
  CONSTRAINT fk_rating_means_cast_id FOREIGN KEY(cast_id) REFERENCES users (id)
);
CREATE INDEX ix_rating_means_sorting ON rating_means (sorting_mean);

CREATE TABLE caller_ratings (
  talk_id BIGINT NOT NULL,
  reservation_id BIGINT,
  caller_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  good BOOLEAN NOT NULL,
  words TEXT DEFAULT '' NOT NULL,
  rated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE,
  linked_by TEXT,
  CONSTRAINT pk_caller_ratings PRIMARY KEY (talk_id),
  CONSTRAINT ck_caller_ratings_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_caller_ratings_words_length CHECK (length(words) <= 200),
  CONSTRAINT ck_caller_ratings_link_known CHECK (linked_by IN ('card', 'device', 'address')),
  CONSTRAINT fk_caller_ratings_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id),
  CONSTRAINT uq_caller_ratings_reservation_id UNIQUE (reservation_id),
  CONSTRAINT fk_caller_ratings_reservation_id FOREIGN KEY(reservation_id) REFERENCES reservations (id),
  CONSTRAINT fk_caller_ratings_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_caller_ratings_cast_id FOREIGN KEY(cast_id) REFERENCES users (id)
);
CREATE INDEX ix_caller_ratings_caller ON caller_ratings (caller_id) INCLUDE (good) WHERE linked_by IS NULL;
CREATE INDEX ix_caller_ratings_cast ON caller_ratings (cast_id);
CREATE INDEX ix_caller_ratings_worded ON caller_ratings (rated_at) WHERE words <> '';

CREATE TABLE traces (
  user_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  mark BYTEA NOT NULL,
  day DATE NOT NULL,
  CONSTRAINT pk_traces PRIMARY KEY (user_id, kind, mark, day),
  CONSTRAINT ck_traces_kind_known CHECK (kind IN ('device', 'address')),
  CONSTRAINT ck_traces_mark_is_sha256 CHECK (length(mark) = 32),
  CONSTRAINT fk_traces_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_traces_day ON traces (day);
CREATE INDEX ix_traces_mark ON traces (mark, day);

-- Whose rating it is and of which talk never changes, and none is ever deleted.
REVOKE ALL ON ratings, caller_ratings FROM hitotoki_app;
GRANT SELECT, INSERT ON ratings, caller_ratings TO hitotoki_app;
GRANT UPDATE (stars, text, changed_at, linked_by, answer, answered_at, hidden_for, hidden_words,
  hidden_by, hidden_at) ON ratings TO hitotoki_app;
GRANT UPDATE (good, words, changed_at, linked_by) ON caller_ratings TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON rating_means TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON traces TO hitotoki_app;
