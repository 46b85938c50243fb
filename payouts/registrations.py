"""A cast's own number as an issuer of qualified invoices (適格請求書発行事業者の登録番号)."""

import re
import unicodedata

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from payouts import book, refusals
from payouts.tables import payout_profiles

_NUMBER = re.compile(r"T[1-9][0-9]{12}")
_APART = re.compile(r"[\s\-‐‑–—−\u30fc]+")


def number_of(text: str, *, company: bool) -> str | None:
    """Return a number as it is kept, None for none. Raises UserError for what can't be one.

    A company's is its 法人番号, whose first digit checks the others. Of the numbers of persons only
    the shape is public, so that alone is looked at.
    """
    typed = _APART.sub("", unicodedata.normalize("NFKC", text)).upper()
    if not typed:
        return None
    number = typed if typed.startswith("T") else f"T{typed}"
    if not _NUMBER.fullmatch(number):
        raise refusals.registration_malformed()
    if company and int(number[1]) != check_digit(number[2:]):
        raise refusals.registration_miscopied()
    return number


def check_digit(twelve: str) -> int:
    """Return the digit that stands before the twelve of a 法人番号 (法人番号省令 第2条)."""
    weighed = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(twelve)))
    return 9 - sum(weighed) % 9


async def known(tx: Tx, user_id: int) -> tuple[str | None, bool]:
    """Return a cast's number, and whether they are paid as a company."""
    p = payout_profiles.c
    query = sa.select(p.registration, p.category, p.company).where(p.user_id == user_id)
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        return None, False
    return row.registration, row.category == "company" or row.company is not None


async def save(tx: Tx, user_id: int, text: str) -> str | None:
    """Keep a cast's number, or that they have none; it counts for payouts that are gathered later.

    Returns it. Raises UserError.
    """
    await book.lock(tx, [user_id])
    _, company = await known(tx, user_id)
    number = number_of(text, company=company)
    row = insert(payout_profiles).values(user_id=user_id, registration=number)
    await tx.execute(
        row.on_conflict_do_update(
            index_elements=["user_id"], set_={"registration": row.excluded.registration}
        )
    )
    return number
