-- Somebody asks a cast whether they have time now, and says how long they can wait.
CREATE TABLE talk_applications (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  room_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  caller_id BIGINT NOT NULL,
  rate INTEGER NOT NULL,
  words TEXT DEFAULT '' NOT NULL,
  minutes SMALLINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  wait_until TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT DEFAULT 'open' NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE,
  accepted_at TIMESTAMP WITH TIME ZONE,
  rung_at TIMESTAMP WITH TIME ZONE,
  stood_by_in BIGINT,
  ended_at TIMESTAMP WITH TIME ZONE,
  reply TEXT,
  talk_id BIGINT,
  asked_again_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_talk_applications PRIMARY KEY (id),
  CONSTRAINT fk_talk_applications_room_id_cast_id FOREIGN KEY(room_id, cast_id) REFERENCES rooms (id, cast_id),
  CONSTRAINT ck_talk_applications_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_talk_applications_rate_positive CHECK (rate > 0),
  CONSTRAINT ck_talk_applications_minutes_bounds CHECK (minutes BETWEEN 15 AND 180 AND minutes % 15 = 0),
  CONSTRAINT ck_talk_applications_forward CHECK (wait_until > made_at),
  CONSTRAINT ck_talk_applications_words_length CHECK (length(words) <= 200),
  CONSTRAINT ck_talk_applications_reply_length CHECK (length(reply) BETWEEN 1 AND 200),
  CONSTRAINT ck_talk_applications_state_known CHECK (state IN ('open', 'accepted', 'rung', 'entered', 'lapsed', 'declined', 'withdrawn', 'expired', 'replaced', 'void')),
  CONSTRAINT ck_talk_applications_over_at_a_moment CHECK ((state IN ('open', 'accepted', 'rung')) = (ended_at IS NULL)),
  CONSTRAINT ck_talk_applications_live_is_looked_at CHECK ((state IN ('open', 'accepted', 'rung')) = (due_at IS NOT NULL)),
  CONSTRAINT ck_talk_applications_accepted_first CHECK (NOT (state IN ('accepted', 'rung')) OR accepted_at IS NOT NULL),
  CONSTRAINT ck_talk_applications_rung_at_a_moment CHECK (state <> 'rung' OR rung_at IS NOT NULL),
  CONSTRAINT ck_talk_applications_entered_is_a_talk CHECK ((state = 'entered') = (talk_id IS NOT NULL)),
  CONSTRAINT ck_talk_applications_reply_of_a_refusal CHECK (reply IS NULL OR state = 'declined'),
  CONSTRAINT ck_talk_applications_asked_again_after CHECK (asked_again_at IS NULL OR ended_at IS NOT NULL),
  CONSTRAINT fk_talk_applications_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_talk_applications_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id)
);
CREATE INDEX ix_talk_applications_caller ON talk_applications (caller_id, id);
CREATE INDEX ix_talk_applications_cast ON talk_applications (cast_id, id);
CREATE INDEX ix_talk_applications_due ON talk_applications (due_at) WHERE state IN ('open', 'accepted', 'rung');
CREATE INDEX ix_talk_applications_ended ON talk_applications (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX ix_talk_applications_open_cast ON talk_applications (cast_id, wait_until) WHERE state IN ('open', 'accepted', 'rung');
CREATE INDEX ix_talk_applications_rung ON talk_applications (room_id) WHERE state = 'rung';
CREATE INDEX ix_talk_applications_talk ON talk_applications (talk_id) WHERE talk_id IS NOT NULL;
CREATE UNIQUE INDEX uq_talk_applications_one_of_caller ON talk_applications (caller_id) WHERE state IN ('open', 'accepted', 'rung');
CREATE UNIQUE INDEX uq_talk_applications_one_promise ON talk_applications (cast_id) WHERE state IN ('accepted', 'rung');
