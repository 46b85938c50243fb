-- Calls by telephone: orders, calls, what each dialling cost, and by which medium one talks.

ALTER TABLE rooms ADD COLUMN by_telephone BOOLEAN DEFAULT false NOT NULL;

ALTER TABLE standbys
  ADD COLUMN medium TEXT DEFAULT 'browser' NOT NULL,
  ADD COLUMN until TIMESTAMP WITH TIME ZONE,
  ADD COLUMN misses SMALLINT DEFAULT '0' NOT NULL,
  ADD CONSTRAINT ck_standbys_medium_known CHECK (medium IN ('browser', 'telephone')),
  ADD CONSTRAINT ck_standbys_telephone_has_end CHECK ((medium = 'telephone') = (until IS NOT NULL)),
  ADD CONSTRAINT ck_standbys_misses_bounds CHECK (misses BETWEEN 0 AND 1);

ALTER TABLE talks
  ADD COLUMN medium TEXT DEFAULT 'browser' NOT NULL,
  ADD COLUMN line_fee INTEGER DEFAULT '0' NOT NULL,
  ADD CONSTRAINT ck_talks_medium_known CHECK (medium IN ('browser', 'telephone')),
  ADD CONSTRAINT ck_talks_line_fee_within_rate CHECK (line_fee >= 0 AND share + line_fee <= rate AND (line_fee = 0 OR medium = 'telephone')),
  ADD CONSTRAINT ck_talks_no_video_by_telephone CHECK (medium = 'browser' OR NOT with_video);

CREATE TABLE telephone_gateways (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  seen_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  away TEXT,
  legs INTEGER DEFAULT '0' NOT NULL,
  CONSTRAINT pk_telephone_gateways PRIMARY KEY (id),
  CONSTRAINT ck_telephone_gateways_away_length CHECK (length(away) BETWEEN 1 AND 40),
  CONSTRAINT ck_telephone_gateways_legs_not_negative CHECK (legs >= 0)
);

CREATE TABLE calls (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  room_id BIGINT NOT NULL,
  caller_id BIGINT NOT NULL,
  cast_id BIGINT NOT NULL,
  asked_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  state TEXT DEFAULT 'asked' NOT NULL,
  ring TEXT NOT NULL,
  answer TEXT NOT NULL,
  rate INTEGER NOT NULL,
  line_fee INTEGER NOT NULL,
  pays TEXT DEFAULT 'points' NOT NULL,
  spend_cap_minutes INTEGER,
  reservation_id BIGINT,
  caller_leg TEXT DEFAULT 'none' NOT NULL,
  cast_leg TEXT DEFAULT 'none' NOT NULL,
  gateway BIGINT,
  alive_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  standby_until TIMESTAMP WITH TIME ZONE,
  standby_misses SMALLINT DEFAULT '0' NOT NULL,
  stop_asked_by TEXT,
  talk_id BIGINT,
  ended_at TIMESTAMP WITH TIME ZONE,
  why TEXT,
  refusal TEXT,
  CONSTRAINT pk_calls PRIMARY KEY (id),
  CONSTRAINT fk_calls_room_id_cast_id FOREIGN KEY(room_id, cast_id) REFERENCES rooms (id, cast_id),
  CONSTRAINT ck_calls_two_people CHECK (caller_id <> cast_id),
  CONSTRAINT ck_calls_state_known CHECK (state IN ('asked', 'ringing', 'guided', 'joined', 'ended')),
  CONSTRAINT ck_calls_ring_known CHECK (ring IN ('caller_first', 'cast_first', 'both', 'caller_is_there')),
  CONSTRAINT ck_calls_answer_known CHECK (answer IN ('key', 'pickup')),
  CONSTRAINT ck_calls_caller_leg_known CHECK (caller_leg IN ('none', 'dialling', 'ringing', 'answered', 'over')),
  CONSTRAINT ck_calls_cast_leg_known CHECK (cast_leg IN ('none', 'dialling', 'ringing', 'answered', 'over')),
  CONSTRAINT ck_calls_why_known CHECK (why IN ('talked', 'called_off', 'caller_busy', 'caller_declined', 'caller_no_answer', 'caller_unreachable', 'caller_unconfirmed', 'caller_hung_up', 'cast_busy', 'cast_declined', 'cast_no_answer', 'cast_unreachable', 'cast_unconfirmed', 'cast_hung_up', 'refused', 'line_failed')),
  CONSTRAINT ck_calls_stop_known CHECK (stop_asked_by IN ('caller', 'cast', 'site')),
  CONSTRAINT ck_calls_fee_within_rate CHECK (rate > 0 AND line_fee >= 0 AND line_fee < rate),
  CONSTRAINT ck_calls_pays_known CHECK (pays IN ('points', 'tab')),
  CONSTRAINT ck_calls_spend_cap_bounds CHECK (spend_cap_minutes BETWEEN 1 AND 1440),
  CONSTRAINT ck_calls_misses_bounds CHECK (standby_misses BETWEEN 0 AND 2),
  CONSTRAINT ck_calls_ended_with_reason CHECK ((state = 'ended') = (ended_at IS NOT NULL) AND (state = 'ended') = (why IS NOT NULL)),
  CONSTRAINT ck_calls_joined_is_a_talk CHECK ((state <> 'joined' OR talk_id IS NOT NULL) AND (talk_id IS NULL OR state IN ('joined', 'ended')) AND coalesce((why = 'talked') = (talk_id IS NOT NULL), true)),
  CONSTRAINT ck_calls_refused_in_words CHECK (length(refusal) BETWEEN 1 AND 300 AND (refusal IS NULL OR why = 'refused')),
  CONSTRAINT fk_calls_caller_id FOREIGN KEY(caller_id) REFERENCES users (id),
  CONSTRAINT fk_calls_reservation_id FOREIGN KEY(reservation_id) REFERENCES reservations (id),
  CONSTRAINT uq_calls_talk_id UNIQUE (talk_id),
  CONSTRAINT fk_calls_talk_id FOREIGN KEY(talk_id) REFERENCES talks (id)
)
 WITH (fillfactor = 70);
