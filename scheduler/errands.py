"""The verbs of the timetable: each in transactions of its own, small enough to hold up nobody."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from foundation.database import Database, Tx, clock
from foundation.settings import Settings
from notify import outbox, senders
from notify.outbox import Mail
from notify.senders import Sender
from people import sessions
from points import alarms, audit, ledger, reminders
from points.payments.opening import house_of, open_stripe
from points.payments.reconciliation import reconcile
from points.payments.settling import settle_open

log = structlog.get_logger(__name__)

SEND_SECONDS = 30
# Under half a second, for so long a charge may wait for it. See docs/benchmarks.md.
LOTS_AT_ONCE = 2500
REMINDERS_AT_ONCE = 200
MOST_ROUNDS = 1000


async def send_mail(settings: Settings, database: Database) -> None:
    """Send the mails that wait."""
    await send_with(database, senders.to_console)


async def send_with(database: Database, send: Sender) -> None:
    """Send the mails that wait with a sender; one that fails waits for its next try."""
    for _ in range(MOST_ROUNDS):
        async with database.transaction() as tx:
            mails = await outbox.due(tx)
        if not mails:
            return
        for mail in mails:
            await _send(database, mail, send)


async def _send(database: Database, mail: Mail, send: Sender) -> None:
    problem = None
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send(mail)
    except Exception as error:
        log.warning("mail.failed", mail=mail.id, error=repr(error)[:300])
        problem = repr(error)
    async with database.transaction() as tx:
        if problem is None:
            await outbox.sent(tx, mail.id)
        else:
            await outbox.failed(tx, mail.id, problem)


async def expire_points(settings: Settings, database: Database) -> None:
    """Book the points that have expired."""
    await _until_none(database, lambda tx: ledger.expire_due(tx, LOTS_AT_ONCE))


async def remind_of_expiry(settings: Settings, database: Database) -> None:
    """Tell people of points that expire soon."""
    site = settings.public_url
    await _until_none(database, lambda tx: reminders.remind(tx, site, REMINDERS_AT_ONCE))


async def sweep_sessions(settings: Settings, database: Database) -> None:
    """Forget the sessions that have ended."""
    async with database.transaction() as tx:
        await sessions.sweep(tx)


async def prove_the_books(settings: Settings, database: Database) -> None:
    """Check every invariant of the books, and alarm the staff where one is broken."""
    async with database.transaction() as tx:
        broken = [proof for proof in await audit.prove(tx) if proof.broken]
    async with database.transaction() as tx:
        today = f"{await clock(tx):%Y-%m-%d}"
        for proof in broken:
            text = f"{proof.name}: {proof.broken}"
            await alarms.alarm(tx, "books", text, f"{today} {proof.name}"[:200])


async def retry_payment_events(settings: Settings, database: Database) -> None:
    """Handle again the payment events whose handling failed."""
    house = house_of(settings)
    if house is not None:
        await settle_open(database, house)


async def reconcile_payments(settings: Settings, database: Database) -> None:
    """Compare the payment provider's list with ours, and alarm staff of differences."""
    async with open_stripe(settings) as provider:
        if provider is not None:
            await reconcile(database, provider)


async def _until_none(database: Database, verb: Callable[[Tx], Awaitable[int]]) -> None:
    for _ in range(MOST_ROUNDS):
        async with database.transaction() as tx:
            if not await verb(tx):
                return
