"""Asking for a consultation: to one member or to all; what it costs is held with it."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from foundation.text.visible import is_blank
from people.accounts import locking
from people.accounts.tables import users
from record.site import doors
from writing.chat import days, locked, members, notices, refusals, rules
from writing.chat.members import Nominee
from writing.chat.rules import MOST_WISHES, MOST_WORDS, NOMINEE_HOURS, TAKE_DAYS
from writing.chat.tables import chat_messages, chat_sides, chats
from writing.ground.categories import category_of
from writing.ground.words import words_of


@dataclass(frozen=True)
class ChatToWrite:
    """A consultation as it comes from its form: `points` is the price that its writer saw, `press`
    the form's own key, `nominee_id` the one member whom they name; None: to all.
    """

    category: str
    text: str
    wishes: str
    points: int
    press: str
    nominee_id: int | None = None


@dataclass(frozen=True)
class ChatPrice:
    """What a consultation costs on this site: `points` for `days`, nothing where they are 0.

    `each`: what each day costs of it.
    """

    points: int
    each: list[int]

    @property
    def days(self) -> int:
        """For how many days it is paid."""
        return len(self.each)


def price_of(settings: Settings) -> ChatPrice:
    """Return what a consultation costs now."""
    return ChatPrice(settings.chat_points, rules.parts_of(settings.chat_points, settings.chat_days))


async def write(tx: Tx, settings: Settings, caller_id: int, asked: ChatToWrite) -> int:
    """Send a consultation; its points are held. The same press again is the same consultation.

    Who may be talking goes through `rooms.talk.caps.send_chat`. Raises UserError of `words_of`,
    `category_unknown` (400), `may_write`, `doors.must_be_open`, `chat_price_changed` (points) and
    those of `paying.must_be_able_to_pay`.
    """
    category, text = category_of(asked.category), words_of(asked.text, MOST_WORDS)
    wishes = "" if is_blank(asked.wishes) else words_of(asked.wishes, MOST_WISHES)
    nominee_id = asked.nominee_id
    await locking.lock_people(tx, caller_id, *([] if nominee_id is None else [nominee_id]))
    known = await _known(tx, caller_id, asked.press)
    if known is not None:
        return known
    await doors.must_be_open(tx, "chat")
    await may_write(tx, settings, caller_id, nominee_id)
    _must_cost(settings, asked.points)
    held = await days.hold(tx, settings, caller_id, asked.press, settings.chat_points)
    values: dict[str, object] = {"category": category, "wishes": wishes, "press": asked.press}
    values |= {"points": settings.chat_points, "days": len(held)}
    chat_id = await _insert(tx, caller_id, nominee_id, values)
    await days.write(tx, settings, chat_id, held)
    await _write_first(tx, chat_id, caller_id, asked.press, text)
    if nominee_id is not None:
        await notices.tell(tx, settings, await locked.find(tx, chat_id), "nominated")
    return chat_id


def _must_cost(settings: Settings, seen: int) -> None:
    if seen == settings.chat_points:
        return
    if not settings.chat_points:
        raise UserError(
            "chat_price_changed", N_("料金が無料に変わりました。もう一度ご確認ください。")
        )
    raise UserError(
        "chat_price_changed",
        N_("料金が%(points)sポイントに変わりました。もう一度ご確認ください。"),
        points=f"{settings.chat_points:,}",
    )


async def may_write(
    tx: Tx, settings: Settings, caller_id: int, nominee_id: int | None
) -> Nominee | None:
    """Return whom a caller would nominate, where they may send a consultation now.

    Raises UserError `chat_off` (404), `not_confirmed` (403), `chat_member_off`, `chats_open` or
    `chats_too_many` (429).
    """
    if not settings.chat:
        raise refusals.chat_off()
    mine = sa.select(users.c.confirmed_at).where(users.c.id == caller_id)
    if await tx.scalar(mine) is None:
        raise UserError(
            "not_confirmed", N_("メールアドレスの確認が済むとチャット相談を送れます。"), status=403
        )
    nominee = None
    if nominee_id is not None:
        nominee = await members.shown(tx, settings, nominee_id, caller_id)
        if nominee is None or not nominee.takes:
            raise refusals.chat_member_off()
    await must_have_few(tx, settings, caller_id)
    return nominee


_SENT = sa.text("""
SELECT count(*) FILTER (WHERE state IN ('waiting', 'running')) AS open,
  count(*) FILTER (WHERE sent_at > clock_timestamp() - interval '24 hours') AS today
FROM chats WHERE caller_id = :caller
""")


async def must_have_few(tx: Tx, settings: Settings, caller_id: int, *, anew: bool = True) -> None:
    """Refuse one more open consultation of a caller's; `anew`: and one more in a day.

    Raises UserError `chats_open` or `chats_too_many` (429).
    """
    sent = (await tx.execute(_SENT, {"caller": caller_id})).one()
    if sent.open >= settings.chat_open:
        raise refusals.chats_open(settings.chat_open)
    if anew and sent.today >= settings.chats_a_day:
        raise UserError(
            "chats_too_many",
            N_("チャット相談を送れるのは、1日に%(most)s件までです。"),
            status=429,
            most=settings.chats_a_day,
        )


async def _known(tx: Tx, caller_id: int, press: str) -> int | None:
    mine = (chats.c.caller_id == caller_id) & (chats.c.press == press)
    found: int | None = await tx.scalar(sa.select(chats.c.id).where(mine))
    return found


async def _insert(tx: Tx, caller_id: int, nominee_id: int | None, values: dict[str, object]) -> int:
    now = await clock(tx)
    values |= {
        "caller_id": caller_id,
        "nominee_id": nominee_id,
        "to_all": nominee_id is None,
        "take_until": now + timedelta(days=TAKE_DAYS),
    }
    if nominee_id is not None:
        values["nominee_until"] = now + timedelta(hours=NOMINEE_HOURS)
    made = await tx.scalar(insert(chats).values(values).returning(chats.c.id))
    assert made is not None
    locks.note(tx, chats, [made], waited=False)
    return int(made)


async def _write_first(tx: Tx, chat_id: int, caller_id: int, press: str, text: str) -> None:
    """Write what it is about as the first message; its writer has read it."""
    message = {"chat_id": chat_id, "side": "caller", "sender_id": caller_id}
    made = insert(chat_messages).values(**message, key=press, text=text)
    await tx.execute(made)
    side = {"chat_id": chat_id, "side": "caller", "user_id": caller_id}
    await tx.execute(sa.insert(chat_sides).values(**side))
