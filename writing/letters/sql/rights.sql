-- What the application's role may do here. A table that no such file names, it may change freely.
-- What was agreed when a letter was sent is settled, and none is ever deleted.
REVOKE ALL ON letters, letter_texts FROM hitotoki_app;
GRANT SELECT, INSERT ON letters TO hitotoki_app;
GRANT UPDATE (state, ended_at, stopped_for, seen_at, back_until, asked_back_at, answered_back_at) ON
  letters TO hitotoki_app;
-- What was written stays as it was until it goes; a right on one column is what locking a row takes.
GRANT SELECT, INSERT, DELETE, UPDATE (part) ON letter_texts TO hitotoki_app;
