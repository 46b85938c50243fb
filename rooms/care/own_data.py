"""What the site knows of a member, for that member to take along.

Of others it holds the names that they show alone; notices have no text: that may quote somebody.
"""

from datetime import date, datetime, time
from typing import TypeAlias

import sqlalchemy as sa

from foundation.database import Tx
from people.telephones import personal_data as telephones
from points import personal_data as points
from rooms.calling import personal_data as calls
from rooms.questions import personal_data as questions
from writing.board import personal_data as board
from writing.chat.care import personal_data as chats
from writing.letters import personal_data as letters

MOST_ROWS = 10_000

# Of each part, the columns that are its owner's own.
PARTS: dict[str, str] = {
    "account": """
SELECT member_number, nickname, email, birthday, locale, time_zone, portrait, hides_address,
  is_cast, created_at, confirmed_at, agreed_at FROM users WHERE id = :user""",
    "agreements": """
SELECT t.name, t.number AS version, t.holds_from, a.agreed_at FROM text_agreements a
JOIN site_texts t ON t.id = a.text_id WHERE a.user_id = :user ORDER BY a.agreed_at DESC, t.name""",
    "profile": "SELECT text, topics, languages, changed_at FROM profiles WHERE user_id = :user",
    "photos": """
SELECT name, width, height, made_at, of_profile, look, look_words FROM photos
WHERE user_id = :user ORDER BY position""",
    "rooms": """
SELECT r.id, r.title, r.topic, c.name_ja AS category, ARRAY(SELECT tag FROM room_tags t
  WHERE t.room_id = r.id ORDER BY t.position) AS tags, r.text, r.rate, r.allows_video, r.relayed,
  r.recording_since, r.published, r.booking, r.short_code, r.by_standby, r.by_application,
  r.by_telephone, r.takes_questions, r.takes_tab, r.look, r.look_words, r.created_at
FROM rooms r LEFT JOIN room_categories c ON c.id = r.category_id
WHERE r.cast_id = :user ORDER BY r.id""",
    "room_photos": """
SELECT p.room_id, o.name, p.position FROM room_photos p JOIN photos o ON o.id = p.photo_id
WHERE o.user_id = :user ORDER BY p.room_id, p.position""",
    "licences": """
SELECT c.name_ja AS category, l.checked_at FROM licences l
JOIN room_categories c ON c.id = l.category_id WHERE l.user_id = :user ORDER BY c.position""",
    "room_hours": """
SELECT h.room_id, h.weekday, h.starts, h.ends FROM room_hours h JOIN rooms r ON r.id = h.room_id
WHERE r.cast_id = :user ORDER BY h.room_id, h.weekday, h.starts""",
    "talks": """
SELECT t.id, CASE WHEN t.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, t.rate, t.with_video, t.medium, t.entered_at,
  t.ended_at, t.end_reason, t.connected_ms, t.reservation_id,
  CASE WHEN t.caller_id = :user THEN t.pays END AS pays
FROM talks t JOIN rooms r ON r.id = t.room_id
JOIN users o ON o.id = CASE WHEN t.caller_id = :user THEN t.cast_id ELSE t.caller_id END
WHERE :user IN (t.caller_id, t.cast_id) ORDER BY t.id DESC""",
    "reservations": """
SELECT v.id, CASE WHEN v.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, v.starts_at, v.ends_at, v.minutes, v.rate, v.points,
  v.medium, v.line_fee, v.state, v.created_at, v.booked_at, v.cancelled_at, v.declined_at,
  CASE WHEN v.caller_id = :user THEN v.message ELSE v.words END AS written
FROM reservations v JOIN rooms r ON r.id = v.room_id
JOIN users o ON o.id = CASE WHEN v.caller_id = :user THEN v.cast_id ELSE v.caller_id END
WHERE :user IN (v.caller_id, v.cast_id) ORDER BY v.id DESC""",
    "requests": """
SELECT q.id, CASE WHEN q.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, q.minutes, q.rate, q.points, q.medium, q.state,
  q.created_at, q.answered_at,
  CASE WHEN q.caller_id = :user THEN q.message ELSE q.words END AS written
FROM reservation_requests q JOIN rooms r ON r.id = q.room_id
JOIN users o ON o.id = CASE WHEN q.caller_id = :user THEN q.cast_id ELSE q.caller_id END
WHERE :user IN (q.caller_id, q.cast_id) ORDER BY q.id DESC""",
    "talk_applications": """
SELECT a.id, CASE WHEN a.caller_id = :user THEN 'caller' ELSE 'cast' END AS side,
  o.nickname AS with_name, r.title AS room, a.rate, a.medium, a.minutes, a.made_at, a.wait_until,
  a.state, a.rung_at, a.ended_at,
  CASE WHEN a.caller_id = :user THEN a.words ELSE a.reply END AS written
FROM talk_applications a JOIN rooms r ON r.id = a.room_id
JOIN users o ON o.id = CASE WHEN a.caller_id = :user THEN a.cast_id ELSE a.caller_id END
WHERE :user IN (a.caller_id, a.cast_id) ORDER BY a.id DESC""",
    "messages": """
SELECT m.talk_id, m.at, m.text FROM messages m JOIN talks t ON t.id = m.talk_id
WHERE m.side = 'caller' AND t.caller_id = :user OR m.side = 'cast' AND t.cast_id = :user
ORDER BY m.id DESC""",
    **questions.OWN_PARTS,
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
    "ratings": """
SELECT r.talk_id, k.nickname AS about, r.stars, r.text, r.rated_at, r.changed_at, r.hidden_for
FROM ratings r JOIN users k ON k.id = r.cast_id WHERE r.caller_id = :user
ORDER BY r.talk_id DESC""",
    # As a cast: the stars, and one's own answers.
    "ratings_received": """
SELECT talk_id, stars, rated_at, answer, answered_at, hidden_for FROM ratings
WHERE cast_id = :user ORDER BY talk_id DESC""",
    "ratings_of_callers": """
SELECT w.talk_id, c.nickname AS about, w.good, w.words, w.rated_at FROM caller_ratings w
JOIN users c ON c.id = w.caller_id WHERE w.cast_id = :user ORDER BY w.talk_id DESC""",
    # As a caller: what it comes to, from as many on as casts are shown.
    "standing": """
SELECT count(*) FILTER (WHERE good) AS good, count(*) AS rated FROM caller_ratings
WHERE caller_id = :user AND linked_by IS NULL HAVING count(*) >= 3""",
    "traces": "SELECT kind, day FROM traces WHERE user_id = :user ORDER BY day DESC, kind",
    "claims": """
SELECT talk_id, reservation_id, letter_id, kind, text, state, points, created_at, decided_at,
  reason AS answer FROM claims WHERE user_id = :user ORDER BY id DESC""",
    "purchases": """
SELECT id, points, bonus, price_yen, method, state, created_at, paid_at, addressee
FROM purchases WHERE user_id = :user ORDER BY id DESC""",
    # As a cast: of an account what its owner is shown, for the rest of its words is sealed.
    "payout_profile": """
SELECT category, registration, company FROM payout_profiles WHERE user_id = :user""",
    "registration_days": """
SELECT registration, since FROM registration_days WHERE user_id = :user ORDER BY id DESC""",
    "bank_accounts": """
SELECT bank, branch, tail, holder_kind, made_at, effective_at, replaced_at, confirmed_at
FROM bank_accounts WHERE user_id = :user ORDER BY id DESC""",
    "payouts": """
SELECT p.id, p.way, p.state, p.gross, p.bank_fee, p.withheld, p.net, p.category, p.registration,
  p.seller, p.tax_percent, p.requested_at, p.month, a.bank, a.branch, a.tail, p.paid_at,
  p.rejected_at, p.called_off_at, p.why
FROM payouts p LEFT JOIN bank_accounts a ON a.id = p.account_id
WHERE p.user_id = :user ORDER BY p.id DESC""",
    "payout_objections": """
SELECT o.payout_id, o.text, o.at, o.answer, o.answered_at FROM payout_objections o
JOIN payouts p ON p.id = o.payout_id WHERE p.user_id = :user ORDER BY o.payout_id DESC""",
    "payout_stops": """
SELECT reason, made_at, lifted_at FROM payout_stops WHERE user_id = :user ORDER BY id DESC""",
    # What staff have proposed and not decided is not told yet.
    "payout_verdicts": """
SELECT verdict, amount, reason, decided_at FROM payout_verdicts
WHERE user_id = :user AND state = 'done' ORDER BY id DESC""",
    "payout_terms": """
SELECT text, given_at FROM payout_terms WHERE user_id = :user ORDER BY id DESC""",
    "spending_limits": """
SELECT day_points, month_points, cool_off_until, next_day_points, next_month_points, next_from
FROM spending_limits WHERE user_id = :user""",
    "tab": "SELECT yen AS limit_yen, opened_at, changed_at FROM tabs WHERE user_id = :user",
    "bills": """
SELECT b.id, b.yen, b.paid, b.written_off, b.state, b.made_at, b.due_at, b.paid_at
FROM tab_bills b WHERE b.user_id = :user ORDER BY b.id""",
    "bill_lines": """
SELECT bill_id, talk_id, reservation_id, letter_id, yen, returned, made_at FROM tab_bill_lines
WHERE user_id = :user ORDER BY id""",
    "bill_money": """
SELECT p.kind, p.yen, p.taken_back, p.placed, p.received_at,
  ARRAY(SELECT x.bill_id || ':' || x.yen FROM tab_bill_payments x WHERE x.payment_id = p.id
    ORDER BY x.id) AS pays
FROM tab_payments p WHERE p.user_id = :user ORDER BY p.id""",
    "notices": """
SELECT kind, title, link, created_at, read_at FROM notices WHERE user_id = :user
  AND kind <> 'online' ORDER BY id DESC""",
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
    "viewed_rooms": """
SELECT r.title AS room, u.nickname AS cast_name, v.viewed_at FROM room_views v
JOIN rooms r ON r.id = v.room_id JOIN users u ON u.id = r.cast_id
WHERE v.user_id = :user ORDER BY v.viewed_at DESC""",
    "view_history": "SELECT since AS off_since FROM views_off WHERE user_id = :user",
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
    # The name that was checked is sealed, and stands on its owner's own page.
    "identity": """
SELECT state, decided_at, words AS answer, allowed_until, legal_name IS NOT NULL AS name_kept
FROM identity_checks WHERE user_id = :user""",
    "inquiries": """
SELECT email, category, text, state, created_at, decided_at, words AS answer
FROM inquiries WHERE user_id = :user ORDER BY id DESC""",
    "sign_ins": """
SELECT browser, system, created_at, seen_at, proved_at IS NOT NULL AS second_factor
FROM sessions WHERE user_id = :user ORDER BY seen_at DESC""",
    "passkeys": "SELECT name, made_at, used_at FROM passkeys WHERE user_id = :user ORDER BY id",
    "push_devices": """
SELECT made_at, last_ok_at FROM push_subscriptions WHERE user_id = :user ORDER BY id""",
    **letters.OWN_PARTS,
    **chats.OWN_PARTS,
    **telephones.OWN_PARTS,
    **calls.OWN_PARTS,
    **points.OWN_PARTS,
    **board.OWN_PARTS,
}
# What one has once, or not at all.
SINGLE = frozenset(
    {
        "account", "profile", "spending_limits", "identity", "view_history", "day",
        "payout_profile", "tab", "pays_by_itself", "telephone", "telephone_digits", "spoken_name",
        "answering_member", "letter_offer", "chat_choice",
    }
)  # fmt: skip
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
