"""What of consultations a member may take along: their own words, and what came of them."""

OWN_PARTS: dict[str, str] = {
    "chats": """
SELECT c.id, s.side, o.nickname AS with_name, c.category,
  CASE WHEN s.side = 'caller' THEN c.wishes END AS wishes, c.points, c.days, c.state, c.sent_at,
  c.taken_at, c.ended_at, c.ended_how, c.reopened_at
FROM chat_sides s JOIN chats c ON c.id = s.chat_id
LEFT JOIN users o ON o.id = CASE WHEN s.side = 'caller' THEN c.member_id ELSE c.caller_id END
WHERE s.user_id = :user ORDER BY c.id DESC""",
    "chat_messages": """
SELECT m.chat_id, m.at, m.text, m.photos,
  ARRAY(SELECT '/chats/' || m.chat_id || '/photos/' || p.name FROM chat_photos p
    WHERE p.message_id = m.id ORDER BY p.id) AS photo_links
FROM chat_messages m WHERE m.sender_id = :user ORDER BY m.id DESC""",
    "chat_days": """
SELECT d.chat_id, d.day, d.points, d.state, d.starts_at, d.ends_at,
  CASE WHEN d.member_id = :user THEN d.share END AS share
FROM chat_days d JOIN chats c ON c.id = d.chat_id
WHERE :user IN (c.caller_id, d.member_id) ORDER BY d.chat_id DESC, d.day""",
    "chat_handovers": """
SELECT h.chat_id, f.nickname AS from_name, t.nickname AS to_name, h.offered_at, h.agreed_at,
  h.closed_at, h.came_to
FROM chat_handovers h JOIN chats c ON c.id = h.chat_id
JOIN users f ON f.id = h.from_id JOIN users t ON t.id = h.to_id
WHERE :user IN (c.caller_id, h.from_id, h.to_id) ORDER BY h.id DESC""",
    "chat_choice": """
SELECT nominable, most_open, quiet, changed_at, visited_at, off_at FROM chat_members
WHERE user_id = :user""",
}
