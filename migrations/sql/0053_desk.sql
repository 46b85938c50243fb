-- The staff's desk: owners of cases, decisions that can still be undone, notes about members.
CREATE TABLE case_owners (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  claim_id BIGINT,
  report_id BIGINT,
  owner_id BIGINT NOT NULL,
  since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_case_owners PRIMARY KEY (id),
  CONSTRAINT ck_case_owners_of_one_case CHECK (num_nonnulls(claim_id, report_id) = 1),
  CONSTRAINT uq_case_owners_claim UNIQUE (claim_id),
  CONSTRAINT uq_case_owners_report UNIQUE (report_id),
  CONSTRAINT fk_case_owners_claim_id FOREIGN KEY(claim_id) REFERENCES claims (id),
  CONSTRAINT fk_case_owners_report_id FOREIGN KEY(report_id) REFERENCES reports (id),
  CONSTRAINT fk_case_owners_owner_id FOREIGN KEY(owner_id) REFERENCES users (id)
);

CREATE TABLE due_decisions (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  claim_id BIGINT,
  report_id BIGINT,
  actor_id BIGINT NOT NULL,
  act TEXT NOT NULL,
  points BIGINT,
  reason TEXT DEFAULT '' NOT NULL,
  at_once TEXT DEFAULT '' NOT NULL,
  made_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  due_at TIMESTAMP WITH TIME ZONE NOT NULL,
  failed TEXT,
  CONSTRAINT pk_due_decisions PRIMARY KEY (id),
  CONSTRAINT ck_due_decisions_of_one_case CHECK (num_nonnulls(claim_id, report_id) = 1),
  CONSTRAINT ck_due_decisions_act_known CHECK (act IN ('return', 'agree', 'decline', 'close')),
  CONSTRAINT ck_due_decisions_act_fits CHECK ((act = 'close') = (report_id IS NOT NULL)),
  CONSTRAINT ck_due_decisions_points_positive CHECK (points >= 1),
  CONSTRAINT ck_due_decisions_words_length CHECK (length(reason) <= 500 AND length(at_once) <= 500),
  CONSTRAINT ck_due_decisions_forward CHECK (due_at >= made_at),
  CONSTRAINT uq_due_decisions_claim UNIQUE (claim_id),
  CONSTRAINT uq_due_decisions_report UNIQUE (report_id),
  CONSTRAINT fk_due_decisions_claim_id FOREIGN KEY(claim_id) REFERENCES claims (id),
  CONSTRAINT fk_due_decisions_report_id FOREIGN KEY(report_id) REFERENCES reports (id),
  CONSTRAINT fk_due_decisions_actor_id FOREIGN KEY(actor_id) REFERENCES users (id)
);
CREATE INDEX ix_due_decisions_due ON due_decisions (due_at) WHERE failed IS NULL;
CREATE INDEX ix_due_decisions_actor ON due_decisions (actor_id);

CREATE TABLE staff_notes (
  id BIGINT GENERATED ALWAYS AS IDENTITY,
  user_id BIGINT NOT NULL,
  author_id BIGINT NOT NULL,
  text TEXT NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_staff_notes PRIMARY KEY (id),
  CONSTRAINT ck_staff_notes_text_length CHECK (length(text) BETWEEN 1 AND 1000),
  CONSTRAINT fk_staff_notes_user_id FOREIGN KEY(user_id) REFERENCES users (id),
  CONSTRAINT fk_staff_notes_author_id FOREIGN KEY(author_id) REFERENCES users (id)
);
CREATE INDEX ix_staff_notes_user ON staff_notes (user_id, id);

GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON case_owners, due_decisions, staff_notes TO hitotoki_app;
