"""Proving a number: a call speaks a code, and its owner types it on the page.

Calls cost, and ring people who asked for none: so few a member, few a number and few a day.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in import seals
from people.telephones import numbers, proof_rows, refusals, words
from people.telephones.tables import MOST_TRIES, telephone_proofs, telephones

log = structlog.get_logger(__name__)

CODE_DIGITS = 5
CODE_SECONDS = 600
SOON_SECONDS = 60
# As long as somebody waits for it to ring.
ORDER_SECONDS = 60
DAY_SECONDS = 86_400
# A family's.
MOST_SHARING = 4
NOW = sa.func.clock_timestamp()


@dataclass(frozen=True)
class WaitingProof:
    """A code that waits to be typed, and how its call goes."""

    id: int
    tail: str
    state: str
    tries: int
    made_at: datetime
    expires_at: datetime

    @property
    def tries_left(self) -> int:
        """How often a code may still be typed."""
        return MOST_TRIES - self.tries


# A call that nobody made in time is not made any more.
_LATE = telephone_proofs.c.made_at < NOW - sa.func.make_interval(0, 0, 0, 0, 0, 0, ORDER_SECONDS)
_SHOWN_STATE = sa.case(
    (sa.and_(telephone_proofs.c.state == "waiting", _LATE), "failed"),
    else_=telephone_proofs.c.state,
).label("state")


async def ask(tx: Tx, settings: Settings, user_id: int, typed: str) -> int:
    """Note a call to a number, in place of one before; the door has it made. Return the proof's id.

    Raises UserError `telephone_malformed`, `telephone_not_dialled`, `telephones_closed`,
    `not_confirmed`, `proof_too_soon`, `proofs_too_many`.
    """
    if not seals.can_seal(settings):
        raise refusals.closed()
    e164 = numbers.e164_of(typed)
    if not numbers.may_dial(settings, e164):
        raise refusals.not_dialled()
    mark = numbers.mark_of(settings, e164)
    # Two presses at once, and two members with one number, are counted one after the other.
    me = await locks.lock_row(
        tx, sa.select(users.c.id, users.c.confirmed_at).where(users.c.id == user_id)
    )
    if me is None or me.confirmed_at is None:
        raise refusals.not_confirmed()
    await locks.lock_word(tx, locks.PROOF_CALLS, "day")
    await _must_be_few(tx, settings, user_id, mark)
    await proof_rows.void(tx, telephone_proofs.c.user_id == user_id)
    return await _insert(tx, settings, user_id, e164, mark)


async def waiting(tx: Tx, user_id: int) -> WaitingProof | None:
    """Return the proof whose code a member can type now."""
    columns = [
        _SHOWN_STATE if name == "state" else telephone_proofs.c[name]
        for name in WaitingProof.__dataclass_fields__
    ]
    mine = sa.select(*columns).where(telephone_proofs.c.user_id == user_id, proof_rows.OPEN)
    return typed_one(WaitingProof, (await tx.execute(mine)).mappings())


async def enter(tx: Tx, settings: Settings, user_id: int, code: str) -> bool:
    """Take a typed code: whether it was right; then the number is the member's, and they are told.

    The transaction is to be committed in any case: tries are counted. Raises UserError `proof_over`
    where no code waits or too many were wrong, `telephone_shared`.
    """
    mine = sa.select(telephone_proofs).where(telephone_proofs.c.user_id == user_id, proof_rows.OPEN)
    row = await locks.lock_row(tx, mine)
    told = None if row is None else proof_rows.opened(settings, user_id, row.sealed)
    if row is None or told is None or row.tries >= MOST_TRIES:
        raise refusals.proof_over()
    if not hmac.compare_digest(told["code"].encode(), code.encode("utf-8", "replace")):
        await proof_rows.change(tx, row.id, tries=row.tries + 1)
        return False
    await _must_be_a_familys(tx, user_id, row.mark)
    await proof_rows.change(tx, row.id, state="proved", sealed=None)
    if not await _is_of(tx, user_id, row.mark):
        await _tell_whose_it_was(tx, settings, user_id, told["number"])
    await numbers.keep(tx, settings, user_id, told["number"])
    await words.tell(tx, settings, user_id, "number")
    return True


async def remove(tx: Tx, settings: Settings, user_id: int) -> None:
    """Forget a member's number, and a code that waits; they are told."""
    await proof_rows.void(tx, telephone_proofs.c.user_id == user_id)
    await numbers.erase(tx, user_id)
    await words.tell(tx, settings, user_id, "number_off")


async def _must_be_few(tx: Tx, settings: Settings, user_id: int, mark: bytes) -> None:
    mine, same = telephone_proofs.c.user_id == user_id, telephone_proofs.c.mark == mark
    if await _lately(tx, mine, SOON_SECONDS):
        raise refusals.proof_too_soon(SOON_SECONDS)
    for which, most in (
        (mine, settings.telephone_proofs_member),
        (same, settings.telephone_proofs_number),
        (sa.true(), settings.telephone_proofs_site),
    ):
        if await _lately(tx, which, DAY_SECONDS) >= most:
            log.warning("telephone.proofs_too_many", user=user_id)
            raise refusals.proofs_too_many()


async def _lately(tx: Tx, which: sa.ColumnElement[bool], seconds: int) -> int:
    since = NOW - sa.func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    asked = sa.select(sa.func.count()).where(which, telephone_proofs.c.made_at > since)
    return int(await tx.scalar(asked) or 0)


async def _insert(tx: Tx, settings: Settings, user_id: int, e164: str, mark: bytes) -> int:
    code = "".join(str(secrets.randbelow(10)) for _ in range(CODE_DIGITS))
    made = await tx.scalar(
        sa.insert(telephone_proofs)
        .values(
            user_id=user_id,
            sealed=proof_rows.sealed(settings, user_id, e164, code),
            mark=mark,
            tail=e164[-4:],
            expires_at=NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, CODE_SECONDS),
        )
        .returning(telephone_proofs.c.id)
    )
    assert made is not None
    return int(made)


async def _must_be_a_familys(tx: Tx, user_id: int, mark: bytes) -> None:
    others = sa.select(sa.func.count()).where(
        telephones.c.mark == mark, telephones.c.user_id != user_id
    )
    if (await tx.scalar(others) or 0) >= MOST_SHARING:
        raise refusals.shared_by_many(MOST_SHARING)


async def _is_of(tx: Tx, user_id: int, mark: bytes) -> bool:
    mine = telephones.c.user_id == user_id, telephones.c.mark == mark
    return bool(await tx.scalar(sa.select(sa.exists().where(*mine))))


async def _tell_whose_it_was(tx: Tx, settings: Settings, user_id: int, e164: str) -> None:
    """A mobile telephone is one person's: whose it was is told. A family's line is nobody's news.

    Who the other one is stands nowhere.
    """
    if not numbers.is_mobile(e164):
        return
    same = telephones.c.mark == numbers.mark_of(settings, e164)
    others = sa.select(telephones.c.user_id).where(same, telephones.c.user_id != user_id)
    for other in list(await tx.scalars(others.order_by(telephones.c.user_id))):
        await words.tell(tx, settings, other, "shared")
