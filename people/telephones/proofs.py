"""Proving a number: a call speaks a code, and its owner types it on the page.

Calls cost, and ring people who asked for none: so few a member, few a number and few a day.
"""

import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.row_types import typed_one
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in import seals
from people.telephones import numbers, refusals, words
from people.telephones.tables import MOST_TRIES, telephone_proofs, telephones

log = structlog.get_logger(__name__)

# What became of a call, as the telephone's process tells it.
Outcome = Literal["spoken", "missed", "failed"]

CODE_DIGITS = 5
CODE_SECONDS = 600
SOON_SECONDS = 60
# As long as somebody waits for it to ring.
ORDER_SECONDS = 60
DAY_SECONDS = 86_400
KEPT_DAYS = 90
# A family's.
MOST_SHARING = 4
# Longer than the code takes to be told twice.
CALL_MINUTES = 1

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


@dataclass(frozen=True)
class SpokenCode:
    """What the telephone's process rings and says."""

    e164: str
    code: str
    locale: str

    def __repr__(self) -> str:
        return "SpokenCode(…)"


# A call that nobody made in time is not made any more.
_LATE = telephone_proofs.c.made_at < NOW - sa.func.make_interval(0, 0, 0, 0, 0, 0, ORDER_SECONDS)
_SHOWN_STATE = sa.case(
    (sa.and_(telephone_proofs.c.state == "waiting", _LATE), "failed"),
    else_=telephone_proofs.c.state,
).label("state")
_OPEN = telephone_proofs.c.sealed.is_not(None) & (telephone_proofs.c.expires_at > NOW)


async def ask(tx: Tx, settings: Settings, user_id: int, typed: str) -> int:
    """Note a call to a number, in place of one before; the door has it made. Return the proof's id.

    Raises UserError `telephone_malformed`, `telephone_not_dialled`, `telephones_closed`,
    `proof_too_soon`, `proofs_too_many`.
    """
    if not seals.can_seal(settings):
        raise refusals.closed()
    e164 = numbers.e164_of(typed)
    if not numbers.may_dial(settings, e164):
        raise refusals.not_dialled()
    mark = numbers.mark_of(settings, e164)
    # Two presses at once, and two members with one number, are counted one after the other.
    await locks.lock_row(tx, sa.select(users.c.id).where(users.c.id == user_id))
    await locks.lock_word(tx, "telephone_calls", "day")
    await _must_be_few(tx, settings, user_id, mark)
    await _void(tx, telephone_proofs.c.user_id == user_id)
    return await _insert(tx, settings, user_id, e164, mark)


async def waiting(tx: Tx, user_id: int) -> WaitingProof | None:
    """Return the proof whose code a member can type now."""
    columns = [
        _SHOWN_STATE if name == "state" else telephone_proofs.c[name]
        for name in WaitingProof.__dataclass_fields__
    ]
    mine = sa.select(*columns).where(telephone_proofs.c.user_id == user_id, _OPEN)
    return typed_one(WaitingProof, (await tx.execute(mine)).mappings())


async def to_speak(tx: Tx, settings: Settings, proof_id: int) -> SpokenCode | None:
    """Return what is to be rung and said, once: the call is under way from now on.

    None where it is void, too late, or was made before.
    """
    mine = sa.select(telephone_proofs).where(telephone_proofs.c.id == proof_id, _OPEN)
    row = await locks.lock_row(tx, mine)
    if row is None or row.state != "waiting":
        return None
    told = _opened(settings, row.user_id, row.sealed)
    if told is None or not numbers.may_dial(settings, told["number"]):
        await _set(tx, proof_id, state="void", sealed=None)
        return None
    yen = numbers.minute_yen(settings, told["number"]) * CALL_MINUTES
    await _set(tx, proof_id, state="calling", cost_yen=yen)
    log.info("telephone.proof_call", proof=proof_id, user=row.user_id, yen=yen)
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == row.user_id))
    return SpokenCode(told["number"], told["code"], locale or "ja")


async def note(tx: Tx, proof_id: int, outcome: Outcome) -> int | None:
    """Note what became of a call; return whose it was, None where it was over by then.

    The code of a call that nobody took up stays good: it may be heard by an answering machine.
    """
    changed = await tx.scalar(
        sa.update(telephone_proofs)
        .where(telephone_proofs.c.id == proof_id, telephone_proofs.c.state == "calling")
        .values(state=outcome)
        .returning(telephone_proofs.c.user_id)
    )
    locks.note(tx, telephone_proofs, [proof_id])
    return changed


