-- Letters: what casts ask for an answer, letters, what was written in them, drafts of answers.
CREATE TABLE letter_offers (
  user_id BIGINT NOT NULL,
  accepts BOOLEAN NOT NULL,
  points BIGINT NOT NULL,
  usual_hours SMALLINT NOT NULL,
  most_open SMALLINT NOT NULL,
  takes_tab BOOLEAN DEFAULT false NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_letter_offers PRIMARY KEY (user_id),
  CONSTRAINT ck_letter_offers_points_bounds CHECK (points BETWEEN 100 AND 30000),
  CONSTRAINT ck_letter_offers_usual_hours_bounds CHECK (usual_hours BETWEEN 1 AND 720),
  CONSTRAINT ck_letter_offers_most_open_bounds CHECK (most_open BETWEEN 1 AND 50),
  CONSTRAINT fk_letter_offers_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE letters (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  caller_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  press TEXT NOT NULL,
  points BIGINT NOT NULL,
  share BIGINT NOT NULL,
  hold_id BIGINT NOT NULL,
  state TEXT DEFAULT 'sent' NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  ended_at TIMESTAMP WITH TIME ZONE,
  stopped_for TEXT,
  seen_at TIMESTAMP WITH TIME ZONE,
  back_until TIMESTAMP WITH TIME ZONE,
  asked_back_at TIMESTAMP WITH TIME ZONE,
  answered_back_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_letters PRIMARY KEY (id),
  CONSTRAINT uq_letters_press UNIQUE (caller_id, press),
  CONSTRAINT ck_letters_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_letters_press_length CHECK (length(press) BETWEEN 8 AND 64),
  CONSTRAINT ck_letters_share_within_points CHECK (points > 0 AND share BETWEEN 0 AND points),
  CONSTRAINT ck_letters_state_known CHECK (state IN ('sent', 'answered', 'expired', 'stopped')),
  CONSTRAINT ck_letters_over_has_its_moment CHECK ((state = 'sent') = (ended_at IS NULL)),
  CONSTRAINT ck_letters_stopped_for_somebody CHECK (stopped_for IN ('caller', 'cast') AND state = 'stopped' OR stopped_for IS NULL AND state <> 'stopped'),
  CONSTRAINT ck_letters_back_after_an_answer CHECK ((back_until IS NOT NULL) = (state = 'answered') AND (asked_back_at IS NULL OR state = 'answered') AND (answered_back_at IS NULL OR asked_back_at IS NOT NULL)),
  CONSTRAINT fk_letters_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_letters_cast_id FOREIGN KEY(cast_id) REFERENCES users (id),
  CONSTRAINT uq_letters_hold_id UNIQUE (hold_id),
  CONSTRAINT fk_letters_hold_id FOREIGN KEY(hold_id) REFERENCES holds (id)
);
CREATE INDEX ix_letters_caller ON letters (caller_id, id);
CREATE INDEX ix_letters_cast ON letters (cast_id, id);
CREATE INDEX ix_letters_due ON letters (due_at) WHERE state = 'sent';
CREATE INDEX ix_letters_owed ON letters (cast_id)
  WHERE state = 'sent' OR asked_back_at IS NOT NULL AND answered_back_at IS NULL;
CREATE INDEX ix_letters_unseen ON letters (caller_id) WHERE state = 'answered' AND seen_at IS NULL;
CREATE UNIQUE INDEX uq_letters_waiting ON letters (caller_id, cast_id) WHERE state = 'sent';

CREATE TABLE letter_texts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  letter_id BIGINT NOT NULL,
  part TEXT NOT NULL,
  text TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_letter_texts PRIMARY KEY (id),
  CONSTRAINT ck_letter_texts_part_known CHECK (part IN ('letter', 'answer', 'back', 'back_answer')),
  CONSTRAINT ck_letter_texts_text_not_empty CHECK (length(text) >= 1),
  CONSTRAINT ck_letter_texts_text_length CHECK (length(text) <= 64000 AND (part IN ('answer', 'back_answer') OR length(text) <= 16000)),
  CONSTRAINT uq_letter_texts_part UNIQUE (letter_id, part),
  CONSTRAINT fk_letter_texts_letter_id FOREIGN KEY(letter_id) REFERENCES letters (id)
);
CREATE INDEX ix_letter_texts_at ON letter_texts (at);

