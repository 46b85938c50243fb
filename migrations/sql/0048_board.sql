-- The board: topics, answers, additions, marks, reports; who answers; numbers for help.
CREATE TABLE answering_members (
  user_id BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_answering_members PRIMARY KEY (user_id),
  CONSTRAINT fk_answering_members_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE help_lines (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  locale TEXT NOT NULL,
  name TEXT NOT NULL,
  number TEXT NOT NULL,
  hours TEXT DEFAULT '' NOT NULL,
  position SMALLINT NOT NULL,
  CONSTRAINT pk_help_lines PRIMARY KEY (id),
  CONSTRAINT ck_help_lines_locale_known CHECK (locale IN ('ja', 'en')),
  CONSTRAINT ck_help_lines_name_length CHECK (length(name) BETWEEN 1 AND 60),
  CONSTRAINT ck_help_lines_number_is_one CHECK (number ~ '^[0-9#+*-]{2,20}$'),
  CONSTRAINT ck_help_lines_hours_length CHECK (length(hours) <= 80),
  CONSTRAINT uq_help_lines_number UNIQUE (locale, number)
);

CREATE TABLE board_topics (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  category TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  pen_name TEXT,
  members_only BOOLEAN DEFAULT false NOT NULL,
  danger BOOLEAN DEFAULT false NOT NULL,
  waits BOOLEAN DEFAULT false NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  edited_at TIMESTAMP WITH TIME ZONE,
  shown_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  deleted_at TIMESTAMP WITH TIME ZONE,
  hidden_at TIMESTAMP WITH TIME ZONE,
  hidden_by BIGINT,
  hidden_for TEXT,
  hidden_words TEXT,
  shown BOOLEAN GENERATED ALWAYS AS (NOT waits AND hidden_at IS NULL AND deleted_at IS NULL) STORED NOT NULL,
  answers INTEGER DEFAULT '0' NOT NULL,
  unread INTEGER DEFAULT '0' NOT NULL,
  unread_since TIMESTAMP WITH TIME ZONE,
  told_at TIMESTAMP WITH TIME ZONE,
  mailed_at TIMESTAMP WITH TIME ZONE,
  called_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_board_topics PRIMARY KEY (id),
  CONSTRAINT ck_board_topics_category_known CHECK (category IN ('living', 'work', 'family', 'relations', 'health', 'learning', 'money', 'leisure', 'other')),
  CONSTRAINT ck_board_topics_key_length CHECK (length(key) BETWEEN 8 AND 64),
  CONSTRAINT ck_board_topics_title_length CHECK (length(title) <= 960),
  CONSTRAINT ck_board_topics_text_length CHECK (length(text) <= 32000),
  CONSTRAINT ck_board_topics_pen_name_length CHECK (length(pen_name) BETWEEN 1 AND 320),
  CONSTRAINT ck_board_topics_shown_at_a_moment CHECK (waits OR shown_at IS NOT NULL),
  CONSTRAINT ck_board_topics_not_negative CHECK (answers >= 0 AND unread >= 0),
  CONSTRAINT ck_board_topics_unread_since_a_moment CHECK ((unread = 0) = (unread_since IS NULL)),
  CONSTRAINT ck_board_topics_hidden_for_known CHECK (hidden_for IN ('harassment', 'private', 'partner', 'outside', 'illegal', 'danger', 'other')),
  CONSTRAINT ck_board_topics_hidden_words_length CHECK (length(hidden_words) BETWEEN 1 AND 500),
  CONSTRAINT ck_board_topics_hidden_by_another CHECK (hidden_by <> user_id),
  CONSTRAINT ck_board_topics_hidden_by_somebody CHECK ((hidden_at IS NULL) = (hidden_by IS NULL) AND (hidden_at IS NULL) = (hidden_for IS NULL) AND (hidden_at IS NULL) = (hidden_words IS NULL)),
  CONSTRAINT ck_board_topics_deleted_is_empty CHECK ((deleted_at IS NULL) = (text <> '')),
  CONSTRAINT uq_board_topics_key UNIQUE (user_id, key),
  CONSTRAINT fk_board_topics_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_board_topics_hidden_by FOREIGN KEY(hidden_by) REFERENCES users (id)
);
CREATE INDEX ix_board_topics_category ON board_topics (category, shown_at DESC, id DESC) WHERE shown;
CREATE INDEX ix_board_topics_shown ON board_topics (shown_at DESC, id DESC) WHERE shown;
CREATE INDEX ix_board_topics_uncalled ON board_topics (shown_at) WHERE shown AND answers = 0 AND closed_at IS NULL AND called_at IS NULL;
CREATE INDEX ix_board_topics_unread ON board_topics (unread_since) WHERE unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since);
CREATE INDEX ix_board_topics_user ON board_topics (user_id, written_at);
CREATE INDEX ix_board_topics_waits ON board_topics (written_at) WHERE waits;

