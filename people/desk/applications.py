"""Applications to become a cast: sent by anyone, decided once by staff, applied to one account.

What an application says to its sender is the same whether or not the address is known here.
"""

import re
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from people.accounts.tables import users
from people.desk import casting
from people.desk.application_list import Application, application
from people.desk.application_mails import (
    APPROVED,
    APPROVED_TEXT,
    DECLINED,
    DECLINED_TEXT,
    INVITED,
    INVITED_TEXT,
    READY_TEXT,
    RECEIVED,
    RECEIVED_TEXT,
    mail_applicant,
    tell_member,
)
from people.meeting.tables import applications
from record import sweeps
from record.acts import MOST_REASON, log_act

MOST_NAME, MOST_ABOUT, MOST_MESSAGE, MOST_WORDS = 40, 200, 2000, 1000
# A name stands in a mail to an address that nobody has proved: it must be no link.
_LINK = re.compile(r"[/@:\\]|\w\.\w{2,}")


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
    await mail_applicant(tx, settings, email, name, locale, RECEIVED, RECEIVED_TEXT)
    return True


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
    await _decide(tx, found, actor_id, "approve", words)
    if found.account_id is None:
        link = "/sign-up"
        await mail_applicant(
            tx, settings, found.email, found.name, found.locale, INVITED, INVITED_TEXT, words, link
        )
    else:
        await casting.make_cast(tx, found.account_id)
        await _note_claim(tx, found.account_id, applications.c.id == application_id)
        await tell_member(tx, settings, found.account_id, APPROVED, APPROVED_TEXT, words)
    return found


async def decline(
    tx: Tx, settings: Settings, application_id: int, actor_id: int, words: str
) -> Application:
    """Decline an application with words for the applicant. Raises as `approve` does."""
    found = await _lock(tx, application_id, actor_id)
    await _decide(tx, found, actor_id, "decline", words)
    await mail_applicant(
        tx, settings, found.email, found.name, found.locale, DECLINED, DECLINED_TEXT, words
    )
    return found


async def grant_approved(
    tx: Tx, user_id: int, email: str, settings: Settings | None = None
) -> bool:
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
    await casting.make_cast(tx, user_id)
    await tell_member(tx, settings, user_id, APPROVED, READY_TEXT, "")
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
    found = await application(tx, application_id)
    if actor_id in (found.user_id, found.account_id):
        raise UserError("application_own", N_("ご自分の応募は、扱えません。"), status=403)
    if found.state != "open":
        raise UserError("application_decided", N_("この応募は、ほかのスタッフが処理しました。"))
    return found


async def one_after_the_other(tx: Tx, email: str) -> None:
    """Let an approval and the completion of the same person's registration not miss each other."""
    await locks.lock_word(tx, locks.ADDRESS, email)


async def _decide(
    tx: Tx, found: Application, actor_id: int, how: Literal["approve", "decline"], words: str
) -> None:
    state = "approved" if how == "approve" else "declined"
    await tx.execute(
        sa.update(applications)
        .where(applications.c.id == found.id)
        .values(state=state, decided_by=actor_id, decided_at=sa.func.clock_timestamp(), words=words)
    )
    of_account = found.account_id is not None
    subject = f"user:{found.account_id}" if of_account else f"application:{found.id}"
    why = words[:MOST_REASON]
    await log_act(tx, actor_id, f"application.{how}", subject, reason=why, application=found.id)


async def _note_claim(tx: Tx, user_id: int, which: sa.ColumnElement[bool]) -> int:
    noted = await locks.lock(tx, sa.select(applications.c.id).where(which))
    if noted:
        await tx.execute(
            sa.update(applications)
            .where(which)
            .values(claimed_by=user_id, claimed_at=sa.func.clock_timestamp())
        )
    return len(noted)
