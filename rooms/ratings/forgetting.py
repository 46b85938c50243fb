"""Who withdraws takes their words along; stars stay, without a name."""

import sqlalchemy as sa

from foundation.database import Tx
from rooms.ground.rating_tables import rating_means

_WORDS = (
    sa.text("UPDATE ratings SET text = '' WHERE caller_id = :user AND text <> ''"),
    sa.text(
        "UPDATE ratings SET answer = NULL, answered_at = NULL"
        " WHERE cast_id = :user AND answer IS NOT NULL"
    ),
    # What a cast told staff of them goes as well as what they told as a cast.
    sa.text(
        "UPDATE caller_ratings SET words = '' WHERE :user IN (caller_id, cast_id) AND words <> ''"
    ),
)


async def erase_words(tx: Tx, user_id: int) -> None:
    """Erase what a member wrote in ratings, and was written of them for staff; they are locked."""
    for erase in _WORDS:
        await tx.execute(erase, {"user": user_id})
    await tx.execute(sa.delete(rating_means).where(rating_means.c.cast_id == user_id))
