"""The verbs of the clock: each in transactions of its own, small enough to hold up nobody.

Each may run twice, or be cut off and run again, without harm.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from foundation.database import Database, Tx, clock
from foundation.log import frames
from foundation.settings import Settings
from notify import jobs, outbox
from notify.outbox import Mail
from notify.push_client import PushClient
from notify.senders import NOT_SENT, RefusedError, Sender
from payouts import terms
from payouts.desk import seconds
from payouts.runs import telling
from people.desk import identity_terms
from people.joining import mailed_links
from points import audit, ledger, reminders, selling
from points.payments.opening import house_of, open_stripe
from points.payments.provider import ProviderError
from points.payments.reconciliation import reconcile
from points.payments.settling import settle_open
from record import alarms, clock_watch
from rooms.booking import (
    answering,
    no_shows,
    reservations,
)
from rooms.booking import (
    reminders as booking_reminders,
)
from rooms.day import summary
from rooms.lobby import identified
from rooms.offering import licences
from rooms.questions import telling as question_notices
from rooms.ratings import means

log = structlog.get_logger(__name__)

# Under half a second, for so long a charge may wait for it. See docs/benchmarks.md.
LOTS_AT_ONCE = 2500
REMINDERS_AT_ONCE = 200
ROWS_AT_ONCE = 1000
MOST_ROUNDS = 1000


@dataclass(frozen=True)
class Tools:
    """What an errand has at hand."""

    settings: Settings
    database: Database
    send: Sender
    push: PushClient | None = None


async def send_mail(tools: Tools, mail_id: int) -> None:
    """Send one mail; where that fails, raise LaterError until it is given up."""
    async with tools.database.transaction() as tx:
        mail = await outbox.take(tx, mail_id)
        if mail is not None and (mail := await mailed_links.sealed(tx, mail)) is None:
            # Its link was replaced, used or has expired: it would only lead astray.
            await outbox.drop(tx, mail_id)
    if mail is None:
        return
    problem = await _send(tools.send, mail)
    async with tools.database.transaction() as tx:
        if problem is None:
            await outbox.sent(tx, mail.id)
            return
        final = isinstance(problem, RefusedError)
        why = f"{type(problem).__name__}: {problem}"
        again = await outbox.failed(tx, mail, why, final=final)
    # Why stands with the mail: it may name the address, which no log should. A bug's way does not.
    kind, bug = type(problem).__name__, not isinstance(problem, NOT_SENT)
    way = {"frames": frames(problem)} if bug else {}
    log.warning("mail.failed", mail=mail.id, error=kind, tries=mail.tries, **way)
    if again is not None:
        raise jobs.LaterError(again)


async def _send(send: Sender, mail: Mail) -> Exception | None:
    try:
        await send(mail)
    except Exception as problem:
        return problem
    return None


async def tell_of_run(tools: Tools, run_id: int, state: str) -> None:
    """Tell the casts of a run that the bank is asked to pay them (`in_run`), or has (`paid`)."""
    await telling.tell(tools.database, tools.settings, run_id, state)


async def heal_jobs(tools: Tools) -> None:
    """Have the jobs run again whose worker is gone, and the mails sent that lost their job."""
    await until_none(tools, jobs.heal)
    await until_none(tools, lambda tx: outbox.requeue_lost(tx, ROWS_AT_ONCE))


async def expire_points(tools: Tools) -> None:
    """Book the points that have expired."""
    await while_steady(tools, lambda tx: ledger.expire_due(tx, LOTS_AT_ONCE))


async def remind_of_expiry(tools: Tools) -> None:
    """Tell people of points that expire soon."""
    site = tools.settings.public_url
    await until_none(tools, lambda tx: reminders.remind(tx, site, REMINDERS_AT_ONCE))


async def remind_of_identity(tools: Tools) -> None:
    """Tell casts from before there were checks until when they may go on without."""
    await until_none(tools, lambda tx: identity_terms.remind(tx, tools.settings, REMINDERS_AT_ONCE))


async def ask_for_seconds(tools: Tools) -> None:
    """Tell finance staff of money that waits for a second one of them."""
    await until_none(tools, lambda tx: seconds.tell(tx, tools.settings, REMINDERS_AT_ONCE))


async def close_unchecked_rooms(tools: Tools) -> None:
    """Take the video rooms off the list whose casts let that day go by."""
    await until_none(tools, lambda tx: identified.close_unchecked(tx, tools.settings))


async def close_unlicensed_rooms(tools: Tools) -> None:
    """Take rooms off the list whose category has come to want a licence."""
    await until_none(tools, lambda tx: licences.close_unlicensed(tx, tools.settings))


async def give_terms(tools: Tools) -> None:
    """Give casts the terms in writing, who have none yet or had others."""
    settings = tools.settings
    await until_none(tools, lambda tx: terms.give_all(tx, settings, REMINDERS_AT_ONCE))


async def note_who_sells(tools: Tools) -> None:
    """Write down who sells talks, where the site's settings say something new."""
    async with tools.database.transaction() as tx:
        await selling.note(tx, tools.settings)


