"""A cast says of a caller whether it was good, for those who come after."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.settings import Settings
from rooms.ground.rating_tables import caller_ratings
from rooms.ratings import links, rated_talks, rules
from rooms.ratings.rated_talks import RatedTalk


async def rate(
    tx: Tx, settings: Settings, talk_id: int, cast_id: int, good: str, words: str
) -> None:
    """Say whether a caller was good ("1") or not ("0"), with up to 200 characters for staff alone.

    The caller is told only what all of it comes to, from three on. Raises UserError `good_needed`
    or `text_too_long` (400), `talk_unknown` (404), `rating_unpaid`, `rating_over` or
    `rating_of_reservation`.
    """
    talk = await rated_talks.locked(tx, settings, talk_id, cast_id, "cast")
    was_good, said = rules.good_of(good), rules.private_words_of(words)
    await rated_talks.must_be_the_one(tx, caller_ratings, talk)
    linked = await links.between(tx, talk.caller_id, talk.cast_id)
    await _write(tx, talk, good=was_good, words=said, linked_by=linked)


async def _write(tx: Tx, talk: RatedTalk, **said: object) -> None:
    made = insert(caller_ratings).values(
        talk_id=talk.talk_id,
        reservation_id=talk.reservation_id,
        caller_id=talk.caller_id,
        cast_id=talk.cast_id,
        **said,
    )
    kept = sa.func.coalesce(caller_ratings.c.linked_by, made.excluded.linked_by)
    changed = said | {"linked_by": kept, "changed_at": sa.func.clock_timestamp()}
    await tx.execute(made.on_conflict_do_update(index_elements=["talk_id"], set_=changed))
