-- Telephone numbers, their proof, PINs, casts' four digits.
CREATE TABLE telephones (
  user_id BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  mark BYTEA NOT NULL,
  tail TEXT NOT NULL,
  proved_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_telephones PRIMARY KEY (user_id),
  CONSTRAINT ck_telephones_sealed_bytes CHECK (length(sealed) BETWEEN 29 AND 100),
  CONSTRAINT ck_telephones_mark_bytes CHECK (length(mark) = 32),
  CONSTRAINT ck_telephones_tail_shape CHECK (tail ~ '^[0-9]{4}$'),
  CONSTRAINT fk_telephones_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_telephones_mark ON telephones (mark);

CREATE TABLE telephone_proofs (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  sealed BYTEA,
  mark BYTEA NOT NULL,
  tail TEXT NOT NULL,
  state TEXT DEFAULT 'waiting' NOT NULL,
  tries SMALLINT DEFAULT '0' NOT NULL,
  cost_yen INTEGER,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
  CONSTRAINT pk_telephone_proofs PRIMARY KEY (id),
  CONSTRAINT ck_telephone_proofs_sealed_bytes CHECK (length(sealed) BETWEEN 29 AND 200),
  CONSTRAINT ck_telephone_proofs_mark_bytes CHECK (length(mark) = 32),
  CONSTRAINT ck_telephone_proofs_tail_shape CHECK (tail ~ '^[0-9]{4}$'),
  CONSTRAINT ck_telephone_proofs_state_known CHECK (state IN ('waiting', 'calling', 'spoken', 'missed', 'failed', 'proved', 'void')),
  CONSTRAINT ck_telephone_proofs_few_tries CHECK (tries BETWEEN 0 AND 5),
  CONSTRAINT ck_telephone_proofs_cost_bounds CHECK (cost_yen BETWEEN 0 AND 100000),
  CONSTRAINT ck_telephone_proofs_expires_later CHECK (expires_at > made_at),
  CONSTRAINT ck_telephone_proofs_over_is_empty CHECK (state NOT IN ('proved', 'void') OR sealed IS NULL),
  CONSTRAINT fk_telephone_proofs_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_telephone_proofs_made ON telephone_proofs (made_at);
CREATE INDEX ix_telephone_proofs_mark ON telephone_proofs (mark, made_at);
CREATE INDEX ix_telephone_proofs_user ON telephone_proofs (user_id, made_at);
CREATE UNIQUE INDEX uq_telephone_proofs_open ON telephone_proofs (user_id) WHERE sealed IS NOT NULL;

CREATE TABLE telephone_pins (
  user_id BIGINT NOT NULL,
  pin_hash TEXT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  wrong SMALLINT DEFAULT '0' NOT NULL,
  locks SMALLINT DEFAULT '0' NOT NULL,
  locked_until TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_telephone_pins PRIMARY KEY (user_id),
  CONSTRAINT ck_telephone_pins_pin_hash_is_argon2 CHECK (pin_hash LIKE '$argon2id$%'),
  CONSTRAINT ck_telephone_pins_counts_not_negative CHECK (wrong >= 0 AND locks >= 0),
  CONSTRAINT fk_telephone_pins_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

CREATE TABLE cast_digits (
  digits TEXT NOT NULL,
  cast_id BIGINT,
  given_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  freed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_cast_digits PRIMARY KEY (digits),
  CONSTRAINT ck_cast_digits_digits_shape CHECK (digits ~ '^[1-9][0-9]{3}$'),
  CONSTRAINT ck_cast_digits_freed_or_somebodys CHECK ((cast_id IS NULL) = (freed_at IS NOT NULL)),
  CONSTRAINT uq_cast_digits_cast_id UNIQUE (cast_id),
  CONSTRAINT fk_cast_digits_cast_id FOREIGN KEY(cast_id) REFERENCES users (id)
);

CREATE TABLE spoken_names (
  user_id BIGINT NOT NULL,
  reading TEXT NOT NULL,
  sound BYTEA,
  changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  confirmed_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_spoken_names PRIMARY KEY (user_id),
  CONSTRAINT ck_spoken_names_reading_shape CHECK (length(reading) BETWEEN 1 AND 20 AND reading ~ '^[ァ-ヴー]+( [ァ-ヴー]+)*$'),
  CONSTRAINT ck_spoken_names_sound_bytes CHECK (length(sound) BETWEEN 1 AND 200000),
  CONSTRAINT ck_spoken_names_heard_first CHECK (confirmed_at IS NULL OR sound IS NOT NULL),
  CONSTRAINT fk_spoken_names_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

GRANT SELECT, INSERT, UPDATE, DELETE ON telephones, telephone_proofs, telephone_pins, cast_digits,
  spoken_names TO hitotoki_app;
