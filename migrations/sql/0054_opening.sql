-- Whether the site is open to everyone, and what was tried and ticked on the way there.
CREATE TABLE site_opening (
  id SMALLINT NOT NULL,
  opened_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_site_opening PRIMARY KEY (id),
  CONSTRAINT ck_site_opening_one_row CHECK (id = 1)
);

CREATE TABLE opening_steps (
  step TEXT NOT NULL,
  state TEXT NOT NULL,
  note TEXT DEFAULT '' NOT NULL,
  at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
  CONSTRAINT pk_opening_steps PRIMARY KEY (step),
  CONSTRAINT ck_opening_steps_state_known CHECK (state IN ('asked', 'done', 'failed')),
  CONSTRAINT ck_opening_steps_step_length CHECK (length(step) BETWEEN 1 AND 40),
  CONSTRAINT ck_opening_steps_note_length CHECK (length(note) <= 500)
);

REVOKE ALL ON site_opening FROM hitotoki_app;
GRANT SELECT, INSERT ON site_opening TO hitotoki_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON opening_steps TO hitotoki_app;

-- A site that has members has been open.
INSERT INTO site_opening (id) SELECT 1 WHERE EXISTS (SELECT FROM users);
