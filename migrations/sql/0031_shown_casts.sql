ALTER TABLE profiles ADD CONSTRAINT ck_profiles_languages_known CHECK (languages <@ ARRAY['ja', 'en', 'zh', 'ko', 'es', 'pt', 'fr', 'de', 'it', 'ru', 'vi', 'th', 'id', 'tl', 'ne', 'hi', 'jsl']::text[]);
ALTER TABLE profiles ADD CONSTRAINT ck_profiles_languages_number CHECK (cardinality(languages) <= 17);

ALTER TABLE rooms ADD CONSTRAINT ck_rooms_short_code_shape CHECK (short_code ~ '^[1-9A-HJ-NP-Za-km-z]{6}$');
ALTER TABLE rooms ADD CONSTRAINT uq_rooms_short_code UNIQUE (short_code);

CREATE TABLE identity_documents (
  user_id BIGINT NOT NULL,
  begun_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  sent_at TIMESTAMP WITH TIME ZONE,
  front BYTEA,
  back BYTEA,
  legal_name BYTEA,
  CONSTRAINT pk_identity_documents PRIMARY KEY (user_id),
  CONSTRAINT ck_identity_documents_bytes CHECK (length(front) <= 4194304 AND length(back) <= 4194304 AND length(legal_name) <= 1024),
  CONSTRAINT ck_identity_documents_sent_whole CHECK (sent_at IS NULL OR (front IS NOT NULL AND legal_name IS NOT NULL)),
  CONSTRAINT fk_identity_documents_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_identity_documents_sent ON identity_documents (sent_at);

CREATE TABLE identity_checks (
  user_id BIGINT NOT NULL,
  state TEXT NOT NULL,
  decided_by BIGINT,
  decided_at TIMESTAMP WITH TIME ZONE,
  words TEXT,
  legal_name BYTEA,
  allowed_until TIMESTAMP WITH TIME ZONE,
  told SMALLINT DEFAULT '0' NOT NULL,
  CONSTRAINT pk_identity_checks PRIMARY KEY (user_id),
  CONSTRAINT ck_identity_checks_state_known CHECK (state IN ('before', 'checked', 'declined', 'expired')),
  CONSTRAINT ck_identity_checks_not_ones_own CHECK (decided_by <> user_id),
  CONSTRAINT ck_identity_checks_words_length CHECK (length(words) BETWEEN 1 AND 1000),
  CONSTRAINT ck_identity_checks_legal_name_bytes CHECK (length(legal_name) <= 1024),
  CONSTRAINT ck_identity_checks_told_bounds CHECK (told BETWEEN 0 AND 2),
  CONSTRAINT ck_identity_checks_decided_by_somebody CHECK ((state = 'before') = (decided_at IS NULL) AND (state IN ('checked', 'declined')) = (decided_by IS NOT NULL) AND (state = 'checked') = (legal_name IS NOT NULL) AND (state = 'declined') = (words IS NOT NULL) AND (state <> 'before' OR allowed_until IS NOT NULL)),
  CONSTRAINT fk_identity_checks_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT fk_identity_checks_decided_by FOREIGN KEY(decided_by) REFERENCES users (id)
);
CREATE INDEX ix_identity_checks_decided ON identity_checks (decided_at);
CREATE INDEX ix_identity_checks_allowed ON identity_checks (allowed_until) WHERE state <> 'checked' AND allowed_until IS NOT NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON identity_documents, identity_checks TO hitotoki_app;

-- Who is a cast already may go on as before for thirty days.
INSERT INTO identity_checks (user_id, state, allowed_until)
SELECT id, 'before', clock_timestamp() + interval '30 days' FROM users WHERE is_cast AND NOT is_demo;

-- What is public has its short address from now on. Of six letters out of 58, two alike are tried anew.
DO $$
DECLARE
  one bigint;
  code text;
BEGIN
  FOR one IN SELECT id FROM rooms WHERE published LOOP
    LOOP
      SELECT string_agg(substr('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 1 + floor(random() * 58)::int, 1), '')
      INTO code FROM generate_series(1, 6);
      EXIT WHEN NOT EXISTS (SELECT FROM rooms WHERE short_code = code);
    END LOOP;
    UPDATE rooms SET short_code = code WHERE id = one;
  END LOOP;
END $$;
