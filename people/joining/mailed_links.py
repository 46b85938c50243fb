"""Links that are mailed to people. Each is good once, for one purpose, until it expires.

Only a token's SHA-256 is stored. The mail that waits in the outbox holds a mark in the token's
place; the token is made when the mail leaves, so that the database never knew it. A demo site's
mails don't leave: there the token stands in the mail, which anyone may read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token, token_hash
from foundation.language import N_
from foundation.settings import Settings
from notify import outbox
from notify.mail import Letter
from notify.outbox import Mail
from people.accounts.tables import users
from people.desk import applications
from people.joining.tables import MOST_EARLIER, mailed_links
from people.sign_in.sessions import may_come_in
from record import sweeps

Purpose = Literal["confirm", "reset", "email"]

HOURS: dict[Purpose, int] = {"confirm": 24, "reset": 1, "email": 24}
# Stands in a waiting mail where its token will be: a character that nobody types.
PLACE = "\ue000link\ue000"


@dataclass(frozen=True)
class Link:
    """An open link: whose it is, and the address that it went to."""

    user_id: int
    email: str


async def send(
    tx: Tx,
    settings: Settings,
    user_id: int,
    purpose: Purpose,
    email: str,
    write: Callable[[str], Letter],
) -> None:
    """Mail a link to an address; an earlier one of this user for this purpose is good no more.

    `write` makes the letter around a token.
    """
    token = new_token()
    mail_id = await outbox.post(tx, email, write(token if settings.demo else PLACE))
    now = sa.func.clock_timestamp()
    values = {
        "token_hash": token_hash(token),
        "earlier": [],
        "email": email,
        "mail_id": mail_id,
        "made_at": now,
        "expires_at": now + sa.func.make_interval(0, 0, 0, 0, HOURS[purpose]),
    }
    made = insert(mailed_links).values(user_id=user_id, purpose=purpose, **values)
    await tx.execute(made.on_conflict_do_update(constraint="uq_mailed_links_user", set_=values))
    locks.note(tx, mailed_links, [token_hash(token)])


async def sealed(tx: Tx, mail: Mail) -> Mail | None:
    """Return a mail as it may leave the house, with a new token in its link.

    A mail that is tried again may have arrived before, and mailboxes show the one that came first:
    the token in it stays good. None for a mail whose link is no longer good: nobody needs it.
    """
    if PLACE not in mail.text:
        return mail
    token = new_token()
    tried = sa.func.array_prepend(mailed_links.c.token_hash, mailed_links.c.earlier)
    known = await tx.scalar(
        sa.update(mailed_links)
        .where(mailed_links.c.mail_id == mail.id, _open(), _of_member())
        .values(
            token_hash=token_hash(token),
            earlier=sa.func.trim_array(
                tried, sa.func.greatest(sa.func.cardinality(tried) - MOST_EARLIER, 0)
            ),
        )
        .returning(mailed_links.c.user_id)
    )
    if known is None:
        return None
    locks.note(tx, mailed_links, [token_hash(token)])
    html = mail.html.replace(PLACE, token) if mail.html else None
    return replace(mail, text=mail.text.replace(PLACE, token), html=html)


async def find_open(tx: Tx, token: str, purpose: Purpose) -> Link | None:
    """Return the open link that a token belongs to, and leave it open."""
    row = (await tx.execute(_LINK.where(_named(token, purpose)))).mappings().one_or_none()
    return Link(**row) if row else None


async def use_up(tx: Tx, token: str, purpose: Purpose) -> Link:
    """Use a link up. Raises UserError `link_dead` (410); of two at once, one gets it.

    Its account is locked, with all its links, and so is the address and whoever has it: what
    follows changes them.
    """
    found = await find_open(tx, token, purpose)
    if found is None:
        raise _dead()
    await applications.one_after_the_other(tx, found.email)
    concerned = sa.or_(users.c.id == found.user_id, users.c.email == found.email)
    await locks.lock(tx, sa.select(users.c.id).where(concerned))
    mine = sa.select(mailed_links.c.token_hash).where(mailed_links.c.user_id == found.user_id)
    await locks.lock(tx, mine, to_delete=True)
    used = (
        sa.delete(mailed_links)
        .where(_named(token, purpose))
        .returning(mailed_links.c.user_id, mailed_links.c.email)
    )
    row = (await tx.execute(used)).mappings().one_or_none()
    if row is None:
        raise _dead()
    return Link(**row)


def _dead() -> UserError:
    return UserError(
        "link_dead",
        N_("このリンクは使えません。期限が切れたか、すでに使われています。"),
        status=410,
    )


async def drop_all(tx: Tx, user_id: int) -> None:
    """Let none of a user's links be good any more."""
    await locks.delete(tx, mailed_links, mailed_links.c.user_id == user_id)


async def sweep(tx: Tx, most: int) -> int:
    """Forget up to `most` links that have expired; return how many."""
    return await sweeps.sweep(
        tx, mailed_links.c.token_hash, mailed_links.c.expires_at, ~_open(), most
    )


_LINK = sa.select(mailed_links.c.user_id, mailed_links.c.email)


def _named(token: str, purpose: Purpose) -> sa.ColumnElement[bool]:
    known = token_hash(token)
    stored = sa.or_(mailed_links.c.token_hash == known, mailed_links.c.earlier.contains([known]))
    return sa.and_(stored, mailed_links.c.purpose == purpose, _open(), _of_member())


def _of_member() -> sa.ColumnElement[bool]:
    # Who has withdrawn, or is kept out, does nothing by a link of before either.
    return sa.exists().where(users.c.id == mailed_links.c.user_id, may_come_in())


def _open() -> sa.ColumnElement[bool]:
    return mailed_links.c.expires_at > sa.func.clock_timestamp()
