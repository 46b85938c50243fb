"""Withdrawal: a member goes for good. What was open ends by its rules, who they were is erased.

All of it is one transaction, so that nobody is ever half gone. The books keep every row.
"""

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import outbox
from notify.mail import letter
from notify.tables import notices
from payouts import going
from payouts.banks import naming
from people.accounts import accounts
from people.accounts.accounts import User
from people.desk import sanctions
from people.joining import erasure
from points import ledger
from points import personal_data as marks
from points.tab import closing
from rooms.care import stop_locks, stopping
from rooms.care.chats import chat_words
from rooms.care.letters import letter_words
from rooms.care.stopping import Stopped
from rooms.day import notes
from rooms.finding import history
from rooms.ground import refusals
from rooms.ground.live import live_call, live_talk
from rooms.questions import erasing
from rooms.ratings import forgetting
from rooms.recording import deleting
from rooms.talk import billing
from writing.board import erasing as board

REASON = "withdrawn"
TITLE = N_("退会の手続きが完了しました")
TEXT = N_(
    "これまでご利用いただき、ありがとうございました。\n\n"
    "お客様の情報を消去しました。お持ちだった%(points)sポイントは失効しました。"
    "取引の記録は、お名前のわからない形で帳簿に残ります。\n\n"
    "このメールアドレスで、いつでも新しくご登録いただけます。"
)
# What stands where a cast's own words stood.
ROOM_TITLE, ROOM_TOPIC = "退会した会員のルーム", "退会"


async def may_withdraw(tx: Tx, user: User) -> None:
    """Refuse who can't go now.

    Raises UserError `already_in_talk`, `last_administrator`, `tab_reserved` or `bills_open`.
    """
    await _must_not_talk(tx, user.id)
    await closing.must_be_settled(tx, user.id)
    if user.staff_role == "administrator" and not await sanctions.other_administrators(tx, user.id):
        raise refusals.last_administrator_withdraws()


async def _must_not_talk(tx: Tx, user_id: int) -> None:
    talk = await live_talk(tx, user_id)
    if talk is not None:
        raise refusals.in_talk_still(talk.id)
    call = await live_call(tx, user_id)
    if call is not None:
        raise refusals.in_call_now(call.id)


async def withdraw(
    tx: Tx, settings: Settings, user_id: int, password_hash: str, gives_up: int | None = None
) -> Stopped:
    """Let a member go for good; `password_hash` is one that nobody knows the password of.

    `gives_up` is what a cast gives up by their own word of what they earned, in yen. Returns what a
    door announces after the commit. Raises UserError as `may_withdraw` and `payouts.going` do.
    """
    user = await _locked(tx, user_id)
    if user.email == erasure.placeholder_email(user_id):
        return Stopped()
    await may_withdraw(tx, user)
    await billing.bill_all_of(tx, settings, user_id)
    await going.give_up(tx, settings, user_id, gives_up)
    await naming.erase(tx, user_id)
    # From here on, whoever is told of it is told of nobody.
    await erasure.anonymise(tx, user_id, password_hash)
    stopped = await stopping.stop_presence(tx, user_id)
    stopped.rooms += await stopping.stop_bookings(tx, settings, user_id)
    points = await ledger.forfeit(tx, user_id, reason=REASON)
    await closing.close(tx, user_id)
    stopped.rooms += await _close_rooms(tx, user_id)
    await deleting.withdraw(tx, user_id)
    await history.forget(tx, user_id)
    await erasing.withdraw(tx, user_id)
    await board.withdraw(tx, user_id)
    await letter_words.withdraw(tx, user_id)
    await chat_words.withdraw(tx, user_id)
    await forgetting.erase_words(tx, user_id)
    await notes.erase(tx, user_id)
    await _erase_words(tx, user)
    await marks.erase(tx, user_id)
    await erasure.erase(tx, user_id, user.email)
    await _farewell(tx, settings, user, points)
    return stopped


async def _locked(tx: Tx, user_id: int) -> User:
    """Lock everything that a withdrawal changes before who was there is nobody; return them."""
    user = await _user(tx, user_id)
    await may_withdraw(tx, user)
    await erasure.lock_forms(tx, user.email)
    # Of two administrators who go at once, the second sees that the first has gone.
    also = await sanctions.administrators(tx) if user.staff_role == "administrator" else []
    people = await stop_locks.lock_people(tx, user_id, *also)
    await marks.lock(tx, user_id)
    await going.lock(tx, user_id)
    await stop_locks.lock_open(tx, user_id, people)
    return await _user(tx, user_id)


async def _user(tx: Tx, user_id: int) -> User:
    user = await accounts.find_user(tx, user_id)
    assert user is not None
    return user


_ROOMS = sa.text("""
UPDATE rooms SET published = false, booking = 'none', title = :title, topic = :topic, text = '',
  portrait = NULL, category_id = NULL, look = 'none', look_words = NULL, sent_at = NULL,
  short_code = NULL
WHERE cast_id = :user RETURNING id
""")
_HOURS = sa.text(
    "DELETE FROM room_hours WHERE room_id IN (SELECT id FROM rooms WHERE cast_id = :user)"
)
_TAGS = sa.text(
    "DELETE FROM room_tags WHERE room_id IN (SELECT id FROM rooms WHERE cast_id = :user)"
)
_LICENCES = sa.text("DELETE FROM licences WHERE user_id = :user")
_CHANGES = sa.text(
    "DELETE FROM hour_exceptions WHERE room_id IN (SELECT id FROM rooms WHERE cast_id = :user)"
)