async def prove_the_books(tools: Tools) -> None:
    """Check every invariant of the books, and alarm the staff where one is broken."""
    async with tools.database.transaction() as tx:
        broken = [proof for proof in await audit.prove(tx) if proof.broken]
    async with tools.database.transaction() as tx:
        today = f"{await clock(tx):%Y-%m-%d}"
        for proof in broken:
            text = f"{proof.name}: {proof.broken}"
            await alarms.alarm(tx, "books", text, f"{today} {proof.name}"[:200])


async def renew_rating_means(tools: Tools) -> None:
    """Sort casts by what the site's ratings come to now."""
    async with tools.database.transaction() as tx:
        await means.renew(tx, tools.settings)


async def retry_payment_events(tools: Tools) -> None:
    """Handle again the payment events whose handling failed."""
    house = house_of(tools.settings)
    if house is not None:
        await settle_open(tools.database, house)


async def reconcile_payments(tools: Tools) -> None:
    """Compare the payment provider's list with ours, and alarm staff of differences."""
    async with open_stripe(tools.settings) as provider:
        if provider is None:
            return
        try:
            await reconcile(tools.database, provider)
        except ProviderError as error:
            # Staff were told; the next night's look goes as far back.
            log.warning("payments.not_reconciled", problem=error.problem)


async def lapse_keeps(tools: Tools) -> None:
    """Let go of the reserved times that nobody confirmed."""
    await while_steady(tools, reservations.lapse)


async def lapse_requests(tools: Tools) -> None:
    """Give the points of requests back whose wished times have passed."""
    await while_steady(tools, lambda tx: answering.lapse(tx, tools.settings))


async def judge_reservations(tools: Tools) -> None:
    """Settle the reservations that are over, by who was there."""
    await while_steady(tools, lambda tx: no_shows.judge(tx, tools.settings))
    await while_steady(tools, lambda tx: no_shows.judge_called_off(tx, tools.settings))
    await while_steady(tools, lambda tx: no_shows.pay_unclaimed(tx, tools.settings))


async def return_no_shows(tools: Tools) -> None:
    """Give the points of reservations back that their casts missed."""
    await while_steady(tools, lambda tx: no_shows.give_back(tx, tools.settings))


async def remind_of_reservations(tools: Tools) -> None:
    """Tell people of reservations that begin soon."""
    await until_none(tools, lambda tx: booking_reminders.remind(tx, tools.settings))


async def tell_of_questions(tools: Tools) -> None:
    """Tell people of messages that they haven't read."""
    await until_none(tools, lambda tx: question_notices.tell(tx, tools.settings))


async def sum_up_days(tools: Tools) -> None:
    """Tell casts what their day brought, once it is over by their own clock."""
    await until_none(tools, lambda tx: summary.tell(tx, tools.settings))


async def while_steady(tools: Tools, verb: Callable[[Tx], Awaitable[int]]) -> None:
    """Do what the clock alone decides about money, unless that clock was just set."""

    async def steadily(tx: Tx) -> int:
        return await verb(tx) if await clock_watch.is_steady(tx) else 0

    await until_none(tools, steadily)


async def until_none(tools: Tools, verb: Callable[[Tx], Awaitable[int]]) -> None:
    """Repeat a verb, each time in a transaction of its own, until it finds nothing more to do."""
    for _ in range(MOST_ROUNDS):
        async with tools.database.transaction() as tx:
            if not await verb(tx):
                return
