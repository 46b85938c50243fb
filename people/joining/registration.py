"""Becoming a member: what was entered is kept, then an account is made, then the mail confirms it.

Until its address is confirmed an account may sign in and look around; see
docs/decisions/registration.md.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.ids import token_hash
from foundation.settings import Settings
from notify import outbox
from people.accounts import accounts
from people.accounts.accounts import USER_COLUMNS, User, user_of
from people.accounts.tables import users
from people.desk import applications
from people.joining import mailed_links, mails, unproved
from people.joining.mailed_links import Link
from people.joining.tables import AFTER_CHARACTERS, registrations
from people.sign_in import sessions
from record import sweeps
from record.texts import agreements

KEPT_HOURS = 1


@dataclass(frozen=True)
class Registration:
    """What a visitor has entered, each part as its rule wants it; `after` is a path of the site."""

    nickname: str
    email: str
    password_hash: str
    birthday: date
    locale: str
    after: str = "/"


async def keep(tx: Tx, browser: str, entered: Registration) -> None:
    """Keep for an hour what was entered in a browser, in place of what was there.

    `browser` is the token to which the browser's forms are bound.
    """
    now = sa.func.clock_timestamp()
    after = entered.after if len(entered.after) <= AFTER_CHARACTERS else "/"
    values = {
        **entered.__dict__,
        "after": after,
        "agreed_at": now,
        "expires_at": now + sa.func.make_interval(0, 0, 0, 0, KEPT_HOURS),
        "sent_at": None,
    }
    made = insert(registrations).values(browser_hash=token_hash(browser), **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["browser_hash"], set_=values))


async def kept(tx: Tx, browser: str) -> Registration | None:
    """Return what was entered in a browser within the hour."""
    query = sa.select(*_ENTERED).where(_of(browser), registrations.c.sent_at.is_(None))
    row = (await tx.execute(query)).mappings().one_or_none()
    return Registration(**row) if row else None


async def register(tx: Tx, settings: Settings, browser: str, *, may_mail: bool = True) -> bool:
    """Make the account that was entered in a browser, and mail the link that confirms it.

    An address that has a confirmed account changes nothing; its owner is told by mail. One that
    nobody has confirmed is taken over: whoever reads its mail may have it, in an account of their
    own. Where no mail may go to the address, nothing is made. False where nothing is kept; a second
    press is as the first.
    """
    entered = await kept(tx, browser)
    if entered is None:
        return bool(await tx.scalar(sa.select(sa.exists().where(_of(browser)))))
    await applications.one_after_the_other(tx, entered.email)
    sent = (
        sa.update(registrations)
        .where(
            _of(browser),
            registrations.c.sent_at.is_(None),
            registrations.c.email == entered.email,
        )
        .values(sent_at=sa.func.clock_timestamp())
        .returning(*_ENTERED, registrations.c.agreed_at)
    )
    row = (await tx.execute(sent)).mappings().one_or_none()
    if row is None:
        return True
    locks.note(tx, registrations, [token_hash(browser)])
    if may_mail:
        await _make(tx, settings, row)
    return True


async def today(tx: Tx, settings: Settings) -> date:
    """Return the day that it is at the site, by the database's clock: ages are counted by it."""
    return (await clock(tx)).astimezone(ZoneInfo(settings.site_zone)).date()


async def send_link(tx: Tx, settings: Settings, user: User, after: str = "/") -> None:
    """Mail an unconfirmed member the link that confirms the address; one of before dies."""
    await mailed_links.send(
        tx,
        settings,
        user.id,
        "confirm",
        user.email,
        lambda token: mails.confirm(settings, user.locale, token, after),
    )


async def chosen_in(tx: Tx, browser: str, link: Link) -> bool:
    """Say whether the password of a link's account was chosen in this browser, within the hour."""
    account = (users.c.id == link.user_id) & (
        users.c.password_hash == registrations.c.password_hash
    )
    query = sa.select(registrations.c.browser_hash).join(users, account).where(_of(browser))
    return bool(await tx.scalar(sa.select(query.exists())))


async def complete(tx: Tx, settings: Settings, token: str) -> User:
    """Confirm an account by its mailed link. Raises UserError `link_dead` (410).

    Sessions of before end: whoever opened them may not be who reads the mail.
    """
    link = await mailed_links.use_up(tx, token, "confirm")
    await sessions.close_all(tx, link.user_id)
    return await confirmed(tx, settings, link)


async def confirmed(tx: Tx, settings: Settings, link: Link) -> User:
    """Count an account as confirmed, by a link just used up, and welcome its owner."""
    await applications.one_after_the_other(tx, link.email)
    found = await tx.execute(
        sa.update(users)
        .where(users.c.id == link.user_id)
        .values(confirmed_at=sa.func.coalesce(users.c.confirmed_at, sa.func.clock_timestamp()))
        .returning(*USER_COLUMNS)
    )
    user = user_of(found.mappings().one())
    locks.note(tx, users, [user.id])
    await mailed_links.drop_all(tx, user.id)
    await outbox.post(tx, user.email, mails.welcome(settings, user))
    # Who was approved as a cast before they registered is one from here on.
    if await applications.grant_approved(tx, user.id, user.email, settings):
        user = replace(user, is_cast=True)
    return user


async def sweep(tx: Tx, most: int) -> int:
    """Forget up to `most` forms that were not sent within the hour; return how many."""
    expired = registrations.c.expires_at <= sa.func.clock_timestamp()
    return await sweeps.sweep(
        tx, registrations.c.browser_hash, registrations.c.expires_at, expired, most
    )


async def _make(tx: Tx, settings: Settings, row: sa.RowMapping) -> None:
    before = await unproved.lock_holder(tx, row["email"])
    if before is not None:
        if not before.gives_way:
            await _tell_owner(tx, settings, row["email"])
            return
        await unproved.free_address(tx, before.id)
    user = await _made(tx, {name: value for name, value in row.items() if name != "after"})
    await send_link(tx, settings, user, row["after"])
    if before is not None:
        await unproved.erase(tx, before.id)


async def _made(tx: Tx, values: dict[str, object]) -> User:
    made = sa.insert(users).values(**values).returning(*USER_COLUMNS)
    user = user_of((await tx.execute(made)).mappings().one())
    locks.note(tx, users, [user.id])
    agreed_at = values["agreed_at"]
    assert isinstance(agreed_at, datetime)
    await agreements.agree_by_registering(tx, user.id, agreed_at)
    return user


async def _tell_owner(tx: Tx, settings: Settings, email: str) -> None:
    owner = await accounts.find_by_email(tx, email)
    if owner is not None:
        await outbox.post(tx, owner.email, mails.already(settings, owner))


_ENTERED = [registrations.c[name] for name in Registration.__dataclass_fields__]


def _of(browser: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        registrations.c.browser_hash == token_hash(browser),
        registrations.c.expires_at > sa.func.clock_timestamp(),
    )