CREATE TABLE board_answers (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  topic_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  danger BOOLEAN DEFAULT false NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  edited_at TIMESTAMP WITH TIME ZONE,
  deleted_at TIMESTAMP WITH TIME ZONE,
  hidden_at TIMESTAMP WITH TIME ZONE,
  hidden_by BIGINT,
  hidden_for TEXT,
  hidden_words TEXT,
  shown BOOLEAN GENERATED ALWAYS AS (hidden_at IS NULL AND deleted_at IS NULL) STORED NOT NULL,
  thanked_at TIMESTAMP WITH TIME ZONE,
  helpful INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_board_answers PRIMARY KEY (id),
  CONSTRAINT ck_board_answers_key_length CHECK (length(key) BETWEEN 8 AND 64),
  CONSTRAINT ck_board_answers_text_length CHECK (length(text) <= 32000),
  CONSTRAINT ck_board_answers_not_negative CHECK (helpful >= 0),
  CONSTRAINT ck_board_answers_hidden_for_known CHECK (hidden_for IN ('harassment', 'private', 'partner', 'outside', 'illegal', 'danger', 'other')),
  CONSTRAINT ck_board_answers_hidden_words_length CHECK (length(hidden_words) BETWEEN 1 AND 500),
  CONSTRAINT ck_board_answers_hidden_by_another CHECK (hidden_by <> user_id),
  CONSTRAINT ck_board_answers_hidden_by_somebody CHECK ((hidden_at IS NULL) = (hidden_by IS NULL) AND (hidden_at IS NULL) = (hidden_for IS NULL) AND (hidden_at IS NULL) = (hidden_words IS NULL)),
  CONSTRAINT ck_board_answers_deleted_is_empty CHECK ((deleted_at IS NULL) = (text <> '')),
  CONSTRAINT uq_board_answers_key UNIQUE (user_id, key),
  CONSTRAINT fk_board_answers_topic_id FOREIGN KEY(topic_id) REFERENCES board_topics (id),
  CONSTRAINT fk_board_answers_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_board_answers_hidden_by FOREIGN KEY(hidden_by) REFERENCES users (id)
);
CREATE INDEX ix_board_answers_topic ON board_answers (topic_id, id);
CREATE INDEX ix_board_answers_user ON board_answers (user_id, topic_id);
CREATE INDEX ix_board_answers_written ON board_answers (user_id, written_at);

