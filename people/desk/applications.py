"""Applications to become a cast: sent by anyone, decided once by staff, applied to one account.

What an application says to its sender is the same whether or not the address is known here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import Page, count, offset
from foundation.settings import Settings
from notify import inbox, outbox
from notify.mail import letter
from people.accounts.tables import users
from people.meeting.tables import applications
from people.sign_in.sessions import welcome
from record import sweeps

Queue = Literal["open", "done"]

MOST_NAME, MOST_ABOUT, MOST_MESSAGE, MOST_WORDS = 40, 200, 2000, 1000
# A name stands in a mail to an address that nobody has proved: it must be no link.
_LINK = re.compile(r"[/@:\\]|\w\.\w{2,}")

RECEIVED = N_("キャストへのご応募を受け付けました")
RECEIVED_TEXT = N_(
    "ご応募ありがとうございます。担当者が内容を読み、2〜3日のうちに、"
    "このメールアドレスへお返事します。\n\n"
    "このメールにお心当たりがないときは、どなたかがアドレスをまちがえて入力したようです。"
    "そのままお捨てください。"
)
APPROVED = N_("キャストになりました")
APPROVED_TEXT = N_(
    "ご応募を確認し、あなたをキャストとしてお迎えします。"
    "プロフィールとトークルームを作ると、待機をはじめられます。\n\n担当者より：\n%(words)s"
)
INVITED = N_("キャストとしてお迎えします")
INVITED_TEXT = N_(
    "ご応募を確認し、あなたをキャストとしてお迎えします。"
    "このメールアドレスで会員登録をすませると、すぐにキャストの機能が使えます。"
    "\n\n担当者より：\n%(words)s"
)
DECLINED = N_("キャストへのご応募について")
DECLINED_TEXT = N_(
    "ご応募ありがとうございました。内容を確認しましたが、今回はご希望にそえませんでした。"
    "\n\n担当者より：\n%(words)s"
)
READY_TEXT = N_(
    "会員登録がすみ、ご応募の結果どおり、キャストの機能が使えるようになりました。"
    "プロフィールとトークルームを作ると、待機をはじめられます。"
)


@dataclass(frozen=True)
class Application:
    """One application. `account_id` is the confirmed account it would be, or was, applied to."""

    id: int
    user_id: int | None
    email: str
    name: str
    about: str
    message: str
    locale: str
    state: str
    created_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    words: str | None
    claimed_by: int | None
    account_id: int | None
    account_name: str | None
    account_is_cast: bool
    account_is_welcome: bool


def name_of(typed: str) -> str:
    """Return an applicant's name on one line. Raises UserError (422) for what is none."""
    name = " ".join(typed.split())
    if not name:
        raise UserError("name_missing", N_("お名前を入力してください。"), status=422)
    if len(name) > MOST_NAME:
        raise UserError(
            "name_too_long", N_("お名前は%(most)s文字までです。"), status=422, most=MOST_NAME
        )
    if _LINK.search(name) or not name.isprintable():
        raise UserError("name_odd", N_("お名前に使えない文字が入っています。"), status=422)
    return name


async def apply(
    tx: Tx,
    settings: Settings,
    *,
    user_id: int | None,
    email: str,
    name: str,
    about: str,
    message: str,
    locale: str,
) -> bool:
    """Take an application, and say by mail when to expect an answer.

    While one of this address waits, nothing happens and False is returned.
    """
    made = await tx.scalar(
        insert(applications)
        .values(
            user_id=user_id,
            email=email,
            name=name,
            about=about,
            message=message,
            locale=locale,
        )
        .on_conflict_do_nothing()
        .returning(applications.c.id)
    )
    if made is None:
        return False
    await _mail(tx, settings, email, name, locale, RECEIVED, RECEIVED_TEXT)
    return True