async def _close_rooms(tx: Tx, user_id: int) -> list[int]:
    words = {"title": ROOM_TITLE, "topic": ROOM_TOPIC}
    closed = list((await tx.execute(_ROOMS, words | {"user": user_id})).scalars())
    for erase in (_HOURS, _CHANGES, _TAGS, _LICENCES):
        await tx.execute(erase, {"user": user_id})
    return closed


# What both sides had to do with each other: the other one, and how their notices of it are known.
_SHARED = """
SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END AS other,
  '/reservations/' || id AS link, NULL AS key FROM reservations WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END, '/requests/' || id,
  NULL FROM reservation_requests WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END, '/talks/' || id, NULL
FROM talks WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END, '/messages/' || id,
  NULL FROM question_threads WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END, path || id, NULL
FROM talk_applications,
  unnest(ARRAY['/applications/', '/console/applications#application-']) AS path
WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT CASE WHEN caller_id = :user THEN cast_id ELSE caller_id END, '/letters/' || id,
  NULL FROM letters WHERE :user IN (caller_id, cast_id)
UNION ALL SELECT other.id, '/chats/' || c.id, NULL FROM chats c
LEFT JOIN chat_handovers h ON h.chat_id = c.id, unnest(ARRAY[
  c.caller_id, c.member_id, c.nominee_id, h.from_id, h.to_id]) AS other (id)
WHERE :user IN (c.caller_id, c.member_id, c.nominee_id, h.from_id, h.to_id)
  AND other.id <> :user
UNION ALL SELECT a.cast_id, '/console/claims/' || c.id, NULL FROM claims c
JOIN claim_answers a ON a.claim_id = c.id WHERE c.user_id = :user
UNION ALL SELECT reporter_id, NULL, 'report:' || id FROM reports WHERE subject_id = :user
"""
_TOLD = sa.text(f"""
id IN (SELECT n.id FROM notices n JOIN ({_SHARED}) s
  ON n.user_id = s.other AND (n.link = s.link OR n.key = s.key))
""")  # noqa: S608 - one fixed text within another
_RENAME = sa.text("""
UPDATE notices SET title = left(replace(title, :name, :nameless), 120),
  text = left(replace(text, :name, :nameless), 2000)
WHERE id = ANY (CAST(:ids AS bigint[]))
""")
_NEWS = sa.text("""
link IN (SELECT '/rooms/' || r.id || part FROM rooms r, unnest(ARRAY['', '/enter']) AS part
  WHERE r.cast_id = :user)
""")
_ADDRESSES = sa.text(f"""
SELECT email FROM users WHERE id IN (SELECT other FROM ({_SHARED}) s)
  OR id IN (SELECT user_id FROM favourites WHERE cast_id = :user)
""")  # noqa: S608 - likewise
_MESSAGES = (
    sa.text("UPDATE claim_answers SET text = NULL, said_at = NULL WHERE cast_id = :user"),
    sa.text("DELETE FROM cast_days WHERE cast_id = :user"),
    sa.text("UPDATE reservations SET message = '' WHERE caller_id = :user AND message <> ''"),
    sa.text(
        "UPDATE reservation_requests SET message = '' WHERE caller_id = :user AND message <> ''"
    ),
    sa.text("UPDATE talk_applications SET words = '' WHERE caller_id = :user AND words <> ''"),
    sa.text("UPDATE talk_applications SET reply = NULL WHERE cast_id = :user"),
)


async def _erase_words(tx: Tx, user: User) -> None:
    """Erase what they were told and what they wrote to others beforehand, and their name where
    others were told of them.

    A name of one letter is in half of all words: there it is known by what follows it.
    """
    plain = len(user.nickname) > 1
    name = user.nickname if plain else f"{user.nickname}さん"
    nameless = erasure.NAMELESS if plain else f"{erasure.NAMELESS}さん"
    bounds = {"user": user.id}
    gone = sa.or_(notices.c.user_id == user.id, _NEWS)
    told = await locks.lock(tx, sa.select(notices.c.id).where(sa.or_(_TOLD, gone)), bounds)
    ids = [row.id for row in told]
    await tx.execute(sa.delete(notices).where(gone), bounds)
    await tx.execute(_RENAME, {"ids": ids, "name": name, "nameless": nameless})
    addresses = (await tx.execute(_ADDRESSES, bounds)).scalars().all()
    await outbox.erase(tx, user.email, name, addresses)
    for erase in _MESSAGES:
        await tx.execute(erase, bounds)


async def _farewell(tx: Tx, settings: Settings, user: User, points: int) -> None:
    if user.confirmed_at is None:
        return
    words = letter(
        user.locale,
        user.nickname,
        translate(user.locale, TITLE),
        translate(user.locale, TEXT, points=f"{points:,}"),
        site=settings.public_url,
        in_inbox=False,
    )
    # The demo's mailbox shows every mail; elsewhere not even this one stays.
    await outbox.post(tx, user.email, words, forgotten_after=not settings.demo)