CREATE TABLE board_additions (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  topic_id BIGINT NOT NULL,
  answer_id BIGINT,
  user_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  written_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_board_additions PRIMARY KEY (id),
  CONSTRAINT ck_board_additions_key_length CHECK (length(key) BETWEEN 8 AND 64),
  CONSTRAINT ck_board_additions_text_length CHECK (length(text) BETWEEN 1 AND 32000),
  CONSTRAINT uq_board_additions_key UNIQUE (user_id, key),
  CONSTRAINT fk_board_additions_topic_id FOREIGN KEY(topic_id) REFERENCES board_topics (id),
  CONSTRAINT fk_board_additions_answer_id FOREIGN KEY(answer_id) REFERENCES board_answers (id),
  CONSTRAINT fk_board_additions_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_board_additions_topic ON board_additions (topic_id, answer_id);
CREATE INDEX ix_board_additions_written ON board_additions (user_id, written_at);

CREATE TABLE board_helpful (
  answer_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  marked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_board_helpful PRIMARY KEY (answer_id, user_id),
  CONSTRAINT fk_board_helpful_answer_id FOREIGN KEY(answer_id) REFERENCES board_answers (id),
  CONSTRAINT fk_board_helpful_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_board_helpful_user ON board_helpful (user_id);

CREATE TABLE board_reports (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  topic_id BIGINT NOT NULL,
  answer_id BIGINT,
  reporter_id BIGINT,
  kind TEXT NOT NULL,
  text TEXT DEFAULT '' NOT NULL,
  said TEXT DEFAULT '' NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  closed_by BIGINT,
  closed_at TIMESTAMP WITH TIME ZONE,
  words TEXT,
  CONSTRAINT pk_board_reports PRIMARY KEY (id),
  CONSTRAINT ck_board_reports_kind_known CHECK (kind IN ('harassment', 'obscene', 'outside', 'partner', 'fraud', 'minor', 'other', 'danger')),
  CONSTRAINT ck_board_reports_danger_by_the_site CHECK ((reporter_id IS NULL) = (kind = 'danger')),
  CONSTRAINT ck_board_reports_state_known CHECK (state IN ('open', 'closed')),
  CONSTRAINT ck_board_reports_closed_by_another CHECK (closed_by <> reporter_id),
  CONSTRAINT ck_board_reports_text_length CHECK (length(text) <= 8000),
  CONSTRAINT ck_board_reports_closed_is_empty CHECK (state = 'open' OR said = ''),
  CONSTRAINT ck_board_reports_words_length CHECK (length(words) BETWEEN 1 AND 500),
  CONSTRAINT ck_board_reports_closed_by_somebody CHECK ((state = 'closed') = (closed_at IS NOT NULL) AND (closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (words IS NULL)),
  CONSTRAINT fk_board_reports_topic_id FOREIGN KEY(topic_id) REFERENCES board_topics (id),
  CONSTRAINT fk_board_reports_answer_id FOREIGN KEY(answer_id) REFERENCES board_answers (id),
  CONSTRAINT fk_board_reports_reporter_id FOREIGN KEY(reporter_id) REFERENCES users (id),
  CONSTRAINT fk_board_reports_closed_by FOREIGN KEY(closed_by) REFERENCES users (id)
);
CREATE INDEX ix_board_reports_closed ON board_reports (closed_at);
CREATE INDEX ix_board_reports_open ON board_reports (id) WHERE state = 'open';
CREATE INDEX ix_board_reports_reporter ON board_reports (reporter_id, created_at);
CREATE INDEX ix_board_reports_topic ON board_reports (topic_id);
CREATE UNIQUE INDEX uq_board_reports_open ON board_reports (coalesce(reporter_id, 0), topic_id, coalesce(answer_id, 0)) WHERE state = 'open';

CREATE TABLE board_words (
  topic_id BIGINT NOT NULL,
  head TEXT NOT NULL,
  words TEXT NOT NULL,
  readings TEXT NOT NULL,
  grams INTEGER[] NOT NULL,
  CONSTRAINT pk_board_words PRIMARY KEY (topic_id),
  CONSTRAINT fk_board_words_topic_id FOREIGN KEY(topic_id) REFERENCES board_topics (id)
);
CREATE INDEX ix_board_words_grams ON board_words USING gin (grams);

-- Numbers that exist: of the government, of associations, and one that answers in English.
INSERT INTO help_lines (locale, name, number, hours, position) VALUES
  ('ja', '#いのちSOS', '0120-061-338', '', 1),
  ('ja', 'よりそいホットライン', '0120-279-338', '毎日24時間', 2),
  ('ja', 'いのちの電話', '0570-783-556', '毎日10時から22時', 3),
  ('ja', 'こころの健康相談統一ダイヤル', '0570-064-556', '都道府県により異なります', 4),
  ('en', 'Yorisoi Hotline (other languages)', '0120-279-338', 'Listen for the guidance in other languages', 1),
  ('en', 'TELL Lifeline (in English)', '03-5774-0992', '', 2);

ALTER TABLE notification_choices DROP CONSTRAINT ck_notification_choices_topic_known;
ALTER TABLE notification_choices ADD CONSTRAINT ck_notification_choices_topic_known CHECK (topic IN ('reservations', 'questions', 'letters', 'board', 'unanswered', 'talks', 'points', 'favourites', 'calls', 'day'));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON answering_members, help_lines, board_helpful, board_words TO hitotoki_app;
-- Whose it is and where never changes, and an address once given stays: words go, places don't.
GRANT SELECT, INSERT ON board_topics, board_answers, board_reports TO hitotoki_app;
GRANT UPDATE (category, title, text, pen_name, members_only, danger, waits, edited_at, shown_at,
  closed_at, deleted_at, hidden_at, hidden_by, hidden_for, hidden_words, answers, unread,
  unread_since, told_at, mailed_at, called_at) ON board_topics TO hitotoki_app;
GRANT UPDATE (text, danger, edited_at, deleted_at, hidden_at, hidden_by, hidden_for, hidden_words,
  thanked_at, helpful) ON board_answers TO hitotoki_app;
-- What was added stays as it was, or goes.
GRANT SELECT, INSERT, DELETE ON board_additions TO hitotoki_app;
GRANT UPDATE (said, state, closed_by, closed_at, words) ON board_reports TO hitotoki_app;
