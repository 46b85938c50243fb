"""What one signs in with, and how it is changed: the password and the e-mail address."""

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from foundation import locks
from foundation.database import Database, Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from notify import outbox
from people.accounts import accounts, passwords, rules
from people.accounts.accounts import USER_COLUMNS, User, user_of
from people.accounts.tables import users
from people.desk import applications, sanctions
from people.joining import mailed_links, mails, registration, unproved
from people.joining.mailed_links import Link
from people.sign_in import sessions


async def proven(database: Database, user_id: int, typed: str) -> str | None:
    """Return the stored hash that a typed password fits, or None; takes one hash of time.

    Hashing happens outside any transaction, as at sign-in.
    """
    secret = rules.normal_password(typed)[: rules.PASSWORD_MOST + 1]
    async with database.transaction() as tx:
        stored = await tx.scalar(
            sa.select(users.c.password_hash).where(
                users.c.id == user_id, users.c.withdrawn_at.is_(None)
            )
        )
    return stored if await passwords.matches(stored, secret) else None


async def change_password(
    tx: Tx, settings: Settings, user: User, old_hash: str, new_hash: str, session: str
) -> None:
    """Change a member's password; all sessions but this one end, and so do links by mail.

    Raises UserError `password_changed_meanwhile` where `old_hash` is no longer the stored one.
    """
    changed = await tx.scalar(
        sa.update(users)
        .where(users.c.id == user.id, users.c.password_hash == old_hash)
        .values(password_hash=new_hash)
        .returning(users.c.id)
    )
    if changed is None:
        raise UserError(
            "password_changed_meanwhile",
            N_("パスワードは、たったいま変更されました。サインインしなおしてください。"),
        )
    locks.note(tx, users, [user.id])
    await mailed_links.drop_all(tx, user.id)
    await sessions.close_others(tx, user.id, session)
    # An address that nobody has proved may be a stranger's.
    if user.confirmed_at is not None:
        await _tell_password_changed(tx, settings, user)


async def send_reset(tx: Tx, settings: Settings, email: str) -> None:
    """Mail a link with which a password is set anew; to an unknown address, nothing goes.

    Nor to one that is kept out. An account that nobody has confirmed may be a stranger's, with
    their second factor: its address is told to register anew.
    """
    user = await accounts.find_by_email(tx, email)
    if user is None or (await sanctions.known(tx, user.id)).is_shut_out:
        return
    if user.confirmed_at is None:
        await outbox.post(tx, user.email, mails.unfinished(settings, user.locale))
        return
    await mailed_links.send(
        tx,
        settings,
        user.id,
        "reset",
        user.email,
        lambda token: mails.reset(settings, user, token),
    )


async def reset_password(tx: Tx, settings: Settings, token: str, new_hash: str) -> User:
    """Set a password anew by a mailed link; every session ends.

    Raises UserError `link_dead` (410).
    """
    link = await mailed_links.use_up(tx, token, "reset")
    await accounts.set_password_hash(tx, link.user_id, new_hash)
    await mailed_links.drop_all(tx, link.user_id)
    await sessions.close_all(tx, link.user_id)
    user = await accounts.find_user(tx, link.user_id)
    assert user is not None
    await _tell_password_changed(tx, settings, user)
    return user


async def ask_email_change(tx: Tx, settings: Settings, user: User, new: str) -> None:
    """Mail a link to the address that a member wants to have.

    To one that belongs to somebody, a word for its owner goes instead; one that nobody has proved
    belongs to nobody. Raises UserError `email_same` (422).
    """
    if new == user.email:
        raise UserError("email_same", N_("いまと同じメールアドレスです。"), status=422)
    owner = await accounts.find_by_email(tx, new)
    if owner is not None and not await unproved.may_be_taken(tx, owner.id):
        await outbox.post(tx, owner.email, mails.address_in_use(settings, owner))
        return
    await mailed_links.send(
        tx,
        settings,
        user.id,
        "email",
        new,
        lambda token: mails.confirm_change(settings, user, token),
    )


async def change_email(tx: Tx, settings: Settings, token: str) -> User:
    """Give an account the address that its mailed link went to; the old one is told.

    One that nobody has proved gives way. Raises UserError `link_dead` (410), and `email_taken`
    where somebody else has it meanwhile.
    """
    link = await mailed_links.use_up(tx, token, "email")
    before = await accounts.find_user(tx, link.user_id)
    assert before is not None
    gone = await _freed(tx, link)
    after = await _moved(tx, link)
    await mailed_links.drop_all(tx, after.id)
    if before.confirmed_at is None:
        # The address of before may be a stranger's: nobody has proved it, and nobody is told.
        after = await registration.confirmed(tx, settings, link)
    else:
        told = mails.address_changed(settings, before, link.email)
        await outbox.post(tx, before.email, told)
        # An approval as a cast may have been waiting for the new address.
        await applications.grant_approved(tx, after.id, after.email, settings)
    if gone is not None:
        await unproved.erase(tx, gone)
    return after


async def _freed(tx: Tx, link: Link) -> int | None:
    """Free the address of a link from somebody who never proved it; return who that was."""
    holder = await unproved.lock_holder(tx, link.email)
    if holder is None or not holder.gives_way or holder.id == link.user_id:
        return None
    await unproved.free_address(tx, holder.id)
    return holder.id


async def _moved(tx: Tx, link: Link) -> User:
    moved = (
        sa.update(users)
        .where(users.c.id == link.user_id)
        .values(email=link.email)
        .returning(*USER_COLUMNS)
    )
    try:
        async with locks.savepoint(tx):
            return user_of((await tx.execute(moved)).mappings().one())
    except IntegrityError:
        raise UserError(
            "email_taken",
            N_("このメールアドレスには変更できません。ほかのアドレスをお使いください。"),
        ) from None


async def _tell_password_changed(tx: Tx, settings: Settings, user: User) -> None:
    await outbox.post(tx, user.email, mails.password_changed(settings, user))
