-- A cast's day: how long they rest, what they note of callers, what they say to a claim.
CREATE TABLE cast_days (
  cast_id BIGINT NOT NULL,
  pause_seconds SMALLINT,
  stood_by_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_cast_days PRIMARY KEY (cast_id),
  CONSTRAINT ck_cast_days_pause_bounds CHECK (pause_seconds BETWEEN 0 AND 600),
  CONSTRAINT fk_cast_days_cast_id FOREIGN KEY(cast_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE pauses (
  cast_id BIGINT NOT NULL,
  room_id BIGINT NOT NULL,
  ends_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_pauses PRIMARY KEY (cast_id),
  CONSTRAINT fk_pauses_room_id_cast_id FOREIGN KEY(room_id, cast_id) REFERENCES rooms (id, cast_id) ON DELETE CASCADE,
  CONSTRAINT fk_pauses_cast_id FOREIGN KEY(cast_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_pauses_ends ON pauses (ends_at);

CREATE TABLE caller_notes (
  cast_id BIGINT NOT NULL,
  caller_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_caller_notes PRIMARY KEY (cast_id, caller_id),
  CONSTRAINT ck_caller_notes_two_people CHECK (cast_id <> caller_id),
  CONSTRAINT ck_caller_notes_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  CONSTRAINT fk_caller_notes_cast_id FOREIGN KEY(cast_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_caller_notes_caller_id FOREIGN KEY(caller_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_caller_notes_caller ON caller_notes (caller_id);

CREATE TABLE claim_answers (
  claim_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  until TIMESTAMP WITH TIME ZONE NOT NULL,
  text TEXT,
  said_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_claim_answers PRIMARY KEY (claim_id),
  CONSTRAINT ck_claim_answers_forward CHECK (until >= asked_at),
  CONSTRAINT ck_claim_answers_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  CONSTRAINT ck_claim_answers_said_at_once CHECK ((text IS NULL) = (said_at IS NULL)),
  CONSTRAINT fk_claim_answers_claim_id FOREIGN KEY(claim_id) REFERENCES claims (id),
  CONSTRAINT fk_claim_answers_cast_id FOREIGN KEY(cast_id) REFERENCES users (id)
);
CREATE INDEX ix_claim_answers_cast ON claim_answers (cast_id, claim_id);

GRANT SELECT, INSERT, UPDATE, DELETE ON cast_days, pauses, caller_notes TO hitotoki_app;
-- Whom a claim asked, when and until when is settled.
GRANT SELECT, INSERT ON claim_answers TO hitotoki_app;
GRANT UPDATE (text, said_at) ON claim_answers TO hitotoki_app;