_APPLICATION = """
SELECT a.id, a.user_id, a.email, a.name, a.about, a.message, a.locale, a.state, a.created_at,
  a.decided_by, d.nickname AS decided_by_name, a.decided_at, a.words, a.claimed_by,
  u.id AS account_id, u.nickname AS account_name, coalesce(u.is_cast, false) AS account_is_cast,
  coalesce(u.banned_at IS NULL
    AND (u.suspended_until IS NULL OR u.suspended_until <= clock_timestamp()), true)
    AS account_is_welcome
FROM applications a
LEFT JOIN users d ON d.id = a.decided_by
LEFT JOIN LATERAL (
  SELECT u.* FROM users u
  WHERE u.confirmed_at IS NOT NULL AND u.withdrawn_at IS NULL
    AND (u.id = coalesce(a.claimed_by, a.user_id) OR u.email = a.email)
  ORDER BY u.id = a.claimed_by DESC NULLS LAST, u.id = a.user_id DESC NULLS LAST LIMIT 1
) u ON true
"""
_BY_ID = sa.text(f"{_APPLICATION} WHERE a.id = :id")
# Those that wait: who has waited longest comes first. Those that are done: the latest first.
_WAITING = sa.text(f"{_APPLICATION} WHERE a.state = 'open' ORDER BY a.id OFFSET :skip LIMIT :most")
_DONE = sa.text(
    f"{_APPLICATION} WHERE a.state <> 'open' ORDER BY a.decided_at DESC OFFSET :skip LIMIT :most"
)


async def queue(tx: Tx, which: Queue, number: int, size: int) -> Page[Application]:
    """Return a page of the applications that wait, or of those that are decided."""
    rows = await tx.execute(
        _WAITING if which == "open" else _DONE,
        {"skip": offset(number, size), "most": size + 1},
    )
    return Page.of([Application(**row) for row in rows.mappings()], number, size)


async def waiting(tx: Tx) -> int:
    """Return how many applications wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(applications.c.id).where(applications.c.state == "open"))


async def waits_for(tx: Tx, user_id: int, proved_email: str | None) -> bool:
    """Say whether an application of this member still waits: sent signed in, or from an address
    that is proved to be theirs.
    """
    own = applications.c.user_id == user_id
    if proved_email is not None:
        own |= applications.c.email == proved_email
    return bool(await tx.scalar(sa.select(sa.exists().where(own, applications.c.state == "open"))))


async def approve(
    tx: Tx, settings: Settings, application_id: int, actor_id: int, words: str
) -> Application:
    """Make the applicant a cast, at once or once they have registered, and tell them.

    Raises UserError `application_unknown` (404), `application_decided`, `application_own` (403)
    and `applicant_barred`.
    """
    found = await _lock(tx, application_id, actor_id)
    if not found.account_is_welcome:
        raise UserError("applicant_barred", N_("利用を止められている会員のため、承認できません。"))
    await _decide(tx, application_id, actor_id, "approved", words)
    if found.account_id is None:
        link = "/sign-up"
        await _mail(
            tx, settings, found.email, found.name, found.locale, INVITED, INVITED_TEXT, words, link
        )
    else:
        await _make_cast(tx, found.account_id)
        await _note_claim(tx, found.account_id, applications.c.id == application_id)
        await _tell(tx, settings, found.account_id, APPROVED, APPROVED_TEXT, words)
    return found


async def decline(
    tx: Tx, settings: Settings, application_id: int, actor_id: int, words: str
) -> Application:
    """Decline an application with words for the applicant. Raises as `approve` does."""
    found = await _lock(tx, application_id, actor_id)
    await _decide(tx, application_id, actor_id, "declined", words)
    await _mail(tx, settings, found.email, found.name, found.locale, DECLINED, DECLINED_TEXT, words)
    return found


async def claim(tx: Tx, user_id: int, email: str, settings: Settings | None = None) -> bool:
    """Give an account whose e-mail has just been confirmed what was approved for it.

    Returns whether that made it a cast; called again, nothing happens.
    """
    await one_after_the_other(tx, email)
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == user_id))
    waits = sa.and_(
        sa.or_(applications.c.email == email, applications.c.user_id == user_id),
        applications.c.state == "approved",
        applications.c.claimed_by.is_(None),
    )
    if not await _note_claim(tx, user_id, waits):
        return False
    await _make_cast(tx, user_id)
    await _tell(tx, settings, user_id, APPROVED, READY_TEXT, "")
    return True


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` applications that were decided more than `days` ago; return how many."""
    past = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
    old = sa.and_(applications.c.state != "open", applications.c.decided_at < past)
    return await sweeps.sweep(tx, applications.c.id, applications.c.id, old, most)


