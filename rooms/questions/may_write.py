"""Whether somebody may write in a thread now. One may read it in any case."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_one
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from rooms.ground import refusals
from rooms.ground.live import Side
from rooms.ground.question_tables import MOST_MESSAGES, MOST_UNANSWERED
from rooms.questions.threads import QuestionThread


@dataclass(frozen=True)
class Between:
    """What stands between two people and a room: `blocked` by either, `blocks` by oneself."""

    published: bool
    takes_questions: bool
    confirmed: bool
    blocked: bool
    blocks: bool
    both_come_in: bool


_BETWEEN = sa.text("""
SELECT r.published, r.takes_questions, me.confirmed_at IS NOT NULL AS confirmed,
  EXISTS (SELECT FROM blocks WHERE (blocker_id, blocked_id) IN ((:me, :other), (:other, :me)))
    AS blocked,
  EXISTS (SELECT FROM blocks WHERE blocker_id = :me AND blocked_id = :other) AS blocks
FROM rooms r JOIN users me ON me.id = :me WHERE r.id = :room
""")


async def _between(tx: Tx, room_id: int, me: int, other: int) -> Between:
    asked = {"room": room_id, "me": me, "other": other}
    row = (await tx.execute(_BETWEEN, asked)).mappings().one_or_none()
    if row is None:
        raise refusals.room_unknown()
    there = sa.select(sa.func.count()).where(users.c.id.in_((me, other)), may_come_in())
    return Between(**row, both_come_in=await tx.scalar(there) == 2)


async def refusal(tx: Tx, thread: QuestionThread) -> UserError | None:
    """Return why one may not write in a thread now; None where one may."""
    if thread.other_gone:
        return UserError("question_withdrawn", N_("退会した会員には、メッセージを送れません。"))
    if thread.closed_by is not None:
        return _closed(mine=thread.closed_by == thread.side)
    stands = await _between(tx, thread.room_id, thread.user_id, thread.other_id)
    return between_refusal(stands, thread.side) or _bounds(thread)


def _closed(*, mine: bool) -> UserError:
    if mine:
        return UserError(
            "question_closed", N_("このやりとりは終了しています。再開すると、また送れます。")
        )
    return UserError("question_closed", N_("お相手が、このやりとりを終了しました。"))


def between_refusal(stands: Between, side: Side) -> UserError | None:
    """Return what of the two people and the room keeps one side from writing."""
    if not stands.confirmed:
        return UserError(
            "not_confirmed", N_("メールアドレスの確認が済むと質問できます。"), status=403
        )
    if stands.blocks:
        return UserError(
            "question_blocking", N_("ブロックしている相手です。解除すると、また送れます。")
        )
    # Who is blocked is not told so, nor who the site keeps out.
    if stands.blocked or not stands.both_come_in:
        return UserError("question_away", N_("いまは、この相手にメッセージを送れません。"))
    if not stands.published:
        return UserError(
            "question_room_closed",
            N_("このルームは公開されていないため、メッセージを送れません。"),
        )
    if side == "caller" and not stands.takes_questions:
        return questions_off()
    return None


def questions_off() -> UserError:
    """The room's cast takes no questions."""
    return UserError("questions_off", N_("このルームでは、いま質問を受け付けていません。"))


def _bounds(thread: QuestionThread) -> UserError | None:
    if thread.said >= MOST_MESSAGES:
        return UserError("question_full", N_("このやりとりでは、これ以上メッセージを送れません。"))
    if thread.left <= 0:
        return UserError(
            "question_unanswered",
            N_("続けて送れるのは%(most)s件までです。お返事をお待ちください。"),
            most=MOST_UNANSWERED,
        )
    return None


async def refusal_to_begin(tx: Tx, room_id: int, caller_id: int) -> UserError | None:
    """Return why a caller may not ask at a room for the first time; None where they may.

    Raises UserError `room_unknown` (404) for a room that isn't there for them.
    """
    found = await tx.execute(_CAST, {"room": room_id})
    room = typed_one(AskedRoom, found.mappings())
    if room is None:
        raise refusals.room_unknown()
    if room.cast_id == caller_id:
        return UserError("own_room", N_("ご自分のルームには質問できません。"))
    stands = await _between(tx, room_id, caller_id, room.cast_id)
    if not stands.published or stands.blocked or not stands.both_come_in:
        raise refusals.room_unknown()
    return between_refusal(stands, "caller")


@dataclass(frozen=True)
class AskedRoom:
    """A room at which somebody asks."""

    cast_id: int


_CAST = sa.text("SELECT cast_id FROM rooms WHERE id = :room")
