"""Who agreed to which version of the terms and of the privacy policy, and who is to be asked.

A version that wants to be agreed to asks everybody who has agreed neither to it nor to a later one.
Who is asked sees what holds at that moment, and agrees to that.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on, insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from record.texts import versions
from record.texts.tables import AGREED, site_texts, text_agreements
from record.texts.versions import Version


def owed(user_id: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that an account has something to agree to: part of another query, so
    that a page asks nothing more of the database.
    """
    return sa.exists(_asking(user_id).correlate_except(_WANTED))


async def asked(tx: Tx, user_id: int) -> list[Version]:
    """Return what a member is to agree to: the versions that hold now."""
    wanted = _asking(sa.literal(user_id, sa.BigInteger)).with_only_columns(_WANTED.c.name)
    names = set((await tx.execute(wanted)).scalars())
    found = [await versions.holding(tx, name) for name in AGREED if name in names]
    return [one for one in found if one is not None]


async def agree(tx: Tx, user_id: int, shown: Collection[int]) -> None:
    """Note that a member agrees to all that is asked of them, and was `shown` to them (ids).

    A second press is as the first. Raises UserError `agreement_changed` (409) where another version
    holds by now, which they haven't seen.
    """
    wanted = {one.id for one in await asked(tx, user_id)}
    if not wanted <= set(shown):
        raise UserError(
            "agreement_changed",
            N_("内容が新しくなりました。もう一度お確かめください。"),
        )
    await _note(tx, user_id, wanted)


async def agree_by_registering(tx: Tx, user_id: int, at: datetime) -> None:
    """Note that a new member has agreed to what held at the moment when they filled in the form."""
    query = (
        sa.select(site_texts.c.id)
        .ext(distinct_on(site_texts.c.name))
        .where(site_texts.c.name.in_(AGREED), site_texts.c.holds_from <= at)
        .order_by(site_texts.c.name, site_texts.c.holds_from.desc(), site_texts.c.number.desc())
    )
    await _note(tx, user_id, set((await tx.execute(query)).scalars()), at)


async def erase(tx: Tx, user_id: int) -> None:
    """Forget what somebody who leaves has agreed to."""
    await tx.execute(sa.delete(text_agreements).where(text_agreements.c.user_id == user_id))


async def _note(tx: Tx, user_id: int, ids: Collection[int], at: datetime | None = None) -> None:
    if not ids:
        return
    moment = {"agreed_at": at} if at else {}
    rows = [{"user_id": user_id, "text_id": one, **moment} for one in sorted(ids)]
    await tx.execute(insert(text_agreements).values(rows).on_conflict_do_nothing())


_WANTED, _GIVEN, _OTHER = (site_texts.alias(name) for name in ("wanted", "given", "other"))


def _asking(user_id: sa.ColumnElement[int]) -> sa.Select[tuple[int]]:
    """Find the versions that ask an account for its agreement."""
    agreed = (
        sa.select(text_agreements.c.text_id)
        .join(_GIVEN, _GIVEN.c.id == text_agreements.c.text_id)
        .where(
            text_agreements.c.user_id == user_id,
            _GIVEN.c.name == _WANTED.c.name,
            sa.tuple_(_GIVEN.c.holds_from, _GIVEN.c.number)
            >= sa.tuple_(_WANTED.c.holds_from, _WANTED.c.number),
        )
        .correlate_except(text_agreements, _GIVEN)
    )
    # One that was replaced before it ever held asks nobody.
    replaced = sa.select(_OTHER.c.id).where(
        _OTHER.c.name == _WANTED.c.name,
        _OTHER.c.holds_from == _WANTED.c.holds_from,
        _OTHER.c.number > _WANTED.c.number,
    )
    return sa.select(_WANTED.c.id).where(
        _WANTED.c.to_agree,
        _WANTED.c.holds_from <= sa.func.clock_timestamp(),
        ~agreed.exists(),
        ~replaced.exists(),
    )
