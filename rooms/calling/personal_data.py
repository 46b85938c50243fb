"""What the site knows of a member's calls by telephone, for that member to take along."""

# Of each part, the columns that are its owner's own.
OWN_PARTS: dict[str, str] = {
    "calls": """
SELECT c.id, CASE WHEN c.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, c.rate, c.line_fee, c.pays, c.asked_at, c.ended_at,
  c.why, c.talk_id
FROM calls c JOIN rooms r ON r.id = c.room_id
JOIN users o ON o.id = CASE WHEN c.caller_id = :user THEN c.cast_id ELSE c.caller_id END
WHERE :user IN (c.caller_id, c.cast_id) ORDER BY c.id DESC""",
}
