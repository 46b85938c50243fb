"""What the site knows of a member, for that member to take along.

Of other people it holds the names that they show, and nothing else: neither what they wrote nor
who they are. Notices come without their text, for that may quote somebody.
"""

from datetime import date, datetime, time
from typing import TypeAlias

import sqlalchemy as sa

from foundation.database import Tx

MOST_ROWS = 10_000

# Of each part, the columns that are its owner's own.
PARTS: dict[str, str] = {
    "account": """
SELECT member_number, nickname, email, birthday, locale, time_zone, portrait, hides_address,
  is_cast, created_at,
  confirmed_at, agreed_at FROM users WHERE id = :user""",
    "profile": "SELECT text, topics, changed_at FROM profiles WHERE user_id = :user",
    "photos": """
SELECT name, width, height, made_at FROM photos WHERE user_id = :user ORDER BY position""",
    "rooms": """
SELECT id, title, topic, text, rate, allows_video, relayed, recording_since, published, booking,
  created_at
FROM rooms WHERE cast_id = :user ORDER BY id""",
    "room_hours": """
SELECT h.room_id, h.weekday, h.starts, h.ends FROM room_hours h JOIN rooms r ON r.id = h.room_id
WHERE r.cast_id = :user ORDER BY h.room_id, h.weekday, h.starts""",
    "talks": """
SELECT t.id, CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, t.rate, t.with_video, t.entered_at, t.ended_at,
  t.end_reason, t.connected_ms, t.reservation_id
FROM talks t JOIN rooms r ON r.id = t.room_id
JOIN users o ON o.id = CASE WHEN t.caller_id = :user THEN t.cast_id ELSE t.caller_id END
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY t.id DESC""",
    "reservations": """
SELECT v.id, CASE WHEN v.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, v.starts_at, v.ends_at, v.minutes, v.rate, v.points,
  v.state, v.created_at, v.booked_at, v.cancelled_at, v.declined_at,
  CASE WHEN v.caller_id = :user THEN v.message ELSE v.words END AS written
FROM reservations v JOIN rooms r ON r.id = v.room_id
JOIN users o ON o.id = CASE WHEN v.caller_id = :user THEN v.cast_id ELSE v.caller_id END
WHERE :user IN (v.caller_id, v.cast_id) ORDER BY v.id DESC""",
    "requests": """
SELECT q.id, CASE WHEN q.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, q.minutes, q.rate, q.points, q.state, q.created_at,
  q.answered_at, CASE WHEN q.caller_id = :user THEN q.message ELSE q.words END AS written
FROM reservation_requests q JOIN rooms r ON r.id = q.room_id
JOIN users o ON o.id = CASE WHEN q.caller_id = :user THEN q.cast_id ELSE q.caller_id END
WHERE :user IN (q.caller_id, q.cast_id) ORDER BY q.id DESC""",
    "messages": """
SELECT m.talk_id, m.at, m.text FROM messages m JOIN talks t ON t.id = m.talk_id
WHERE m.side = 'caller' AND t.caller_id = :user OR m.side = 'cast' AND t.cast_id = :user
ORDER BY m.id DESC""",
    # The recordings themselves are of two people; each watches them on the site.
    "recordings": """
SELECT r.id, r.talk_id, r.asked_by, r.asked_at, r.state, c.agreed_at, c.locale, c.wording,
  r.ended_at, r.end_reason, r.run_ms, r.keep_until, r.erased_at FROM recordings r
JOIN talks t ON t.id = r.talk_id LEFT JOIN recording_consents c ON c.recording_id = r.id
  AND c.side = CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY r.id DESC""",
    "signals": """
SELECT b.talk_id, b.at, b.media, b.packets, b.lost, b.rtt_ms, b.hidden, b.audio_received,
  b.audio_sent, b.video_received, b.video_sent
FROM talks t JOIN beats b ON b.talk_id = t.id
  AND b.side = CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY b.talk_id DESC, b.at DESC""",
    # What it compares with the other side's own telling is not in it.
    "signal_digests": """
SELECT d.talk_id, (d.sides -> CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END)
  - 'reported' - 'contradicting_ms' AS told
FROM talks t JOIN talk_digests d ON d.talk_id = t.id
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY d.talk_id DESC""",
    "claims": """
SELECT talk_id, reservation_id, kind, text, state, points, created_at, decided_at, reason AS answer
FROM claims WHERE user_id = :user ORDER BY id DESC""",
    "purchases": """
SELECT id, points, bonus, price_yen, method, state, created_at, paid_at, addressee
FROM purchases WHERE user_id = :user ORDER BY id DESC""",
    "spending_limits": """
SELECT day_points, month_points, cool_off_until, next_day_points, next_month_points, next_from
FROM spending_limits WHERE user_id = :user""",
    "notices": """
SELECT kind, title, link, created_at, read_at FROM notices WHERE user_id = :user
  AND kind <> 'online'
ORDER BY id DESC""",
    "notification_choices": """
SELECT topic, channel, wanted FROM notification_choices WHERE user_id = :user
ORDER BY topic, channel""",
    "day": "SELECT pause_seconds, stood_by_at FROM cast_days WHERE cast_id = :user",
    # What casts noted of this member is theirs.
    "caller_notes": """
SELECT u.nickname AS about, n.text, n.changed_at FROM caller_notes n
JOIN users u ON u.id = n.caller_id WHERE n.cast_id = :user ORDER BY n.changed_at DESC""",
    "claim_answers": """
SELECT claim_id, asked_at, until, text, said_at FROM claim_answers WHERE cast_id = :user
ORDER BY claim_id DESC""",
    "favourites": """
SELECT u.nickname AS name, f.made_at, f.tells FROM favourites f JOIN users u ON u.id = f.cast_id
WHERE f.user_id = :user ORDER BY f.made_at DESC""",
    "blocks": """
SELECT u.nickname AS name, b.created_at FROM blocks b JOIN users u ON u.id = b.blocked_id
WHERE b.blocker_id = :user ORDER BY b.created_at DESC""",
    "reports": """
SELECT u.nickname AS about, r.kind, r.text, r.state, r.created_at FROM reports r
JOIN users u ON u.id = r.subject_id WHERE r.reporter_id = :user ORDER BY r.id DESC""",
    "sanctions": """
SELECT kind, words, made_at, until, lifted_at FROM sanctions WHERE user_id = :user
ORDER BY id DESC""",
    "applications": """
SELECT email, name, about, message, state, created_at, decided_at, words AS answer
FROM applications WHERE user_id = :user ORDER BY id DESC""",
    "inquiries": """
SELECT email, category, text, state, created_at, decided_at, words AS answer
FROM inquiries WHERE user_id = :user ORDER BY id DESC""",
    "sign_ins": """
SELECT browser, system, created_at, seen_at, proved_at IS NOT NULL AS second_factor
FROM sessions WHERE user_id = :user ORDER BY seen_at DESC""",
    "passkeys": """
SELECT name, made_at, used_at FROM passkeys WHERE user_id = :user ORDER BY id""",
    "push_devices": """
SELECT made_at, last_ok_at FROM push_subscriptions WHERE user_id = :user ORDER BY id""",
}
# What one has once, or not at all.
SINGLE = frozenset({"account", "profile", "spending_limits", "day"})
# A row by its columns' names, with values of any kind that JSON knows.
Part: TypeAlias = dict[str, object]
_QUERIES = {name: sa.text(f"{query} LIMIT :most") for name, query in PARTS.items()}


async def part(tx: Tx, user_id: int, name: str) -> Part | list[Part] | None:
    """Return one part of what the site knows of a user: rows, the latest `MOST_ROWS` of them."""
    found = await tx.execute(_QUERIES[name], {"user": user_id, "most": MOST_ROWS})
    rows = [_plain(row) for row in found.mappings()]
    if name in SINGLE:
        return rows[0] if rows else None
    return rows


def _plain(row: sa.RowMapping) -> Part:
    return {
        name: value.isoformat() if isinstance(value, (datetime, date, time)) else value
        for name, value in row.items()
    }
