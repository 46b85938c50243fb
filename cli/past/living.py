"""What happened on the demo site before anybody looked at it: talks, and payouts of their earnings.

All of it is done by the domain's verbs, and then dated back (`cli.past.dating_back`). How casts are
paid is the site's choice: where they ask, the same of them have asked as are paid by the month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import cycle
from typing import Any, Literal

import sqlalchemy as sa

from cli.past import dating_back, old_talks
from cli.past.dating_back import ago
from cli.past.old_talks import OldTalk
from cli.past.people import buy, id_of, new_person
from foundation.database import Tx, clock
from foundation.settings import Settings
from payouts import monthly, requests, terms, words
from payouts.banks import naming
from payouts.banks.accounts import BankAccount
from payouts.monthly import Month
from payouts.rules import last_bank_day, next_bank_day
from payouts.runs import (
    agreeing,
    candidates,
    closing,
    files,
    gathering,
    rejecting,
    reversals,
    reversing,
)
from payouts.runs.reversals import Returned
from payouts.tables import payout_runs, payouts
from people.accounts.tables import users
from points.rules import SITE_ZONE
from rooms.ground.tables import rooms

DAY = timedelta(days=1)
EVENING = time(20, 10, tzinfo=SITE_ZONE)
# Since when its people are here; how long ago what is maturing was earned, the run that is to be
# looked through was gathered, and a cast who was not in it named an account.
JOINED, LATELY, GATHERED, LATE_ACCOUNT = (timedelta(days) for days in (200, 5, 3, 2))
# Between two talks of a cast in a month.
APART = timedelta(7)
PACK_YEN = 30_000
# Whatever the site's own figures: the past is to have been possible.
AS_USUAL = {"lot_months": 3, "payout_second_yen": 9_999_999_999}


@dataclass(frozen=True)
class Past:
    """Whose past it is, and its months of earnings: `paid`, and the `open` one, paid next."""

    settings: Settings
    content: dict[str, Any]
    ids: dict[str, int]
    staff_id: int
    second_id: int
    today: date
    paid: Month
    open: Month

    @property
    def casts(self) -> list[tuple[int, dict[str, Any]]]:
        """Its casts, by their ids."""
        return [(self.ids[one["email"]], one) for one in self.content["cast"]]

    @property
    def paid_on(self) -> date:
        """The day on which the bank paid what was paid."""
        return min(self.paid.period.pay_on, last_bank_day(self.today))


async def live(
    tx: Tx, settings: Settings, content: dict[str, Any], staff: tuple[str, str], password: str
) -> None:
    """Let the past have been, on a site whose people have just been made."""
    async with ago(tx, JOINED):
        for person in content["caller"]:
            await new_person(tx, person, password, is_demo=False)
    past = await _past(tx, settings, content, staff)
    await _join(tx, past)
    await _talk(tx, past)
    await _name_accounts(tx, past, "account")
    await _pay(tx, past)
    await _begin_run(tx, past)
    await _name_accounts(tx, past, "late_account")
    await _ask(tx, past, "waits", DAY)


async def _past(
    tx: Tx, settings: Settings, content: dict[str, Any], staff: tuple[str, str]
) -> Past:
    people = [one["email"] for part in ("caller", "cast") for one in content[part]]
    ids = {email: await id_of(tx, email) for email in people}
    last = await monthly.open_month(tx, settings)
    before = monthly.month_of(settings, last.period.month - DAY)
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    rules = settings.model_copy(update=AS_USUAL)
    first, second = [await id_of(tx, one) for one in staff]
    return Past(rules, content, ids, first, second, today, before, last)


async def _join(tx: Tx, past: Past) -> None:
    """Let the casts have been here, and been given their terms, before they earned."""
    who = [cast_id for cast_id, _ in past.casts]
    async with ago(tx, JOINED):
        for cast_id in who:
            await terms.give(tx, past.settings, cast_id)
    async with dating_back.as_owner(tx):
        for table, mine in ((users, users.c.id), (rooms, rooms.c.cast_id)):
            joined = {"created_at": table.c.created_at - JOINED}
            await tx.execute(sa.update(table).where(mine.in_(who)).values(joined))


async def _talk(tx: Tx, past: Past) -> None:
    """Let callers have bought points and talked: in both months, and others lately."""
    began = (past.today - past.paid.period.first + DAY, LATELY + 3 * DAY)
    for lately, bought in zip((False, True), began, strict=True):
        callers = [one for one in past.content["caller"] if one.get("lately", False) is lately]
        ids = [past.ids[one["email"]] for one in callers]
        async with ago(tx, bought):
            for caller_id in ids:
                await buy(tx, past.settings, caller_id, PACK_YEN)
            made = await old_talks.have(tx, past.settings, list(_talks(past, cycle(ids), lately)))
            async with dating_back.as_owner(tx):
                await old_talks.date_charges(tx, made)


def _talks(past: Past, turns: Iterator[int], lately: bool) -> Iterator[OldTalk]:
    """Each talk of the content, with the caller whose turn it is, on an evening of its own."""
    parts = list(enumerate(past.content["talk"], 3))
    first = {
        "paid": past.paid.period.first,
        "open": past.open.period.first,
        "next": past.today - LATELY - parts[-1][0] * DAY,
    }
    for number, part in parts:
        if (part["month"] == "next") is lately:
            for turn, minutes in enumerate(part["minutes"]):
                day = first[part["month"]] + number * DAY + turn * APART
                evening = datetime.combine(day, EVENING)
                yield OldTalk(next(turns), past.ids[part["cast"]], minutes, evening)


async def _name_accounts(tx: Tx, past: Past, which: Literal["account", "late_account"]) -> None:
    """Let casts have named the account to which they are paid."""
    days = JOINED if which == "account" else LATE_ACCOUNT
    async with ago(tx, days):
        for cast_id, one in past.casts:
            if which in one:
                number, holder = one[which]
                account = BankAccount(**past.content["bank"], number=number, holder=holder)
                await naming.save(tx, past.settings, cast_id, account, "person")


async def _pay(tx: Tx, past: Past) -> None:
    """Let a run have been paid by the bank, but for what it rejected."""
    day = next_bank_day(past.today)
    begun = day - past.paid_on
    await _ask(tx, past, "asked", begun + DAY)
    async with ago(tx, begun):
        run_id = await _gather(tx, past, past.paid, day)
        if run_id is None:
            return
        await agreeing.send_on(tx, past.settings, run_id, past.staff_id)
        await files.bank_rows(tx, past.settings, run_id, past.staff_id)
        mine = payout_runs.c.id == run_id
        async with dating_back.as_owner(tx):
            await tx.execute(sa.update(payout_runs).where(mine).values(pay_on=past.paid_on))
    async with ago(tx, past.today - past.paid_on):
        await closing.close(tx, run_id, past.staff_id)
        await _end(tx, past, run_id)


async def _end(tx: Tx, past: Past, run_id: int) -> None:
    """Tell who was paid, and note by two what the bank rejected."""
    why = {cast_id: one["rejected"] for cast_id, one in past.casts if "rejected" in one}
    own = sa.select(payouts.c.id, payouts.c.user_id, payouts.c.net)
    rows = (await tx.execute(own.where(payouts.c.run_id == run_id))).all()
    for row in rows:
        await words.paid(tx, past.settings, row.user_id, row.id, row.net)
    back = [Returned(row.id, why[row.user_id]) for row in rows if row.user_id in why]
    if back:
        await rejecting.propose(tx, run_id, past.staff_id, back, back[0].why)
        for one in await reversals.waiting(tx, run_id):
            await reversing.agree(tx, past.settings, one.id, past.second_id)


async def _begin_run(tx: Tx, past: Past) -> None:
    """Let a run have been gathered which nobody has looked through yet."""
    await _ask(tx, past, "asked_again", GATHERED + DAY)
    pay_on = past.open.period.pay_on
    async with ago(tx, GATHERED):
        day = pay_on if pay_on > past.today else next_bank_day(past.today + 3 * DAY)
        await _gather(tx, past, past.open, day)


async def _ask(tx: Tx, past: Past, what: str, since: timedelta) -> None:
    """Let casts have asked for what the content says, as far as the site's own figures let them."""
    if past.settings.payout_way != "request":
        return
    async with ago(tx, since):
        for cast_id, one in past.casts:
            if what in one:
                found = await requests.outlook(tx, past.settings, cast_id)
                amount = min(one[what], found.book.payable)
                if found.refusal is None and amount >= past.settings.payout_least:
                    await requests.ask(tx, past.settings, cast_id, amount)


async def _gather(tx: Tx, past: Past, month: Month, day: date) -> int | None:
    """Gather what waits, or a month; None where that is nobody's."""
    way = past.settings.payout_way
    which = month.period.month if way == "monthly" else None
    found = await candidates.waiting(tx, past.settings, past.staff_id, way, which)
    if all(one.left for one in found):
        return None
    press = f"demo-{month.period.month}"
    made = await gathering.gather(tx, past.settings, past.staff_id, press, way, day, which)
    return made.run_id
