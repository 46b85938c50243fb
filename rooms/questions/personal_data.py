"""What the site knows of a member's questions, for that member to take along."""

# Of each part, the columns that are its owner's own.
OWN_PARTS: dict[str, str] = {
    # What the other wrote is theirs.
    "questions": """
SELECT t.id, s.side, o.nickname AS with_name, r.title AS room, t.opened_at, t.last_at, t.closed_at
FROM question_sides s JOIN question_threads t ON t.id = s.thread_id
JOIN rooms r ON r.id = t.room_id
JOIN users o ON o.id = CASE WHEN s.side = 'caller' THEN t.cast_id ELSE t.caller_id END
WHERE s.user_id = :user ORDER BY t.id DESC""",
    "question_messages": """
SELECT m.thread_id AS question_id, m.at, m.text FROM question_messages m
JOIN question_sides s ON s.thread_id = m.thread_id AND s.side = m.side
WHERE s.user_id = :user ORDER BY m.id DESC""",
}
