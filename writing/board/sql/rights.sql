-- What the application's role may do here. A table that no such file names, it may change freely.
REVOKE ALL ON board_topics, board_answers, board_additions, board_reports FROM hitotoki_app;
-- Whose it is and where never changes, and an address once given stays: words go, places don't.
GRANT SELECT, INSERT ON board_topics, board_answers, board_reports TO hitotoki_app;
GRANT UPDATE (category, title, text, pen_name, members_only, danger, waits, edited_at, shown_at,
  closed_at, deleted_at, hidden_at, hidden_by, hidden_for, hidden_words, answers, unread,
  unread_since, told_at, mailed_at, called_at) ON board_topics TO hitotoki_app;
GRANT UPDATE (text, danger, edited_at, deleted_at, hidden_at, hidden_by, hidden_for, hidden_words,
  thanked_at, helpful) ON board_answers TO hitotoki_app;
-- What was added stays as it was, or goes.
GRANT SELECT, INSERT, DELETE ON board_additions TO hitotoki_app;
GRANT UPDATE (said, state, closed_by, closed_at, words) ON board_reports TO hitotoki_app;
