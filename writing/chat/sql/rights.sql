-- What the application's role may do here. A table that no such file names, it may change freely.
-- Who asked, and for how much, is settled when it is sent, and none is ever deleted.
REVOKE ALL ON chats, chat_days, chat_messages, chat_photos, chat_handovers FROM hitotoki_app;
GRANT SELECT, INSERT ON chats, chat_days, chat_handovers TO hitotoki_app;
GRANT UPDATE (wishes, to_all, state, asked_at, member_id, taken_at, answered_at, ended_at, ended_how,
  stopped_for, reopened_at, last_at) ON chats TO hitotoki_app;
GRANT UPDATE (state, starts_at, ends_at, member_id, settled_at, silent) ON chat_days TO hitotoki_app;
GRANT UPDATE (agreed_at, closed_at, came_to) ON chat_handovers TO hitotoki_app;
-- What was written stays as it was until it goes; a right on one column is what locking a row takes.
GRANT SELECT, INSERT, DELETE, UPDATE (side) ON chat_messages TO hitotoki_app;
GRANT SELECT, INSERT, DELETE ON chat_photos TO hitotoki_app;
