"""Handling the provider's events one by one, each in a transaction of its own."""

import structlog

from foundation.database import Database
from points.payments import events
from points.payments.events import Handled, House
from points.payments.refunds import TooEarlyError

log = structlog.get_logger(__name__)

AT_ONCE = 200


async def settle(database: Database, house: House, event_id: str) -> Handled:
    """Handle an event, and note it where that fails. Raises what went wrong."""
    try:
        async with database.transaction() as tx:
            return await events.handle(tx, house, event_id)
    except Exception as error:
        async with database.transaction() as tx:
            await events.note_failure(tx, event_id, error)
        raise


async def settle_open(database: Database, house: House, intent: str | None = None) -> list[Handled]:
    """Handle again the events that wait, of one payment if it is named; return what became of
    those that succeeded. Staff are alarmed of those that wait for too long."""
    async with database.transaction() as tx:
        waiting = await events.open_ones(tx, AT_ONCE, intent)
    done = []
    for event_id in waiting:
        try:
            done.append(await settle(database, house, event_id))
        except TooEarlyError as early:
            log.info("payments.too_early", event_id=event_id, why=str(early))
        except Exception:
            log.exception("payments.unsettled", event_id=event_id)
    if intent is None:
        async with database.transaction() as tx:
            await events.given_up(tx)
    return done
