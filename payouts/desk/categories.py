"""As what a cast is paid, which decides the tax that is withheld (`payouts.rules.withheld`)."""

from typing import cast, get_args

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import ProtocolError
from foundation.settings import Settings
from payouts import book, words
from payouts.desk.cast_files import must_be_cast
from payouts.rules import Category
from payouts.runs.locking import own_payout
from payouts.tables import payout_profiles
from record.acts import log_act, reason_of


async def category_of(tx: Tx, user_id: int) -> Category:
    """Return a cast's category: `none` unless finance staff said otherwise."""
    found = await tx.scalar(
        sa.select(payout_profiles.c.category).where(payout_profiles.c.user_id == user_id)
    )
    return cast("Category", found or "none")


async def change(
    tx: Tx, settings: Settings, actor_id: int, user_id: int, category: str, reason: str
) -> bool:
    """Put a cast into a category, from the next run on, and tell them; False where they are in it.

    Raises UserError `reason_needed` (400), `own_payout` (403), `cast_unknown` (404); ProtocolError.
    """
    if category not in get_args(Category):
        raise ProtocolError("category_unknown")
    why = reason_of(reason)
    if actor_id == user_id:
        raise own_payout()
    await must_be_cast(tx, user_id)
    await book.lock(tx, [user_id])
    before = await category_of(tx, user_id)
    if before == category:
        return False
    await tx.execute(
        insert(payout_profiles)
        .values(user_id=user_id, category=category)
        .on_conflict_do_update(index_elements=["user_id"], set_={"category": category})
    )
    changed = {"before": before, "after": category}
    await log_act(tx, actor_id, "payout.category", f"user:{user_id}", reason=why, **changed)
    await words.category_changed(tx, settings, user_id, before, cast("Category", category))
    return True
