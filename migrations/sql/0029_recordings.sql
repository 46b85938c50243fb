-- The question, both consents and the files of a recording.
CREATE TABLE recordings (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  talk_id BIGINT NOT NULL,
  asked_by TEXT NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  lapses_at TIMESTAMP WITH TIME ZONE NOT NULL,
  state TEXT DEFAULT 'asked' NOT NULL,
  caller_consent TEXT,
  cast_consent TEXT,
  agreed_at TIMESTAMP WITH TIME ZONE,
  run_ms BIGINT DEFAULT '0' NOT NULL,
  running_since TIMESTAMP WITH TIME ZONE,
  seen_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  ended_by TEXT,
  end_reason TEXT,
  keep_days SMALLINT NOT NULL,
  keep_until TIMESTAMP WITH TIME ZONE,
  caller_deletes_at TIMESTAMP WITH TIME ZONE,
  cast_deletes_at TIMESTAMP WITH TIME ZONE,
  withdrawn_at TIMESTAMP WITH TIME ZONE,
  erased_at TIMESTAMP WITH TIME ZONE,
  untold BOOLEAN DEFAULT true NOT NULL,
  CONSTRAINT pk_recordings PRIMARY KEY (id),
  CONSTRAINT ck_recordings_state_known CHECK (state IN ('asked', 'declined', 'lapsed', 'agreed', 'running', 'halted', 'ended')),
  CONSTRAINT ck_recordings_asker_known CHECK (asked_by IN ('caller', 'cast')),
  CONSTRAINT ck_recordings_ender_known CHECK (ended_by IN ('caller', 'cast')),
  CONSTRAINT ck_recordings_reason_known CHECK (end_reason IN ('stopped', 'talk_over', 'full', 'failed', 'no_way')),
  CONSTRAINT ck_recordings_own_consents CHECK (caller_consent = 'caller' AND cast_consent = 'cast'),
  CONSTRAINT ck_recordings_both_agreed CHECK (state IN ('asked', 'declined', 'lapsed') OR caller_consent IS NOT NULL AND cast_consent IS NOT NULL),
  CONSTRAINT ck_recordings_agreed_at_a_moment CHECK ((state IN ('asked', 'declined', 'lapsed')) = (agreed_at IS NULL)),
  CONSTRAINT ck_recordings_runs_since CHECK ((state = 'running') = (running_since IS NOT NULL)),
  CONSTRAINT ck_recordings_over_at_a_moment CHECK ((state IN ('asked', 'agreed', 'running', 'halted')) = (ended_at IS NULL)),
  CONSTRAINT ck_recordings_ended_with_reason CHECK ((state = 'ended') = (end_reason IS NOT NULL) AND (state = 'ended') = (keep_until IS NOT NULL)),
  CONSTRAINT ck_recordings_withdrawn_when_over CHECK (withdrawn_at IS NULL OR NOT (state IN ('asked', 'agreed', 'running', 'halted'))),
  CONSTRAINT ck_recordings_erased_when_over CHECK (erased_at IS NULL OR NOT (state IN ('asked', 'agreed', 'running', 'halted'))),
  CONSTRAINT ck_recordings_forward CHECK (lapses_at > asked_at AND run_ms >= 0),
  CONSTRAINT ck_recordings_keep_days_bounds CHECK (keep_days BETWEEN 1 AND 400),
  CONSTRAINT fk_recordings_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id)
);
CREATE INDEX ix_recordings_asked ON recordings (asked_at);
CREATE INDEX ix_recordings_kept ON recordings (keep_until) WHERE state = 'ended' AND erased_at IS NULL;
CREATE INDEX ix_recordings_talk ON recordings (talk_id, id);
CREATE INDEX ix_recordings_untold ON recordings (talk_id) WHERE untold;
CREATE UNIQUE INDEX uq_recordings_open ON recordings (talk_id) WHERE state IN ('asked', 'agreed', 'running', 'halted');

CREATE TABLE recording_consents (
  recording_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  user_id BIGINT NOT NULL,
  agreed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  version SMALLINT NOT NULL,
  locale TEXT NOT NULL,
  wording TEXT NOT NULL,
  CONSTRAINT pk_recording_consents PRIMARY KEY (recording_id, side),
  CONSTRAINT ck_recording_consents_side_known CHECK (side IN ('caller', 'cast')),
  CONSTRAINT ck_recording_consents_version_positive CHECK (version >= 1),
  CONSTRAINT ck_recording_consents_locale_length CHECK (length(locale) BETWEEN 2 AND 20),
  CONSTRAINT ck_recording_consents_wording_length CHECK (length(wording) BETWEEN 1 AND 4000),
  CONSTRAINT fk_recording_consents_recording_id FOREIGN KEY(recording_id) REFERENCES recordings (id) ON DELETE CASCADE,
  CONSTRAINT fk_recording_consents_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE INDEX ix_recording_consents_user ON recording_consents (user_id);

CREATE TABLE recording_parts (
  recording_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  part SMALLINT NOT NULL,
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  begun_at TIMESTAMP WITH TIME ZONE NOT NULL,
  length_ms BIGINT NOT NULL,
  size BIGINT NOT NULL,
  whole BOOLEAN NOT NULL,
  CONSTRAINT pk_recording_parts PRIMARY KEY (recording_id, side, part),
  CONSTRAINT uq_recording_parts_name UNIQUE (name),
  CONSTRAINT ck_recording_parts_side_known CHECK (side IN ('caller', 'cast')),
  CONSTRAINT ck_recording_parts_part_bounds CHECK (part BETWEEN 0 AND 999),
  CONSTRAINT ck_recording_parts_name_is_a_file CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._-]{0,199}$'),
  CONSTRAINT ck_recording_parts_media_type_known CHECK (media_type ~ '^(audio|video)/(webm|mp4)$'),
  CONSTRAINT ck_recording_parts_not_negative CHECK (length_ms >= 0 AND size >= 0),
  CONSTRAINT fk_recording_parts_recording_id FOREIGN KEY(recording_id) REFERENCES recordings (id) ON DELETE CASCADE
);

ALTER TABLE recordings ADD CONSTRAINT fk_recordings_caller_consent FOREIGN KEY(id, caller_consent) REFERENCES recording_consents (recording_id, side);
ALTER TABLE recordings ADD CONSTRAINT fk_recordings_cast_consent FOREIGN KEY(id, cast_consent) REFERENCES recording_consents (recording_id, side);

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
-- What was asked, when and for how long is settled; a consent is never changed, and goes with its
-- recording alone.
GRANT SELECT, INSERT ON recording_consents TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON recordings TO hitotoki_app;
GRANT UPDATE (state, caller_consent, cast_consent, agreed_at, run_ms, running_since, seen_at,
  ended_at, ended_by, end_reason, keep_until, caller_deletes_at, cast_deletes_at, withdrawn_at,
  erased_at, untold) ON recordings TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON recording_parts TO hitotoki_app;