CREATE INDEX ix_calls_caller ON calls (caller_id, id);
CREATE INDEX ix_calls_cast ON calls (cast_id, id);
CREATE INDEX ix_calls_live_room ON calls (room_id) WHERE ended_at IS NULL;
CREATE INDEX ix_calls_reservation ON calls (reservation_id) WHERE reservation_id IS NOT NULL;
CREATE UNIQUE INDEX uq_calls_live_caller ON calls (caller_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX uq_calls_live_cast ON calls (cast_id) WHERE ended_at IS NULL;

CREATE TABLE call_attempts (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  call_id BIGINT NOT NULL,
  side TEXT NOT NULL,
  incoming BOOLEAN DEFAULT false NOT NULL,
  dialled_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  answered_at TIMESTAMP WITH TIME ZONE,
  ended_at TIMESTAMP WITH TIME ZONE,
  end_word TEXT,
  cost_yen INTEGER,
  CONSTRAINT pk_call_attempts PRIMARY KEY (id),
  CONSTRAINT ck_call_attempts_side_known CHECK (side IN ('caller', 'cast')),
  CONSTRAINT ck_call_attempts_end_known CHECK (end_word IN ('they_hung_up', 'we_hung_up', 'silent', 'busy', 'declined', 'no_answer', 'unreachable', 'line_failed', 'unconfirmed')),
  CONSTRAINT ck_call_attempts_cost_not_negative CHECK (cost_yen >= 0),
  CONSTRAINT ck_call_attempts_ended_with_cost CHECK ((ended_at IS NULL) = (end_word IS NULL) AND (ended_at IS NULL) = (cost_yen IS NULL)),
  CONSTRAINT fk_call_attempts_call_id FOREIGN KEY(call_id) REFERENCES calls (id) ON DELETE CASCADE
);
CREATE INDEX ix_call_attempts_call ON call_attempts (call_id, id);
CREATE INDEX ix_call_attempts_open ON call_attempts (id) WHERE ended_at IS NULL;
CREATE INDEX ix_call_attempts_dialled ON call_attempts (dialled_at) INCLUDE (cost_yen);

CREATE TABLE telephone_orders (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  call_id BIGINT,
  user_id BIGINT NOT NULL,
  subject BIGINT,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  void_at TIMESTAMP WITH TIME ZONE NOT NULL,
  taken_by BIGINT,
  taken_at TIMESTAMP WITH TIME ZONE,
  CONSTRAINT pk_telephone_orders PRIMARY KEY (id),
  CONSTRAINT ck_telephone_orders_kind_known CHECK (kind IN ('call', 'prove', 'hang_up')),
  CONSTRAINT ck_telephone_orders_of_a_call CHECK ((kind = 'prove') = (call_id IS NULL)),
  CONSTRAINT ck_telephone_orders_of_a_proof CHECK ((kind = 'prove') = (subject IS NOT NULL)),
  CONSTRAINT ck_telephone_orders_has_a_term CHECK (void_at > made_at),
  CONSTRAINT ck_telephone_orders_taken_by_one CHECK ((taken_by IS NULL) = (taken_at IS NULL)),
  CONSTRAINT fk_telephone_orders_call_id FOREIGN KEY(call_id) REFERENCES calls (id) ON DELETE CASCADE,
  CONSTRAINT fk_telephone_orders_user_id FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);
CREATE INDEX ix_telephone_orders_call ON telephone_orders (call_id);
CREATE INDEX ix_telephone_orders_open ON telephone_orders (id) WHERE taken_at IS NULL;
CREATE INDEX ix_telephone_orders_user ON telephone_orders (user_id);
CREATE INDEX ix_telephone_orders_void ON telephone_orders (void_at);

CREATE TABLE call_news (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  kind TEXT NOT NULL,
  subject BIGINT NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_call_news PRIMARY KEY (id),
  CONSTRAINT ck_call_news_kind_known CHECK (kind IN ('call', 'talk', 'room', 'person'))
);

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON telephone_gateways, telephone_orders, call_news TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE ON calls TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON call_attempts TO hitotoki_app;
-- A call that is over stays as it was.
CREATE TRIGGER never_changed_when_over BEFORE UPDATE ON calls
  FOR EACH ROW WHEN (OLD.state = 'ended')
  EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON calls
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
