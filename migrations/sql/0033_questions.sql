-- Threads of questions, what each side has of them, and their messages.
CREATE TABLE question_threads (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  room_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  caller_id BIGINT NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  last_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  said SMALLINT DEFAULT '0' NOT NULL,
  run_side TEXT DEFAULT 'caller' NOT NULL,
  run SMALLINT DEFAULT '0' NOT NULL,
  closed_by TEXT,
  closed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_question_threads PRIMARY KEY (id),
  CONSTRAINT fk_question_threads_room_id_cast_id FOREIGN KEY(room_id, cast_id) REFERENCES rooms (id, cast_id),
  CONSTRAINT ck_question_threads_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_question_threads_said_bounds CHECK (said BETWEEN 0 AND 5000),
  CONSTRAINT ck_question_threads_run_side_known CHECK (run_side IN ('caller', 'cast')),
  CONSTRAINT ck_question_threads_run_bounds CHECK (run BETWEEN 0 AND 5),
  CONSTRAINT ck_question_threads_closer_known CHECK (closed_by IN ('caller', 'cast')),
  CONSTRAINT ck_question_threads_closed_by_somebody CHECK ((closed_by IS NULL) = (closed_at IS NULL)),
  CONSTRAINT uq_question_threads_once UNIQUE (room_id, caller_id),
  CONSTRAINT fk_question_threads_caller_id FOREIGN KEY(caller_id) REFERENCES users (id)
);
CREATE INDEX ix_question_threads_caller ON question_threads (caller_id, opened_at);
CREATE INDEX ix_question_threads_last ON question_threads (last_at);

CREATE TABLE question_sides (
  thread_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  last_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  read_id BIGINT DEFAULT '0' NOT NULL,
  unread SMALLINT DEFAULT '0' NOT NULL,
  unread_since TIMESTAMP WITH TIME ZONE,
  told_at TIMESTAMP WITH TIME ZONE,
  mailed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_question_sides PRIMARY KEY (thread_id, side),
  CONSTRAINT ck_question_sides_side_known CHECK (side IN ('caller', 'cast')),
  CONSTRAINT ck_question_sides_not_negative CHECK (unread >= 0 AND read_id >= 0),
  CONSTRAINT ck_question_sides_unread_since_a_moment CHECK ((unread = 0) = (unread_since IS NULL)),
  CONSTRAINT fk_question_sides_thread_id FOREIGN KEY(thread_id) REFERENCES question_threads (id) ON DELETE CASCADE,
  CONSTRAINT fk_question_sides_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_question_sides_list ON question_sides (user_id, last_at DESC, thread_id);
CREATE INDEX ix_question_sides_since ON question_sides (unread_since)
  WHERE unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since);
CREATE INDEX ix_question_sides_unread ON question_sides (user_id) WHERE unread > 0;

CREATE TABLE question_messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  thread_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_question_messages PRIMARY KEY (id),
  CONSTRAINT ck_question_messages_side_known CHECK (side IN ('caller', 'cast')),
  CONSTRAINT ck_question_messages_key_length CHECK (length(key) BETWEEN 8 AND 64),
  CONSTRAINT ck_question_messages_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  CONSTRAINT uq_question_messages_key UNIQUE (thread_id, side, key),
  CONSTRAINT fk_question_messages_thread_id FOREIGN KEY(thread_id) REFERENCES question_threads (id) ON DELETE CASCADE
);
CREATE INDEX ix_question_messages_thread ON question_messages (thread_id, id);

-- A thread that somebody reported may go one day; the report stays.
ALTER TABLE reports ADD COLUMN question_id BIGINT;
ALTER TABLE reports ADD CONSTRAINT fk_reports_question_id FOREIGN KEY(question_id) REFERENCES question_threads (id) ON DELETE SET NULL;
DROP INDEX uq_reports_person;
CREATE UNIQUE INDEX uq_reports_person ON reports (reporter_id, subject_id) WHERE talk_id IS NULL AND question_id IS NULL AND state = 'open';
CREATE UNIQUE INDEX uq_reports_question ON reports (reporter_id, question_id) WHERE question_id IS NOT NULL AND state = 'open';
CREATE INDEX ix_reports_question ON reports (question_id) WHERE question_id IS NOT NULL;

ALTER TABLE notification_choices DROP CONSTRAINT ck_notification_choices_topic_known;
ALTER TABLE notification_choices ADD CONSTRAINT ck_notification_choices_topic_known CHECK (topic IN ('reservations', 'questions', 'talks', 'points', 'favourites', 'calls'));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON question_threads, question_sides TO hitotoki_app;
-- What was written is never changed; a right on one column is what locking a row takes.
GRANT SELECT, INSERT, DELETE, UPDATE (key) ON question_messages TO hitotoki_app;
