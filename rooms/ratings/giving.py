"""A caller rates a cast after a talk, and changes their mind while it may be changed."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from rooms.ground.rating_tables import ratings
from rooms.ratings import links, means, rated_talks, rules, waves
from rooms.ratings.rated_talks import RatedTalk

RATED = N_("新しい評価が届きました")
RATED_TEXT = N_("通話のお客様から評価が届きました。通話の記録のページで読み、お返事できます。")


async def rate(
    tx: Tx, settings: Settings, talk_id: int, caller_id: int, stars: str, text: str
) -> None:
    """Rate the cast of a talk with 1 to 5 stars and up to 400 characters, or change that.

    Raises UserError `stars_needed` or `text_too_long` (400), `talk_unknown` (404), `rating_unpaid`,
    `rating_over` or `rating_of_reservation`.
    """
    talk = await rated_talks.locked(tx, settings, talk_id, caller_id, "caller")
    given, said = rules.stars_of(stars), rules.words_of(text)
    await rated_talks.must_be_the_one(tx, ratings, talk)
    linked = await links.between(tx, talk.caller_id, talk.cast_id)
    await _write(tx, talk, stars=given, text=said, linked_by=linked)
    await means.count_again(tx, settings, talk.cast_id)
    await waves.look(tx, talk.cast_id)
    await _tell(tx, settings, talk)


async def _write(tx: Tx, talk: RatedTalk, **said: object) -> None:
    made = insert(ratings).values(
        talk_id=talk.talk_id,
        reservation_id=talk.reservation_id,
        room_id=talk.room_id,
        cast_id=talk.cast_id,
        caller_id=talk.caller_id,
        **said,
    )
    # Who was linked stays so: a link doesn't end where its traces do.
    kept = sa.func.coalesce(ratings.c.linked_by, made.excluded.linked_by)
    changed = said | {"linked_by": kept, "changed_at": sa.func.clock_timestamp()}
    await tx.execute(made.on_conflict_do_update(index_elements=["talk_id"], set_=changed))


async def _tell(tx: Tx, settings: Settings, talk: RatedTalk) -> None:
    """Tell the cast, once a talk; what was written is on the page alone, where it can go."""
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == talk.cast_id)) or "ja"
    await inbox.tell(
        tx,
        talk.cast_id,
        kind="rating",
        key=f"rating:{talk.talk_id}",
        title=translate(locale, RATED),
        text=translate(locale, RATED_TEXT),
        link=f"/talks/{talk.talk_id}",
        site=settings.public_url,
    )
