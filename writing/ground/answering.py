"""Answering members: who answers with the site's own mark. Staff give that right, and take it."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import Page, offset
from foundation.row_types import typed_all
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts, locking, refusals
from people.accounts.tables import users
from people.sign_in.sessions import may_come_in
from record.acts import log_act, reason_of
from writing.ground.tables import answering_members

PAGE = 20
GIVEN = N_("回答メンバーになりました")
GIVEN_TEXT = N_(
    "掲示板に「回答メンバー」として回答できます。お名前のとなりに印がつき、プロフィールへつながります。"
    "はじめる前に、ガイドをお読みください。"
)
TAKEN = N_("回答メンバーではなくなりました")
TAKEN_TEXT = N_(
    "お名前のとなりの「回答メンバー」の印がなくなりました。\n\nスタッフより：\n%(words)s"
)


@dataclass(frozen=True)
class AnsweringMember:
    """One of those who answer, as everybody may see them."""

    id: int
    nickname: str
    portrait: str | None
    is_cast: bool
    since: datetime


_SEEN = (
    sa.select(
        users.c.id, users.c.nickname, users.c.portrait, users.c.is_cast, answering_members.c.since
    )
    .join(answering_members, answering_members.c.user_id == users.c.id)
    .where(may_come_in())
)


async def is_one(tx: Tx, user_id: int) -> bool:
    """Say whether somebody has the right."""
    mine = sa.exists().where(answering_members.c.user_id == user_id)
    return bool(await tx.scalar(sa.select(mine)))


async def find(tx: Tx, user_id: int) -> AnsweringMember:
    """Return one of them. Raises UserError `answering_unknown` (404) for anybody else."""
    found = await tx.execute(_SEEN.where(users.c.id == user_id))
    rows = typed_all(AnsweringMember, found.mappings())
    if not rows:
        raise unknown()
    return rows[0]


def unknown() -> UserError:
    """The member isn't there, answers no more, or isn't for the asker."""
    return UserError("answering_unknown", N_("この回答メンバーは見つかりません。"), status=404)


async def page(tx: Tx, number: int) -> Page[AnsweringMember]:
    """Return a page of them, who has answered longest first."""
    query = _SEEN.order_by(answering_members.c.since, users.c.id)
    found = await tx.execute(query.offset(offset(number, PAGE)).limit(PAGE + 1))
    return Page.of(typed_all(AnsweringMember, found.mappings()), number, PAGE)


async def give(
    tx: Tx, settings: Settings, user_id: int, reason: str, *, actor_id: int | None
) -> None:
    """Give a confirmed member the right; who has it keeps it. `actor_id`: None at the console.

    Raises UserError `reason_needed` (400), `answering_own` (403), `person_unknown` (404) or
    `answering_unconfirmed`.
    """
    why = reason_of(reason)
    if user_id == actor_id:
        raise UserError(
            "answering_own", N_("ご自分を回答メンバーにすることはできません。"), status=403
        )
    await locking.lock_people(tx, user_id)
    person = await accounts.find_user(tx, user_id)
    if person is None:
        raise refusals.person_unknown()
    if person.confirmed_at is None:
        raise UserError(
            "answering_unconfirmed", N_("メールアドレスの確認が済んだ会員だけが、なれます。")
        )
    if await is_one(tx, user_id):
        return
    await tx.execute(sa.insert(answering_members).values(user_id=user_id))
    await log_act(tx, actor_id, "answering.give", f"user:{user_id}", reason=why)
    await inbox.tell(
        tx,
        user_id,
        kind="answering",
        title=translate(person.locale, GIVEN),
        text=translate(person.locale, GIVEN_TEXT),
        link="/board/guide",
        site=settings.public_url,
    )


async def take(tx: Tx, settings: Settings, user_id: int, reason: str, *, actor_id: int) -> None:
    """Take the right away; what was answered stays, without the mark. The member reads why.

    Raises UserError `reason_needed` (400).
    """
    why = reason_of(reason)
    await locking.lock_people(tx, user_id)
    if not await leave(tx, user_id):
        return
    await log_act(tx, actor_id, "answering.take", f"user:{user_id}", reason=why)
    person = await accounts.find_user(tx, user_id)
    assert person is not None
    await inbox.tell(
        tx,
        user_id,
        kind="answering",
        title=translate(person.locale, TAKEN),
        text=translate(person.locale, TAKEN_TEXT, words=why),
        link="/board",
        site=settings.public_url,
    )


async def leave(tx: Tx, user_id: int) -> bool:
    """Forget that somebody answers, whose lock is held; return whether they did."""
    mine = answering_members.c.user_id == user_id
    return (await tx.execute(sa.delete(answering_members).where(mine))).rowcount > 0