CREATE TABLE letter_drafts (
  letter_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  saved_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_letter_drafts PRIMARY KEY (letter_id),
  CONSTRAINT ck_letter_drafts_text_length CHECK (length(text) <= 64000),
  CONSTRAINT fk_letter_drafts_letter_id FOREIGN KEY(letter_id) REFERENCES letters (id)
);

-- A claim, a line of a bill and a report may be about a letter.
ALTER TABLE claims ADD COLUMN letter_id BIGINT;
ALTER TABLE claims ADD CONSTRAINT fk_claims_letter_id FOREIGN KEY(letter_id) REFERENCES letters (id);
ALTER TABLE claims ADD CONSTRAINT uq_claims_letter_id UNIQUE (letter_id);
ALTER TABLE claims DROP CONSTRAINT ck_claims_about_a_talk_or_a_reservation;
ALTER TABLE claims ADD CONSTRAINT ck_claims_about_one_thing CHECK (num_nonnulls(talk_id, reservation_id, letter_id) = 1);
ALTER TABLE claims DROP CONSTRAINT ck_claims_kind_known;
ALTER TABLE claims ADD CONSTRAINT ck_claims_kind_known CHECK (kind IN ('cast_absent', 'no_media', 'no_answer', 'other'));

ALTER TABLE tab_bill_lines ADD COLUMN letter_id BIGINT;
ALTER TABLE tab_bill_lines ADD CONSTRAINT fk_tab_bill_lines_letter_id FOREIGN KEY(letter_id) REFERENCES letters (id);
ALTER TABLE tab_bill_lines ADD CONSTRAINT uq_tab_bill_lines_letter_id UNIQUE (letter_id);
ALTER TABLE tab_bill_lines DROP CONSTRAINT ck_tab_bill_lines_of_a_talk_or_a_reservation;
ALTER TABLE tab_bill_lines ADD CONSTRAINT ck_tab_bill_lines_of_one_thing CHECK (num_nonnulls(talk_id, reservation_id, letter_id) = 1);

ALTER TABLE reports ADD COLUMN letter_id BIGINT;
ALTER TABLE reports ADD CONSTRAINT fk_reports_letter_id FOREIGN KEY(letter_id) REFERENCES letters (id);
DROP INDEX uq_reports_person;
CREATE UNIQUE INDEX uq_reports_person ON reports (reporter_id, subject_id) WHERE talk_id IS NULL AND question_id IS NULL AND letter_id IS NULL AND state = 'open';
CREATE UNIQUE INDEX uq_reports_letter ON reports (reporter_id, letter_id) WHERE letter_id IS NOT NULL AND state = 'open';
CREATE INDEX ix_reports_letter ON reports (letter_id) WHERE letter_id IS NOT NULL;

ALTER TABLE notification_choices DROP CONSTRAINT ck_notification_choices_topic_known;
ALTER TABLE notification_choices ADD CONSTRAINT ck_notification_choices_topic_known CHECK (topic IN ('reservations', 'questions', 'letters', 'talks', 'points', 'favourites', 'calls', 'day'));

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON letter_offers, letter_drafts TO hitotoki_app;
-- What was agreed when a letter was sent is settled, and none is ever deleted.
GRANT SELECT, INSERT ON letters TO hitotoki_app;
GRANT UPDATE (state, ended_at, stopped_for, seen_at, back_until, asked_back_at, answered_back_at) ON
  letters TO hitotoki_app;
-- What was written stays as it was until it goes; a right on one column is what locking a row takes.
GRANT SELECT, INSERT, DELETE, UPDATE (part) ON letter_texts TO hitotoki_app;
-- A letter stands for what was held and paid.
CREATE TRIGGER never_deleted BEFORE DELETE ON letters
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON letters
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