async def _lock(tx: Tx, application_id: int, actor_id: int) -> Application:
    """Lock an application that is still open. What follows reads what others left."""
    which = applications.c.id == application_id
    named = (applications.c.email, applications.c.user_id, applications.c.claimed_by)
    known = (await tx.execute(sa.select(*named).where(which))).one_or_none()
    if known is not None:
        await one_after_the_other(tx, known.email)
        # Of these is the account that it is for, confirmed or not yet.
        theirs = users.c.id.in_([known.user_id, known.claimed_by]) | (users.c.email == known.email)
        await locks.lock(tx, sa.select(users.c.id).where(theirs))
        await locks.lock(tx, sa.select(applications.c.id).where(which))
    row = (await tx.execute(_BY_ID, {"id": application_id})).mappings().one_or_none()
    if row is None:
        raise UserError("application_unknown", N_("この応募は見つかりません。"), status=404)
    found = Application(**row)
    if actor_id in (found.user_id, found.account_id):
        raise UserError("application_own", N_("ご自分の応募は、扱えません。"), status=403)
    if found.state != "open":
        raise UserError("application_decided", N_("この応募は、ほかのスタッフが処理しました。"))
    return found


async def one_after_the_other(tx: Tx, email: str) -> None:
    """Let an approval and the completion of the same person's registration not miss each other."""
    await locks.lock_word(tx, locks.ADDRESS, email)


async def _decide(tx: Tx, application_id: int, actor_id: int, state: str, words: str) -> None:
    await tx.execute(
        sa.update(applications)
        .where(applications.c.id == application_id)
        .values(state=state, decided_by=actor_id, decided_at=sa.func.clock_timestamp(), words=words)
    )


async def _make_cast(tx: Tx, user_id: int) -> None:
    await tx.execute(sa.update(users).where(users.c.id == user_id, welcome()).values(is_cast=True))
    locks.note(tx, users, [user_id])


async def _note_claim(tx: Tx, user_id: int, which: sa.ColumnElement[bool]) -> int:
    noted = await locks.lock(tx, sa.select(applications.c.id).where(which))
    if noted:
        await tx.execute(
            sa.update(applications)
            .where(which)
            .values(claimed_by=user_id, claimed_at=sa.func.clock_timestamp())
        )
    return len(noted)


async def _tell(
    tx: Tx, settings: Settings | None, user_id: int, title: str, text: str, words: str
) -> None:
    """Tell a member, in their language of today, by inbox and mail."""
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
    assert locale is not None
    await inbox.tell(
        tx,
        user_id,
        kind="application",
        title=translate(locale, title),
        text=translate(locale, text, **_said(words)),
        link="/console/rooms",
        site=settings.public_url if settings else None,
    )


async def _mail(
    tx: Tx,
    settings: Settings,
    email: str,
    name: str,
    locale: str,
    title: str,
    text: str,
    words: str = "",
    link: str | None = None,
) -> None:
    said = letter(
        locale,
        name,
        translate(locale, title),
        translate(locale, text, **_said(words)),
        link,
        settings.public_url,
        in_inbox=False,
    )
    await outbox.post(tx, email, said)


def _said(words: str) -> dict[str, Any]:
    return {"words": words} if words else {}
