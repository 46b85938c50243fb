"""Telephone numbers: written in many ways, rung only where that is cheap, known by a mark."""

import hmac
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import phonenumbers
import sqlalchemy as sa
import structlog
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.sign_in import seals
from people.sign_in.sessions import may_come_in
from people.telephones import refusals
from people.telephones.tables import telephones

log = structlog.get_logger(__name__)

HOME = "JP"
MOST_TYPED = 40
# What is neither the callee's cost nor somebody's own telephone: not rung, whatever the settings.
RUNG = (
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.VOIP,
    PhoneNumberType.PERSONAL_NUMBER,
)
# Of the numbering plan at home: shared and premium cost, telephone votes, free of charge, carriers'
# own, data, pagers.
NEVER = tuple(f"+81{begins}" for begins in ("570", "180", "990", "120", "800", "910", "20", "99"))
_SHORT = re.compile(r"1[0-9]{1,4}")
# Dashes and the like that Japanese keyboards make of a hyphen.
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc\uff70\uff0d~\u301c]")


@dataclass(frozen=True)
class DialledNumber:
    """A member's number as it is rung, in E.164; its last four digits; since when it is theirs.

    What prints it shows the digits alone.
    """

    e164: str
    tail: str
    proved_at: datetime

    def __repr__(self) -> str:
        return f"DialledNumber({masked(self.tail)})"


def e164_of(typed: str) -> str:
    """Return a number as people write it in Japan, or with its country, in E.164.

    Full-width digits, hyphens of any kind, brackets, spaces and +81 are taken. Raises UserError
    `telephone_malformed`; `telephone_not_dialled` for emergency numbers and the like.
    """
    plain = _DASHES.sub("-", unicodedata.normalize("NFKC", typed[:MOST_TYPED])).strip()
    if _SHORT.fullmatch(plain):
        raise refusals.not_dialled()
    try:
        number = phonenumbers.parse(plain, HOME)
    except phonenumbers.NumberParseException:
        raise refusals.malformed() from None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if e164.startswith(NEVER):
        raise refusals.not_dialled()
    if not phonenumbers.is_valid_number(number) or number.extension or len(typed) > MOST_TYPED:
        raise refusals.malformed()
    return e164


def may_dial(settings: Settings, e164: str) -> bool:
    """Say whether the site rings a number: by its allowed prefixes, and never what costs more."""
    if not e164.startswith(settings.dialled_prefixes) or e164.startswith(NEVER):
        return False
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return False
    kind = phonenumbers.number_type(number)
    return phonenumbers.is_valid_number(number) and kind in RUNG


def is_mobile(e164: str) -> bool:
    """Say whether a number is a mobile telephone's, and so one person's."""
    return bool(phonenumbers.number_type(phonenumbers.parse(e164)) == PhoneNumberType.MOBILE)


def minute_yen(settings: Settings, e164: str) -> int:
    """Return what the line takes for a minute to a number, in yen, as the settings estimate it."""
    kind = phonenumbers.number_type(phonenumbers.parse(e164))
    cheap = kind in (PhoneNumberType.FIXED_LINE, PhoneNumberType.VOIP)
    return settings.telephone_fixed_yen if cheap else settings.telephone_mobile_yen


async def number_of(tx: Tx, settings: Settings, user_id: int) -> DialledNumber | None:
    """Return the number at which a member is rung. None where there is none, or it can't be read.

    It is unsealed here and in proofs alone; whoever has it shows and logs it nowhere.
    """
    mine = sa.select(telephones).where(telephones.c.user_id == user_id)
    row = (await tx.execute(mine)).one_or_none()
    if row is None:
        return None
    try:
        opened = seals.unseal(settings, bytes(row.sealed), _whose(user_id))
    except seals.UnsealableError:
        log.error("telephone.unreadable", user=user_id)
        return None
    return DialledNumber(opened.decode(), row.tail, row.proved_at)


async def tail_of(tx: Tx, user_id: int) -> str | None:
    """Return the last four digits of a member's number; None where they have none."""
    mine = telephones.c.user_id == user_id
    tail: str | None = await tx.scalar(sa.select(telephones.c.tail).where(mine))
    return tail


async def recognise(tx: Tx, settings: Settings, number: str) -> int | None:
    """Return whose number rings, as the network tells it: in E.164, or as one dials at home.

    None where it is withheld, unknown, or of several members; what anybody may do by telephone
    wants a PIN besides, for networks can be made to tell a wrong one.
    """
    told = number if number.startswith(("+", "0")) else f"+{number}"
    try:
        mark = mark_of(settings, e164_of(told))
    except (UserError, seals.UnsealableError):
        return None
    theirs = (
        sa.select(telephones.c.user_id)
        .join(users, users.c.id == telephones.c.user_id)
        .where(telephones.c.mark == mark, may_come_in())
        .limit(2)
    )
    found = list(await tx.scalars(theirs))
    return found[0] if len(found) == 1 else None


def mark_of(settings: Settings, e164: str) -> bytes:
    """Return what may be compared of a number, and says nothing of it without the key."""
    return hmac.digest(seals.mark_key(settings), f"telephone {e164}".encode(), "sha256")


def masked(tail: str) -> str:
    """Return a number as its owner's page shows it."""
    return f"•••-••••-{tail}"


def sealed(settings: Settings, user_id: int, e164: str) -> bytes:
    """Return a number as it may be stored."""
    return seals.seal(settings, e164.encode(), _whose(user_id))


async def keep(tx: Tx, settings: Settings, user_id: int, e164: str) -> None:
    """Let a number be a member's, in place of another; whoever calls this has it proved."""
    fresh = {
        "sealed": sealed(settings, user_id, e164),
        "mark": mark_of(settings, e164),
        "tail": e164[-4:],
        "proved_at": sa.func.clock_timestamp(),
    }
    made = insert(telephones).values(user_id=user_id, **fresh)
    await tx.execute(made.on_conflict_do_update(index_elements=["user_id"], set_=fresh))


async def erase(tx: Tx, user_id: int) -> None:
    """Forget a member's number."""
    await tx.execute(sa.delete(telephones).where(telephones.c.user_id == user_id))


def _whose(user_id: int) -> str:
    return f"telephone {user_id}"
