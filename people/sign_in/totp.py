"""Codes of an authenticator app (TOTP, RFC 6238): six digits that change every 30 seconds."""

import base64
import secrets
from dataclasses import dataclass
from typing import Any

import pyotp
import sqlalchemy as sa
import structlog
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx, clock
from foundation.language import DEFAULT
from foundation.settings import Settings
from people.sign_in import seals
from people.sign_in.tables import totp_keys
from record.site import particulars

log = structlog.get_logger(__name__)

SECRET_BYTES = 20
STEP_SECONDS = 30
# A key that nobody confirms for so long is void.
OFFER_SECONDS = 1800
DIGITS = 6
# Of a telephone's clock that goes wrong by up to half a minute.
STEPS_AROUND = (0, -1, 1)
# Beyond this many wrong codes within an hour, wherever they come from, no code is taken: whoever
# tries has the password, and of a million codes three are good. A recovery code and a passkey,
# which nobody can find by trying, work all the while, so that the owner is not locked out.
MOST_WRONG = 20
WRONG_SECONDS = 3600


@dataclass(frozen=True)
class Offer:
    """A new key for an authenticator app: as it is typed, and as the address in a QR code."""

    secret: str
    address: str


async def offer(tx: Tx, settings: Settings, user_id: int, name: str) -> Offer:
    """Make a key for an app, in place of one that no code has confirmed; `name` is what it shows.

    A key that counts stays, and ValueError is raised. Raises UnsealableError where the site has
    nothing to seal it with.
    """
    key = secrets.token_bytes(SECRET_BYTES)
    fresh = {
        "secret": seals.seal(settings, key, _whose(user_id)),
        "made_at": sa.func.clock_timestamp(),
        "wrong": 0,
        "wrong_since": None,
    }
    made = await tx.scalar(
        insert(totp_keys)
        .values(user_id=user_id, **fresh)
        .on_conflict_do_update(
            index_elements=["user_id"], set_=fresh, where=totp_keys.c.confirmed_at.is_(None)
        )
        .returning(totp_keys.c.user_id)
    )
    if made is None:
        raise ValueError("this account has an authenticator app already")
    issuer = (await particulars.read(tx)).name(DEFAULT)
    return _offer(base64.b32encode(key).decode(), name, issuer)


def _offer(secret: str, name: str, issuer: str) -> Offer:
    return Offer(secret, pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer))


async def confirm(tx: Tx, settings: Settings, user_id: int, code: str) -> bool:
    """Let a key count from now on, if this is its code; say whether it was."""
    row = await _row(tx, user_id)
    if row is None or row.confirmed_at is not None:
        return False
    late = (await clock(tx) - row.made_at).total_seconds() > OFFER_SECONDS
    if late or not await _used(tx, settings, user_id, code):
        return False
    await _change(tx, user_id, confirmed_at=sa.func.clock_timestamp())
    return True


async def use(tx: Tx, settings: Settings, user_id: int, code: str) -> bool:
    """Say whether this is a code of the user's app that was not used before; now it is.

    The transaction is to be committed also where it is not: wrong codes are counted.
    """
    if not await has(tx, user_id):
        return False
    return await _used(tx, settings, user_id, code)


async def has(tx: Tx, user_id: int) -> bool:
    """Say whether a user has an authenticator app that counts."""
    row = await _row(tx, user_id)
    return row is not None and row.confirmed_at is not None


async def remove(tx: Tx, user_id: int) -> None:
    """Forget a user's authenticator app."""
    await locks.delete(tx, totp_keys, totp_keys.c.user_id == user_id)


async def _used(tx: Tx, settings: Settings, user_id: int, code: str) -> bool:
    row = await _row(tx, user_id, locked=True)
    digits = "".join(code.split())
    if row is None or len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return False
    now = await clock(tx)
    lately = row.wrong_since is not None and (now - row.wrong_since).total_seconds() < WRONG_SECONDS
    if lately and row.wrong >= MOST_WRONG:
        log.warning("totp.too_many_wrong", user=user_id)
        return False
    step = _step_of(settings, row, digits, int(now.timestamp()) // STEP_SECONDS)
    if step is None or (row.last_step is not None and step <= row.last_step):
        await _change(
            tx,
            user_id,
            wrong=row.wrong + 1 if lately else 1,
            wrong_since=row.wrong_since if lately else now,
        )
        return False
    await _change(tx, user_id, last_step=step, wrong=0, wrong_since=None)
    return True


def _step_of(settings: Settings, row: Any, digits: str, present: int) -> int | None:
    try:
        app = pyotp.TOTP(_secret(settings, row))
    except seals.UnsealableError:
        log.error("totp.unreadable", user=row.user_id)
        return None
    steps = (present + around for around in STEPS_AROUND)
    good = [step for step in steps if pyotp.utils.strings_equal(app.generate_otp(step), digits)]
    return good[0] if good else None


def _secret(settings: Settings, row: Any) -> str:
    opened = seals.unseal(settings, bytes(row.secret), _whose(row.user_id))
    return base64.b32encode(opened).decode()


def _whose(user_id: int) -> str:
    return f"totp {user_id}"


async def _row(tx: Tx, user_id: int, *, locked: bool = False) -> Any:
    query = sa.select(totp_keys).where(totp_keys.c.user_id == user_id)
    if locked:
        return await locks.lock_row(tx, query)
    return (await tx.execute(query)).one_or_none()


async def _change(tx: Tx, user_id: int, **values: Any) -> None:
    await tx.execute(sa.update(totp_keys).where(totp_keys.c.user_id == user_id).values(**values))
