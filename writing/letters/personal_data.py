"""What of letters a member may take along: their own words, and what came of them."""

OWN_PARTS: dict[str, str] = {
    "letters": """
SELECT l.id, CASE WHEN l.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, l.points, l.state, l.sent_at, l.due_at, l.ended_at, l.asked_back_at,
  l.answered_back_at,
  (SELECT string_agg(t.text, E'\\n\\n' ORDER BY t.at) FROM letter_texts t WHERE t.letter_id = l.id
    AND (t.part IN ('letter', 'back')) = (l.caller_id = :user)) AS written
FROM letters l
JOIN users o ON o.id = CASE WHEN l.caller_id = :user THEN l.cast_id ELSE l.caller_id END
WHERE :user IN (l.caller_id, l.cast_id) ORDER BY l.id DESC""",
    "letter_drafts": """
SELECT d.letter_id, d.text, d.saved_at FROM letter_drafts d JOIN letters l ON l.id = d.letter_id
WHERE l.cast_id = :user ORDER BY d.letter_id DESC""",
    "letter_offer": """
SELECT accepts, points, usual_hours, most_open, takes_tab, changed_at FROM letter_offers
WHERE user_id = :user""",
}
