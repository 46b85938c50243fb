"""What administrators do about identities: looking at a document, and deciding.

Each is written down. The document goes with the decision; of the date of birth, which they type,
nothing is kept.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed
from foundation.settings import Settings
from people.accounts import rules
from people.desk import identity, staff_views
from people.desk.identity import Side
from people.desk.identity_tables import identity_checks, identity_documents
from people.desk.identity_words import CHECKED, CHECKED_TEXT, DECLINED, DECLINED_TEXT, tell
from people.sign_in import seals
from people.sign_in.seals import UnsealableError
from record.acts import MOST_REASON, log_act

MOST_WORDS = 1000


@dataclass(frozen=True)
class SentDocument:
    """A document that waits, and whose it is; `birthday` as they said at registration."""

    user_id: int
    nickname: str
    legal_name: str
    birthday: date | None
    has_back: bool
    sent_at: datetime


_SENT = sa.text("""
SELECT d.user_id, u.nickname, u.birthday, d.legal_name, d.back IS NOT NULL AS has_back, d.sent_at
FROM identity_documents d JOIN users u ON u.id = d.user_id
WHERE d.user_id = :user AND d.sent_at IS NOT NULL
""")


async def look(tx: Tx, settings: Settings, user_id: int, viewer_id: int) -> SentDocument:
    """Let an administrator see what somebody has sent; that they did is written down.

    Raises UserError `identity_unknown` (404), `identity_own` (403), `identity_unreadable`.
    """
    found = await _sent(tx, settings, user_id, viewer_id)
    await log_act(tx, viewer_id, "identity.look", f"user:{user_id}", reason=f"identity:{user_id}")
    await staff_views.note(tx, viewer_id, f"identity:{user_id}")
    return found


async def picture(tx: Tx, settings: Settings, user_id: int, viewer_id: int, side: Side) -> bytes:
    """Return one side of a document as WebP, for an administrator; noted to the minute.

    Raises as `look` does.
    """
    await _sent(tx, settings, user_id, viewer_id)
    column = identity_documents.c[side]
    sealed = await tx.scalar(sa.select(column).where(identity_documents.c.user_id == user_id))
    if sealed is None:
        raise _unknown()
    await staff_views.note(tx, viewer_id, f"identity:{user_id}")
    return _opened(settings, sealed, identity.whose(user_id, side))


async def check(
    tx: Tx, settings: Settings, user_id: int, actor_id: int, born: date, today: date
) -> None:
    """Note that somebody is of age and who they say they are; the document goes, and they are told.

    `born` stands in the document, and is kept nowhere. Raises UserError `identity_too_young` (422),
    and as `look`.
    """
    await identity.lock(tx, user_id)
    found = await _sent(tx, settings, user_id, actor_id)
    if born > today or rules.age(born, today) < rules.ADULT_YEARS:
        raise UserError(
            "identity_too_young",
            N_("この生年月日では%(years)s歳に達していません。お断りしてください。"),
            status=422,
            years=rules.ADULT_YEARS,
        )
    sealed = seals.seal(settings, found.legal_name.encode(), identity.whose(user_id, "name"))
    await _decide(tx, user_id, actor_id, "checked", legal_name=sealed)
    await log_act(tx, actor_id, "identity.check", f"user:{user_id}", reason=f"identity:{user_id}")
    await tell(tx, settings, user_id, CHECKED, CHECKED_TEXT)


async def decline(tx: Tx, settings: Settings, user_id: int, actor_id: int, words: str) -> None:
    """Decline a document with words for its sender; it goes all the same. Raises as `look` does."""
    await identity.lock(tx, user_id)
    await _sent(tx, settings, user_id, actor_id, readable=False)
    await _decide(tx, user_id, actor_id, "declined", words=words)
    subject = f"user:{user_id}"
    await log_act(tx, actor_id, "identity.decline", subject, reason=words[:MOST_REASON])
    await tell(tx, settings, user_id, DECLINED, DECLINED_TEXT, words=words)


async def _sent(
    tx: Tx, settings: Settings, user_id: int, viewer_id: int, *, readable: bool = True
) -> SentDocument:
    row = (await tx.execute(_SENT, {"user": user_id})).mappings().one_or_none()
    if row is None:
        raise _unknown()
    if user_id == viewer_id:
        raise UserError("identity_own", N_("ご自分の書類は、扱えません。"), status=403)
    found = typed(SentDocument, row)
    sealed = row["legal_name"]
    name = _opened(settings, sealed, identity.whose(user_id, "name")) if readable else b""
    return replace(found, legal_name=name.decode())


def _opened(settings: Settings, sealed: bytes, whose: str) -> bytes:
    try:
        return seals.unseal(settings, sealed, whose)
    except UnsealableError:
        raise UserError(
            "identity_unreadable",
            N_(
                "鍵が変わったため、この書類は読み取れません。お断りして、送りなおしてもらってください。"
            ),
        ) from None


async def _decide(tx: Tx, user_id: int, actor_id: int, state: str, **kept: object) -> None:
    values: dict[str, object] = {
        "state": state,
        "decided_by": actor_id,
        "decided_at": sa.func.clock_timestamp(),
        "words": None,
        "legal_name": None,
        **kept,
    }
    await tx.execute(
        insert(identity_checks)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
    await identity.erase_document(tx, user_id)


def _unknown() -> UserError:
    return UserError(
        "identity_unknown",
        N_("この書類はもうありません。確認が済んだか、取り消されました。"),
        status=404,
    )
