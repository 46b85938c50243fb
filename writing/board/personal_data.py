"""What the board knows of a member, for that member to take along."""

# Of each part, the columns that are its owner's own.
OWN_PARTS: dict[str, str] = {
    "board_topics": """
SELECT id, category, title, text, pen_name, members_only, written_at, edited_at, shown_at,
  closed_at, deleted_at, hidden_at, hidden_for, hidden_words, answers
FROM board_topics WHERE user_id = :user ORDER BY id DESC""",
    "board_answers": """
SELECT id, topic_id, text, written_at, edited_at, deleted_at, hidden_at, hidden_for, hidden_words,
  thanked_at, helpful
FROM board_answers WHERE user_id = :user ORDER BY id DESC""",
    "board_additions": """
SELECT topic_id, answer_id, text, written_at FROM board_additions
WHERE user_id = :user ORDER BY id DESC""",
    "board_helpful": """
SELECT answer_id, marked_at FROM board_helpful WHERE user_id = :user ORDER BY answer_id DESC""",
    "board_pen_blocks": """
SELECT topic_id, since FROM board_pen_blocks WHERE user_id = :user ORDER BY topic_id DESC""",
    # What was reported is somebody else's.
    "board_reports": """
SELECT topic_id, answer_id, kind, text, state, created_at, words AS answer FROM board_reports
WHERE reporter_id = :user ORDER BY id DESC""",
    "answering_member": "SELECT since FROM answering_members WHERE user_id = :user",
}
