"""A cast's side of the check of age and identity: sending a document, and what came of it.

Whatever is sent is sealed before it is stored, and is gone with the decision (`identity_desk`).
The lock on the person puts sending, deciding and lapsing in one row.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed
from foundation.settings import Settings
from foundation.text.visible import hides
from people.accounts.tables import users
from people.desk.identity_tables import identity_checks, identity_documents
from people.sign_in import seals

Side = Literal["front", "back"]
Stand = Literal["none", "begun", "waiting", "before", "checked", "declined", "expired"]

MOST_NAME = 80
# Sealed documents that lie in the database at once, each of two pictures of some hundred kilobytes.
MOST_WAITING = 1000


@dataclass(frozen=True)
class Identity:
    """How far somebody is with it. `allowed` says whether they may offer video now."""

    state: Stand
    allowed: bool
    has_front: bool
    has_back: bool
    sent_at: datetime | None
    decided_at: datetime | None
    words: str | None
    allowed_until: datetime | None


_ALLOWED = """
(u.is_demo OR coalesce(c.state = 'checked' OR c.allowed_until > clock_timestamp(), false))
"""
_IDENTITY = sa.text(f"""
SELECT CASE WHEN d.sent_at IS NOT NULL THEN 'waiting' WHEN c.state = 'checked' THEN 'checked'
    WHEN d.user_id IS NOT NULL THEN 'begun' ELSE coalesce(c.state, 'none') END AS state,
  {_ALLOWED} AS allowed, d.front IS NOT NULL AS has_front, d.back IS NOT NULL AS has_back,
  d.sent_at, c.decided_at, c.words, c.allowed_until
FROM users u LEFT JOIN identity_documents d ON d.user_id = u.id
LEFT JOIN identity_checks c ON c.user_id = u.id WHERE u.id = :user
""")  # noqa: S608 - one fixed text within another
_IS_ALLOWED = sa.text(f"""
SELECT {_ALLOWED} FROM users u LEFT JOIN identity_checks c ON c.user_id = u.id WHERE u.id = :user
""")  # noqa: S608 - likewise


async def is_checked(tx: Tx, user_id: int) -> bool:
    """Say whether somebody's age and identity count as checked now.

    So do those of the demo's people, and for some days those of casts from before the checks.
    """
    return bool(await tx.scalar(_IS_ALLOWED, {"user": user_id}))


async def must_be_checked(tx: Tx, settings: Settings, user_id: int) -> None:
    """Refuse who has not been checked, on a site that wants it: UserError `identity_needed`."""
    if settings.identity_check and not await is_checked(tx, user_id):
        raise UserError(
            "identity_needed",
            N_(
                "映像のルームには、年齢と本人の確認が必要です。「本人確認」のページから書類をお送りください。"
                "声だけのルームなら、いますぐ始められます。"
            ),
            status=403,
        )


async def of(tx: Tx, user_id: int) -> Identity:
    """Return how far somebody is with the check."""
    return typed(Identity, (await tx.execute(_IDENTITY, {"user": user_id})).mappings().one())


async def legal_name(tx: Tx, settings: Settings, user_id: int) -> str | None:
    """Return the name in the document by which somebody was checked; None where nobody was.

    Raises UserError `identity_unreadable` where the key is another one now.
    """
    mine = identity_checks.c.user_id == user_id
    sealed = await tx.scalar(sa.select(identity_checks.c.legal_name).where(mine))
    if sealed is None:
        return None
    try:
        return seals.unseal(settings, sealed, whose(user_id, "name")).decode()
    except seals.UnsealableError:
        raise UserError(
            "identity_unreadable",
            N_("鍵が変わったため、本人確認のお名前を読み取れません。"),
        ) from None


def legal_name_of(text: str) -> str:
    """Return a name as it stands in a document, on one line. Raises UserError (422) for none."""
    name = " ".join(text.split())
    if not 1 <= len(name) <= MOST_NAME or not name.isprintable() or hides(name):
        raise UserError(
            "legal_name_odd",
            N_("書類にあるとおりのお名前を、%(most)s文字までで入力してください。"),
            status=422,
            most=MOST_NAME,
        )
    return name


async def add_side(tx: Tx, settings: Settings, user_id: int, side: Side, picture: bytes) -> None:
    """Keep one side of a document, sealed, in place of one from before; nobody is to look yet.

    `picture` was drawn anew. Raises UserError `identity_sent`, `identity_done`, `identity_crowded`
    or `identity_closed`.
    """
    must_be_possible(settings)
    await _lock_open(tx, user_id)
    await _must_have_room(tx, user_id)
    sealed = seals.seal(settings, picture, whose(user_id, side))
    await tx.execute(
        insert(identity_documents)
        .values(user_id=user_id, **{side: sealed})
        .on_conflict_do_update(index_elements=["user_id"], set_={side: sealed})
    )


def must_be_possible(settings: Settings) -> None:
    """Refuse to take documents where they can't be sealed: UserError `identity_closed` (503)."""
    if not seals.can_seal(settings):
        raise UserError(
            "identity_closed",
            N_("いまは書類を受け付けられません。お問い合わせから、運営者にお知らせください。"),
            status=503,
        )


async def send(tx: Tx, settings: Settings, user_id: int, legal_name: str) -> None:
    """Ask for the check of what was added. Raises as `add_side` does, and `identity_no_front`."""
    must_be_possible(settings)
    found = await _lock_open(tx, user_id)
    if not found.has_front:
        raise UserError("identity_no_front", N_("書類の表面の写真を追加してください。"), status=422)
    sealed = seals.seal(settings, legal_name.encode(), whose(user_id, "name"))
    await tx.execute(
        sa.update(identity_documents)
        .where(identity_documents.c.user_id == user_id)
        .values(legal_name=sealed, sent_at=sa.func.clock_timestamp())
    )


async def take_back(tx: Tx, user_id: int) -> None:
    """Erase what somebody has sent, or is about to; nothing happens where there is nothing."""
    await lock(tx, user_id)
    await erase_document(tx, user_id)


async def erase_document(tx: Tx, user_id: int) -> None:
    """Erase the document of somebody who is locked."""
    await tx.execute(sa.delete(identity_documents).where(identity_documents.c.user_id == user_id))


async def lock(tx: Tx, user_id: int) -> None:
    """Let sending, deciding and lapsing of a person's document happen one after the other."""
    await locks.lock(tx, sa.select(users.c.id).where(users.c.id == user_id))


def whose(user_id: int, what: Literal["front", "back", "name"]) -> str:
    """Return what binds a seal to its row and column."""
    return f"identity {what} {user_id}"


async def _lock_open(tx: Tx, user_id: int) -> Identity:
    """Lock who may still add to a document."""
    await lock(tx, user_id)
    found = await of(tx, user_id)
    if found.state == "checked":
        raise UserError("identity_done", N_("本人確認は済んでいます。"))
    if found.state == "waiting":
        raise UserError(
            "identity_sent",
            N_("書類を確認しています。送りなおすときは、先に取り消してください。"),
        )
    return found


async def _must_have_room(tx: Tx, user_id: int) -> None:
    others = identity_documents.c.user_id != user_id
    waiting = sa.select(sa.func.count()).select_from(identity_documents).where(others)
    if (await tx.scalar(waiting) or 0) >= MOST_WAITING:
        raise UserError(
            "identity_crowded",
            N_("確認を待つ書類が多いため、いまは受け付けられません。あすまたお試しください。"),
            status=503,
        )
