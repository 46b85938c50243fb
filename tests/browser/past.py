"""What has happened on a site before anybody looks at it: talks that were paid for, an alarm."""

import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from record.alarms import alarm
from rooms.care import claims
from rooms.lobby import presence
from rooms.talk.past import history
from tests.browser.site import SHORT
from tests.world import World


async def talked(database: Database, caller: str, cast: str, room: int) -> int:
    """Let a demo site's caller have had a talk of some charged minutes with a cast; return it."""
    settings = Settings.model_validate(
        {name.removeprefix("HITOTOKI_").lower(): value for name, value in SHORT.items()}
    )
    async with database.transaction() as tx:
        named = sa.text("SELECT id FROM users WHERE nickname = :name")
        caller_id, cast_id = [
            int(await tx.scalar(named, {"name": name}) or 0) for name in (caller, cast)
        ]
        await presence.open_standby(tx, cast_id, room)
    world = World(database, settings, caller_id, cast_id, room)
    talk = await world.enter()
    await world.beat()
    # The site's own clock goes on as well: no step is as long as its patience.
    await world.talk_for(2.5 * settings.minute_seconds, step=2)
    async with database.transaction() as tx:
        await history.leave(tx, settings, talk, caller_id)
    return talk


async def claimed(database: Database, talk: int) -> None:
    """Let the caller of a talk have asked for its points."""
    async with database.transaction() as tx:
        caller = sa.text("SELECT caller_id FROM talks WHERE id = :talk")
        caller_id = int(await tx.scalar(caller, {"talk": talk}) or 0)
        await claims.file_claim(
            tx, Settings(), talk, caller_id, "no_media", "声が聞こえませんでした。"
        )


async def alarmed(database: Database) -> None:
    """Let a payment have come that nobody ordered."""
    async with database.transaction() as tx:
        await alarm(tx, "payment_refused", "知らない決済の入金です。", "pi_stranger")
