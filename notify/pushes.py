"""Pushes: notices on their way to the devices of those who asked for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from foundation.database import Tx, clock
from notify import jobs
from notify.devices import Subscription
from notify.push_service import PushMessage
from notify.tables import push_subscriptions as devices

JOB = "send_push"
HALF_A_DAY = 12 * 3600
# News that is soon stale: how many seconds it is worth bringing. Everything else, half a day.
WORTH_SECONDS = {
    "turn": 60,
    "entered": 60,
    "rung": 60,
    "applied": 900,
    "asked_again": 3600,
    "online": 600,
    "reminder": 900,
}
# What rings on open pages too is tagged with its key, as they do: one device shows it once.
RINGS = frozenset({"turn", "entered", "rung"})
TEXT_CHARACTERS = 300
TITLE_CHARACTERS = 100
LINK_CHARACTERS = 500
FIRST_WAIT = timedelta(seconds=15)


@dataclass(frozen=True)
class DevicePush:
    """One notice for one device."""

    device_id: int
    device: Subscription
    message: PushMessage
    made_at: datetime


async def post(tx: Tx, user_id: int, notice_id: int) -> None:
    """Put a notice on its way to every device of its reader, after this transaction."""
    mine = sa.select(devices.c.id).where(devices.c.user_id == user_id).order_by(devices.c.id)
    for device_id in (await tx.execute(mine)).scalars().all():
        key = f"{JOB}:{notice_id}:{device_id}"
        await jobs.defer(tx, JOB, key=key, device_id=device_id, notice_id=notice_id)


async def find(tx: Tx, device_id: int, notice_id: int) -> DevicePush | None:
    """Return what is to be sent, or None where that has lost its sense.

    So it is once the notice was read or is too old, or the device is no longer its reader's.
    """
    row = (await tx.execute(_FIND, {"device": device_id, "notice": notice_id})).one_or_none()
    if row is None:
        return None
    worth = WORTH_SECONDS.get(row.kind, HALF_A_DAY)
    left = worth - int((await clock(tx) - row.created_at).total_seconds())
    if left <= 0:
        return None
    subscription = Subscription(row.endpoint, bytes(row.p256dh), bytes(row.auth))
    return DevicePush(device_id, subscription, _message(row, notice_id, left), row.created_at)


_FIND = sa.text("""
SELECT n.kind, n.key, n.title, n.text, n.link, n.created_at, d.endpoint, d.p256dh, d.auth, u.locale
FROM push_subscriptions d
JOIN notices n ON n.id = :notice AND n.user_id = d.user_id AND n.read_at IS NULL
JOIN users u ON u.id = d.user_id
JOIN sessions s ON s.token_hash = d.session_hash AND s.expires_at > clock_timestamp()
WHERE d.id = :device
""")


def _message(row: Any, notice_id: int, seconds: int) -> PushMessage:
    return PushMessage(
        title=_cut(row.title, TITLE_CHARACTERS),
        text=_cut(row.text, TEXT_CHARACTERS),
        link=row.link if row.link and len(row.link) <= LINK_CHARACTERS else "/inbox",
        tag=row.key if row.kind in RINGS and row.key else f"notice-{notice_id}",
        locale=row.locale,
        seconds=seconds,
        urgent=row.kind in WORTH_SECONDS,
    )


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


async def taken(tx: Tx, push: DevicePush) -> None:
    """Note that the push service has a message for a device."""
    now = sa.func.clock_timestamp()
    await tx.execute(
        sa.update(devices)
        .where(_same(push))
        .values(last_ok_at=now, failing_since=None, failed_at=None)
    )


async def failed(tx: Tx, push: DevicePush) -> None:
    """Note that the push service took a message for a device not this time either."""
    now = sa.func.clock_timestamp()
    since = sa.func.coalesce(devices.c.failing_since, now)
    await tx.execute(
        sa.update(devices).where(_same(push)).values(failing_since=since, failed_at=now)
    )


async def gone(tx: Tx, push: DevicePush) -> None:
    """Forget a device that its push service does not know any more."""
    await tx.execute(sa.delete(devices).where(_same(push)))


def _same(push: DevicePush) -> sa.ColumnElement[bool]:
    # Not one that has subscribed anew at the same address meanwhile.
    return sa.and_(devices.c.id == push.device_id, devices.c.auth == push.device.auth)


async def again_at(tx: Tx, push: DevicePush, wanted_seconds: int | None) -> datetime:
    """Return when to try again: each wait is as long as all before, or as the service wants it."""
    now = await clock(tx)
    wait = max(FIRST_WAIT, min(now - push.made_at, jobs.LONGEST_WAIT))
    if wanted_seconds is not None:
        wait = max(wait, timedelta(seconds=wanted_seconds))
    return now + wait
