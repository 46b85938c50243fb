-- Chat consultations: who takes them, what is asked, what is written, what each day costs.
CREATE TABLE chat_members (
  user_id BIGINT NOT NULL,
  nominable BOOLEAN NOT NULL,
  most_open SMALLINT NOT NULL,
  quiet BOOLEAN DEFAULT false NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  visited_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  warned_at TIMESTAMP WITH TIME ZONE,
  off_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_chat_members PRIMARY KEY (user_id),
  CONSTRAINT ck_chat_members_most_open_bounds CHECK (most_open BETWEEN 1 AND 50),
  CONSTRAINT ck_chat_members_off_is_off CHECK (off_at IS NULL OR NOT nominable),
  CONSTRAINT fk_chat_members_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_members_visited ON chat_members (visited_at) WHERE nominable;

CREATE TABLE chats (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  caller_id BIGINT NOT NULL,
  press TEXT NOT NULL,
  category TEXT NOT NULL,
  wishes TEXT DEFAULT '' NOT NULL,
  points BIGINT NOT NULL,
  days SMALLINT NOT NULL,
  nominee_id BIGINT,
  to_all BOOLEAN NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  take_until TIMESTAMP WITH TIME ZONE NOT NULL,
  nominee_until TIMESTAMP WITH TIME ZONE,
  asked_at TIMESTAMP WITH TIME ZONE,
  member_id BIGINT,
  taken_at TIMESTAMP WITH TIME ZONE,
  answered_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_how TEXT,
  stopped_for TEXT,
  reopened_at TIMESTAMP WITH TIME ZONE,
  last_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_chats PRIMARY KEY (id),
  CONSTRAINT uq_chats_press UNIQUE (caller_id, press),
  CONSTRAINT ck_chats_press_length CHECK (length(press) BETWEEN 8 AND 64),
  CONSTRAINT ck_chats_category_known CHECK (category IN ('living', 'work', 'family', 'relations', 'health', 'learning', 'money', 'leisure', 'other')),
  CONSTRAINT ck_chats_wishes_length CHECK (length(wishes) <= 3200),
  CONSTRAINT ck_chats_each_day_has_a_price CHECK (points >= 0 AND days BETWEEN 0 AND points),
  CONSTRAINT ck_chats_paid_by_days CHECK ((points = 0) = (days = 0)),
  CONSTRAINT ck_chats_two_people CHECK (caller_id IS DISTINCT FROM member_id AND caller_id IS DISTINCT FROM nominee_id),
  CONSTRAINT ck_chats_to_somebody CHECK (to_all OR nominee_id IS NOT NULL),
  CONSTRAINT ck_chats_nominee_has_a_moment CHECK ((nominee_id IS NULL) = (nominee_until IS NULL)),
  CONSTRAINT ck_chats_state_known CHECK (state IN ('waiting', 'running', 'ended', 'unanswered', 'withdrawn', 'stopped')),
  CONSTRAINT ck_chats_over_has_its_moment CHECK ((state IN ('waiting', 'running')) = (ended_at IS NULL)),
  CONSTRAINT ck_chats_taken_by_somebody CHECK ((member_id IS NULL) = (taken_at IS NULL)),
  CONSTRAINT ck_chats_taken_where_it_runs CHECK (CASE WHEN state IN ('running', 'ended') THEN taken_at IS NOT NULL WHEN state = 'stopped' THEN true ELSE taken_at IS NULL END),
  CONSTRAINT ck_chats_answered_once_taken CHECK (answered_at IS NULL OR taken_at IS NOT NULL),
  CONSTRAINT ck_chats_ended_somehow CHECK (ended_how IN ('caller', 'member', 'silent', 'over') AND state = 'ended' OR ended_how IS NULL AND state <> 'ended'),
  CONSTRAINT ck_chats_stopped_for_somebody CHECK (stopped_for IN ('caller', 'member') AND state = 'stopped' OR stopped_for IS NULL AND state <> 'stopped'),
  CONSTRAINT ck_chats_reopened_once_taken CHECK (reopened_at IS NULL OR taken_at IS NOT NULL),
  CONSTRAINT fk_chats_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_chats_nominee_id FOREIGN KEY(nominee_id) REFERENCES users (id),
  CONSTRAINT fk_chats_member_id FOREIGN KEY(member_id) REFERENCES users (id)
);
CREATE INDEX ix_chats_caller ON chats (caller_id, last_at DESC, id);
CREATE INDEX ix_chats_ended ON chats (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ix_chats_member ON chats (member_id, state, last_at DESC, id);
CREATE INDEX ix_chats_nominee ON chats (nominee_id) WHERE state = 'waiting';
CREATE INDEX ix_chats_unasked ON chats (nominee_until) WHERE state = 'waiting' AND NOT to_all AND asked_at IS NULL;
CREATE INDEX ix_chats_waiting ON chats (take_until, id) WHERE state = 'waiting';

CREATE TABLE chat_sides (
  chat_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  read_id BIGINT DEFAULT '0' NOT NULL,
  unread SMALLINT DEFAULT '0' NOT NULL,
  unread_since TIMESTAMP WITH TIME ZONE,
  told_at TIMESTAMP WITH TIME ZONE,
  mailed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_chat_sides PRIMARY KEY (chat_id, side),
  CONSTRAINT ck_chat_sides_side_known CHECK (side IN ('caller', 'member')),
  CONSTRAINT ck_chat_sides_not_negative CHECK (unread >= 0 AND read_id >= 0),
  CONSTRAINT ck_chat_sides_unread_since_a_moment CHECK ((unread = 0) = (unread_since IS NULL)),
  CONSTRAINT fk_chat_sides_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
  CONSTRAINT fk_chat_sides_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_sides_since ON chat_sides (unread_since) WHERE unread > 0 AND (told_at IS NULL OR told_at < unread_since OR mailed_at < unread_since);
CREATE INDEX ix_chat_sides_unread ON chat_sides (user_id) WHERE unread > 0;

CREATE TABLE chat_messages (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  chat_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  sender_id BIGINT NOT NULL,
  key TEXT NOT NULL,
  text TEXT NOT NULL,
  photos SMALLINT DEFAULT '0' NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_chat_messages PRIMARY KEY (id),
  CONSTRAINT ck_chat_messages_side_known CHECK (side IN ('caller', 'member')),
  CONSTRAINT ck_chat_messages_key_length CHECK (length(key) BETWEEN 8 AND 64),
  CONSTRAINT ck_chat_messages_text_length CHECK (length(text) <= 32000),
  CONSTRAINT ck_chat_messages_photos_bounds CHECK (photos BETWEEN 0 AND 4),
  CONSTRAINT ck_chat_messages_something_said CHECK (text <> '' OR photos > 0),
  CONSTRAINT uq_chat_messages_key UNIQUE (chat_id, sender_id, key),
  CONSTRAINT fk_chat_messages_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
  CONSTRAINT fk_chat_messages_sender_id FOREIGN KEY(sender_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_messages_at ON chat_messages (at);
CREATE INDEX ix_chat_messages_chat ON chat_messages (chat_id, id);
CREATE INDEX ix_chat_messages_sender ON chat_messages (sender_id, at);

CREATE TABLE chat_photos (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  message_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  width SMALLINT NOT NULL,
  height SMALLINT NOT NULL,
  whole BYTEA NOT NULL,
  small BYTEA NOT NULL,
  CONSTRAINT pk_chat_photos PRIMARY KEY (id),
  CONSTRAINT ck_chat_photos_size_positive CHECK (width > 0 AND height > 0),
  CONSTRAINT ck_chat_photos_name_is_a_token CHECK (length(name) = 43),
  CONSTRAINT fk_chat_photos_message_id FOREIGN KEY(message_id) REFERENCES chat_messages (id) ON DELETE CASCADE,
  CONSTRAINT uq_chat_photos_name UNIQUE (name)
);
CREATE INDEX ix_chat_photos_message ON chat_photos (message_id, id);

CREATE TABLE chat_days (
  chat_id BIGINT NOT NULL,
  day SMALLINT NOT NULL,
  hold_id BIGINT NOT NULL,
  points BIGINT NOT NULL,
  share BIGINT NOT NULL,
  state TEXT DEFAULT 'held' NOT NULL,
  starts_at TIMESTAMP WITH TIME ZONE,
  ends_at TIMESTAMP WITH TIME ZONE,
  member_id BIGINT,
  settled_at TIMESTAMP WITH TIME ZONE,
  silent BOOLEAN DEFAULT false NOT NULL,
  CONSTRAINT pk_chat_days PRIMARY KEY (chat_id, day),
  CONSTRAINT ck_chat_days_day_from_one CHECK (day >= 1),
  CONSTRAINT ck_chat_days_share_within_points CHECK (points > 0 AND share BETWEEN 0 AND points),
  CONSTRAINT ck_chat_days_state_known CHECK (state IN ('held', 'paid', 'returned')),
  CONSTRAINT ck_chat_days_begins_and_ends CHECK ((starts_at IS NULL) = (ends_at IS NULL)),
  CONSTRAINT ck_chat_days_settled_at_a_moment CHECK ((state = 'held') = (settled_at IS NULL)),
  CONSTRAINT ck_chat_days_paid_to_somebody CHECK ((state = 'paid') = (member_id IS NOT NULL)),
  CONSTRAINT ck_chat_days_paid_once_begun CHECK (state <> 'paid' OR starts_at IS NOT NULL),
  CONSTRAINT ck_chat_days_silent_goes_back CHECK (NOT silent OR state = 'returned'),
  CONSTRAINT fk_chat_days_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
  CONSTRAINT uq_chat_days_hold_id UNIQUE (hold_id),
  CONSTRAINT fk_chat_days_hold_id FOREIGN KEY(hold_id) REFERENCES holds (id),
  CONSTRAINT fk_chat_days_member_id FOREIGN KEY(member_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_days_due ON chat_days (ends_at) WHERE state = 'held' AND ends_at IS NOT NULL;

CREATE TABLE chat_handovers (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  chat_id BIGINT NOT NULL,
  from_id BIGINT NOT NULL,
  to_id BIGINT NOT NULL,
  offered_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  agreed_at TIMESTAMP WITH TIME ZONE,
  closed_at TIMESTAMP WITH TIME ZONE,
  came_to TEXT,
  CONSTRAINT pk_chat_handovers PRIMARY KEY (id),
  CONSTRAINT ck_chat_handovers_two_members CHECK (from_id <> to_id),
  CONSTRAINT ck_chat_handovers_end_known CHECK (came_to IN ('taken', 'refused', 'declined', 'dropped')),
  CONSTRAINT ck_chat_handovers_closed_somehow CHECK ((closed_at IS NULL) = (came_to IS NULL)),
  CONSTRAINT ck_chat_handovers_caller_first CHECK (came_to NOT IN ('taken', 'declined') OR agreed_at IS NOT NULL),
  CONSTRAINT fk_chat_handovers_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id),
  CONSTRAINT fk_chat_handovers_from_id FOREIGN KEY(from_id) REFERENCES users (id),
  CONSTRAINT fk_chat_handovers_to_id FOREIGN KEY(to_id) REFERENCES users (id)
);
CREATE INDEX ix_chat_handovers_chat ON chat_handovers (chat_id, id);
CREATE INDEX ix_chat_handovers_to ON chat_handovers (to_id) WHERE closed_at IS NULL AND agreed_at IS NOT NULL;
CREATE UNIQUE INDEX uq_chat_handovers_open ON chat_handovers (chat_id) WHERE closed_at IS NULL;

-- A report may be about a consultation; of the kind help, its writer wants to speak with staff.
ALTER TABLE reports ADD COLUMN chat_id BIGINT;
ALTER TABLE reports ADD CONSTRAINT fk_reports_chat_id FOREIGN KEY(chat_id) REFERENCES chats (id);
ALTER TABLE reports DROP CONSTRAINT ck_reports_kind_known;
ALTER TABLE reports ADD CONSTRAINT ck_reports_kind_known CHECK (kind IN ('harassment', 'obscene', 'outside', 'fraud', 'minor', 'other', 'help'));
DROP INDEX uq_reports_person;
CREATE UNIQUE INDEX uq_reports_person ON reports (reporter_id, subject_id) WHERE talk_id IS NULL AND question_id IS NULL AND letter_id IS NULL AND chat_id IS NULL AND state = 'open';
CREATE UNIQUE INDEX uq_reports_chat ON reports (reporter_id, chat_id) WHERE chat_id IS NOT NULL AND state = 'open';
CREATE INDEX ix_reports_chat ON reports (chat_id) WHERE chat_id IS NOT NULL;

ALTER TABLE notification_choices DROP CONSTRAINT ck_notification_choices_topic_known;
ALTER TABLE notification_choices ADD CONSTRAINT ck_notification_choices_topic_known CHECK (topic IN ('reservations', 'questions', 'letters', 'chats', 'board', 'unanswered', 'talks', 'points', 'favourites', 'calls', 'day'));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON chat_members, chat_sides TO hitotoki_app;
-- Who asked, and for how much, is settled when it is sent, and none is ever deleted.
GRANT SELECT, INSERT ON chats, chat_days, chat_handovers TO hitotoki_app;
GRANT UPDATE (wishes, to_all, state, asked_at, member_id, taken_at, answered_at, ended_at, ended_how,
  stopped_for, reopened_at, last_at) ON chats TO hitotoki_app;
GRANT UPDATE (state, starts_at, ends_at, member_id, settled_at, silent) ON chat_days TO hitotoki_app;
GRANT UPDATE (agreed_at, closed_at, came_to) ON chat_handovers TO hitotoki_app;
-- What was written stays as it was until it goes; a right on one column is what locking a row takes.
GRANT SELECT, INSERT, DELETE, UPDATE (side) ON chat_messages TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON chat_photos TO hitotoki_app;
-- A consultation and its days stand for what was held and paid.
CREATE TRIGGER never_deleted BEFORE DELETE ON chats
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON chats
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON chat_days
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON chat_days
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
