"""Web push as the clock does it: one notice to one device, until its service takes it."""

import structlog

from foundation.database import Database
from foundation.settings import Settings
from foundation.threads import CrowdedError
from notify import push_keys, push_service, pushes
from notify.jobs import LaterError
from notify.public_hosts import NotPublicError
from notify.push_client import NO_ANSWER, PushClient
from notify.push_service import Answer
from notify.pushes import DevicePush
from rooms.lobby import online
from rooms.talk import unanswered
from scheduler.errands import Tools

log = structlog.get_logger(__name__)

FOLLOWERS_AT_ONCE = 100
MOST_ROUNDS = 1000


async def send_push(tools: Tools, device_id: int, notice_id: int) -> None:
    """Send one notice to one device of its reader."""
    assert tools.push is not None, "who runs jobs opens it"
    await deliver(tools.settings, tools.database, tools.push, device_id, notice_id)


async def tell_online(tools: Tools, cast_id: int) -> None:
    """Tell those who want to hear of it that a cast has come online."""
    for _ in range(MOST_ROUNDS):
        async with tools.database.transaction() as tx:
            told = await online.tell_followers(tx, tools.settings, cast_id, FOLLOWERS_AT_ONCE)
        if told < FOLLOWERS_AT_ONCE:
            return


async def tell_entered(tools: Tools, talk_id: int) -> None:
    """Tell a cast who has not come to a talk by now that somebody has entered."""
    async with tools.database.transaction() as tx:
        await unanswered.tell(tx, tools.settings, talk_id)


async def deliver(
    settings: Settings, database: Database, client: PushClient, device_id: int, notice_id: int
) -> None:
    """Send one notice to one device; where the service can't take it now, raise LaterError.

    Sent twice, a device shows it once: both have the same tag.
    """
    async with database.transaction() as tx:
        push = await pushes.find(tx, device_id, notice_id)
        keys = await push_keys.both(tx)
    if push is None or keys is None:
        return
    contact = push_service.contact_of(settings)
    answer: Answer | None = None
    crowded = False
    try:
        answer = await client.send(push.device, push.message, keys, contact)
    except NotPublicError:
        # The device stays: its name's answer may be better the next time.
        log.warning("push.not_public", device=device_id)
        return
    except CrowdedError:
        crowded = True
        log.info("push.crowded", device=device_id)
    except NO_ANSWER as problem:
        log.warning("push.no_answer", device=device_id, error=type(problem).__name__)
    await _note(database, push, answer, crowded=crowded)


async def _note(
    database: Database, push: DevicePush, answer: Answer | None, *, crowded: bool
) -> None:
    async with database.transaction() as tx:
        if answer is not None and answer.taken:
            await pushes.taken(tx, push)
            return
        if answer is not None and answer.gone:
            await pushes.gone(tx, push)
            return
        if not crowded:
            # Where it was never asked, the service has failed nobody.
            await pushes.failed(tx, push)
        again = await pushes.again_at(tx, push, answer.again_in if answer else None)
    if answer is not None:
        log.warning("push.refused", device=push.device_id, status=answer.status)
        if answer.hopeless:
            return
    raise LaterError(again)