async def enter(tx: Tx, settings: Settings, user_id: int, code: str) -> bool:
    """Take a typed code: whether it was right; then the number is the member's, and they are told.

    The transaction is to be committed in any case: tries are counted. Raises UserError `proof_over`
    where no code waits or too many were wrong, `telephone_shared`.
    """
    mine = sa.select(telephone_proofs).where(telephone_proofs.c.user_id == user_id, _OPEN)
    row = await locks.lock_row(tx, mine)
    told = None if row is None else _opened(settings, user_id, row.sealed)
    if row is None or told is None or row.tries >= MOST_TRIES:
        raise refusals.proof_over()
    if not hmac.compare_digest(told["code"].encode(), code.encode("utf-8", "replace")):
        await _set(tx, row.id, tries=row.tries + 1)
        return False
    await _must_be_a_familys(tx, user_id, row.mark)
    await _set(tx, row.id, state="proved", sealed=None)
    await _become(tx, settings, user_id, told["number"])
    await words.tell(tx, settings, user_id, "number")
    return True


async def remove(tx: Tx, settings: Settings, user_id: int) -> None:
    """Forget a member's number, and a code that waits; they are told."""
    await _void(tx, telephone_proofs.c.user_id == user_id)
    await numbers.erase(tx, user_id)
    await words.tell(tx, settings, user_id, "number_off")


async def tidy(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` numbers and codes that lapsed, then as many calls older than days."""
    return await lapse(tx, most) or await sweep(tx, days, most)


async def lapse(tx: Tx, most: int) -> int:
    """Forget up to `most` numbers and codes that were never typed; return how many."""
    over = telephone_proofs.c.sealed.is_not(None) & (telephone_proofs.c.expires_at <= NOW)
    found = await locks.lock(
        tx, sa.select(telephone_proofs.c.id).where(over).limit(most), skip_locked=True
    )
    await _empty(tx, [row.id for row in found])
    return len(found)


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` calls that were asked for longer ago than days; return how many."""
    old = telephone_proofs.c.made_at < NOW - sa.func.make_interval(0, 0, 0, days)
    query = sa.select(telephone_proofs.c.id).where(old).limit(most)
    return len(await locks.take_away(tx, query, skip_locked=True))


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
    told = json.dumps({"number": e164, "code": code}).encode()
    made = await tx.scalar(
        sa.insert(telephone_proofs)
        .values(
            user_id=user_id,
            sealed=seals.seal(settings, told, _whose(user_id)),
            mark=mark,
            tail=e164[-4:],
            expires_at=NOW + sa.func.make_interval(0, 0, 0, 0, 0, 0, CODE_SECONDS),
        )
        .returning(telephone_proofs.c.id)
    )
    assert made is not None
    return made


async def _must_be_a_familys(tx: Tx, user_id: int, mark: bytes) -> None:
    others = sa.select(sa.func.count()).where(
        telephones.c.mark == mark, telephones.c.user_id != user_id
    )
    if (await tx.scalar(others) or 0) >= MOST_SHARING:
        raise refusals.shared_by_many(MOST_SHARING)


async def _become(tx: Tx, settings: Settings, user_id: int, e164: str) -> None:
    fresh = {
        "sealed": numbers.sealed(settings, user_id, e164),
        "mark": numbers.mark_of(settings, e164),
        "tail": e164[-4:],
        "proved_at": NOW,
    }
    made = insert(telephones).values(user_id=user_id, **fresh)
    await tx.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=fresh))


async def _void(tx: Tx, which: sa.ColumnElement[bool]) -> None:
    waits = telephone_proofs.c.sealed.is_not(None)
    found = await locks.lock(tx, sa.select(telephone_proofs.c.id).where(which, waits))
    await _empty(tx, [row.id for row in found])


async def _empty(tx: Tx, ids: list[int]) -> None:
    # What a call came to stays noted; one that never was is void.
    state = sa.case(
        (telephone_proofs.c.state.in_(("waiting", "calling")), "void"),
        else_=telephone_proofs.c.state,
    )
    ended = sa.update(telephone_proofs).where(telephone_proofs.c.id.in_(ids))
    await tx.execute(ended.values(sealed=None, state=state))


async def _set(tx: Tx, proof_id: int, **values: object) -> None:
    mine = telephone_proofs.c.id == proof_id
    await tx.execute(sa.update(telephone_proofs).where(mine).values(**values))


def _opened(settings: Settings, user_id: int, stored: bytes) -> dict[str, str] | None:
    try:
        told: dict[str, str] = json.loads(seals.unseal(settings, bytes(stored), _whose(user_id)))
    except seals.UnsealableError:
        log.error("telephone.proof_unreadable", user=user_id)
        return None
    return told


def _whose(user_id: int) -> str:
    return f"telephone proof {user_id}"
