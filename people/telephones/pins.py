"""PINs: what is pressed on a telephone before anything that costs.

So short a secret is only as good as its count of tries: after five wrong ones it is locked for an
hour, the next time for two, and so on, twice as long each time; and after a hundred in all, right
ones between them or not, it is to be set anew. Its owner is told each time. What is stored is of no
use without the site's key.
"""

import hmac
import re
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Database, Tx, clock
from foundation.settings import Settings
from people.accounts import passwords
from people.accounts.tables import users
from people.sign_in import seals
from people.telephones import numbers, refusals, words
from people.telephones.tables import telephone_pins

LEAST_DIGITS, MOST_DIGITS = 4, 8
MOST_WRONG = 5
FIRST_LOCK_HOURS = 1
# Two years; what is asked of the database's calendar has to have an end.
MOST_DOUBLED = 14
# Of four digits one in a hundred would be guessed by then.
MOST_WRONG_IN_ALL = 100

_PIN = re.compile(rf"[0-9]{{{LEAST_DIGITS},{MOST_DIGITS}}}")
_UP, _DOWN = "01234567890", "09876543210"


def pin_of(typed: str, birthday: date | None = None, number: str = "") -> str:
    """Return a new PIN as it is. Raises UserError `pin_malformed`, `pin_guessed`.

    Refused are digits that repeat or follow each other, years and days, and what stands in its
    owner's birthday or telephone number.
    """
    if not _PIN.fullmatch(typed):
        raise refusals.pin_malformed()
    if _is_guessed(typed) or typed in _of_birthday(birthday) or typed in number:
        raise refusals.pin_guessed()
    return typed


def _is_guessed(pin: str) -> bool:
    few = len({*pin}) <= 2
    doubled = len(pin) % 2 == 0 and pin[: len(pin) // 2] == pin[len(pin) // 2 :]
    return few or doubled or pin in _UP or pin in _DOWN or _is_a_day(pin)


def _is_a_day(pin: str) -> bool:
    """Say whether it is a year or a day of one, which are most of what people choose."""
    if re.fullmatch(r"(19|20)[0-9]{2}", pin):
        return True
    day = r"((19|20)?[0-9]{2})?(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"
    return re.fullmatch(day, pin) is not None


def _of_birthday(birthday: date | None) -> str:
    return birthday.strftime("%Y%m%d %d%m%Y %m%d%Y %y%m%d %m%y") if birthday else ""


async def set_pin(database: Database, settings: Settings, user_id: int, typed: str) -> None:
    """Set a member's PIN, and open it where it was locked; they are told.

    It is hashed between two transactions, so that no connection waits for that. Raises UserError
    as `pin_of` does, `telephone_needed` of who has no number, `telephones_closed`.
    """
    if not seals.can_seal(settings):
        raise refusals.closed()
    async with database.transaction() as tx:
        number = await numbers.number_of(tx, settings, user_id)
        born = await tx.scalar(sa.select(users.c.birthday).where(users.c.id == user_id))
    if number is None:
        raise refusals.number_first()
    pin = pin_of(typed, born, number.e164)
    pin_hash = await hashed(settings, user_id, pin)
    async with database.transaction() as tx:
        await keep(tx, user_id, pin_hash)
        await words.tell(tx, settings, user_id, "pin")


async def hashed(settings: Settings, user_id: int, pin: str) -> str:
    """Return what is stored of a PIN; it takes its time, so no transaction waits for it."""
    return await passwords.hash_password(_peppered(settings, user_id, pin))


async def keep(tx: Tx, user_id: int, pin_hash: str) -> None:
    """Let a PIN be a member's, and open it where one was locked, without a word to them."""
    fresh = {
        "pin_hash": pin_hash,
        "made_at": sa.func.clock_timestamp(),
        "wrong": 0,
        "locks": 0,
        "locked_until": None,
        "wrong_in_all": 0,
    }
    made = insert(telephone_pins).values(user_id=user_id, **fresh)
    await tx.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=fresh))


async def has(tx: Tx, user_id: int) -> bool:
    """Say whether a member has a PIN."""
    mine = telephone_pins.c.user_id == user_id
    return bool(await tx.scalar(sa.select(sa.exists().where(mine))))


async def is_locked(tx: Tx, user_id: int) -> bool:
    """Say whether a member's PIN is locked now, or used up until it is set anew."""
    mine = telephone_pins.c.user_id == user_id
    locked = telephone_pins.c.locked_until > sa.func.clock_timestamp()
    used_up = telephone_pins.c.wrong_in_all >= MOST_WRONG_IN_ALL
    return bool(await tx.scalar(sa.select(sa.exists().where(mine, locked | used_up))))


async def check(tx: Tx, settings: Settings, user_id: int, digits: str) -> bool:
    """Say whether this is a member's PIN. Of who has none, or whose is locked, none is.

    The transaction is to be committed in any case: wrong ones are counted.
    """
    mine = sa.select(telephone_pins).where(telephone_pins.c.user_id == user_id)
    row = await locks.lock_row(tx, mine)
    now = await clock(tx)
    locked = row is not None and row.locked_until is not None and row.locked_until > now
    if row is None or locked or row.wrong_in_all >= MOST_WRONG_IN_ALL or not _PIN.fullmatch(digits):
        return False
    if await passwords.matches(row.pin_hash, _peppered(settings, user_id, digits)):
        await _set(tx, user_id, wrong=0, locks=0, locked_until=None)
        return True
    await _count_wrong(tx, settings, user_id, row.wrong + 1, row.locks, row.wrong_in_all + 1)
    return False


async def remove(tx: Tx, settings: Settings, user_id: int) -> None:
    """Forget a member's PIN; they are told where they had one."""
    if await erase(tx, user_id):
        await words.tell(tx, settings, user_id, "pin_off")


async def erase(tx: Tx, user_id: int) -> bool:
    """Forget a member's PIN without a word; say whether there was one."""
    return await locks.delete(tx, telephone_pins, telephone_pins.c.user_id == user_id) > 0


async def _count_wrong(
    tx: Tx, settings: Settings, user_id: int, wrong: int, locked_before: int, in_all: int
) -> None:
    await _set(tx, user_id, wrong=wrong, wrong_in_all=in_all)
    if in_all >= MOST_WRONG_IN_ALL:
        await words.tell(tx, settings, user_id, "pin_used_up")
    elif wrong >= MOST_WRONG:
        hours = FIRST_LOCK_HOURS * 2**locked_before
        until = sa.func.clock_timestamp() + sa.func.make_interval(0, 0, 0, 0, hours)
        locks = min(locked_before + 1, MOST_DOUBLED)
        await _set(tx, user_id, wrong=0, locks=locks, locked_until=until)
        await words.tell(tx, settings, user_id, "pin_locked")


async def _set(tx: Tx, user_id: int, **values: object) -> None:
    mine = telephone_pins.c.user_id == user_id
    await tx.execute(sa.update(telephone_pins).where(mine).values(**values))


def _peppered(settings: Settings, user_id: int, pin: str) -> str:
    told = f"telephone pin {user_id} {pin}".encode()
    return hmac.new(seals.mark_key(settings), told, "sha256").hexdigest()
