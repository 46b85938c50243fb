"""What waits to be paid to casts, who is left out and why, and the runs that there were."""

from collections.abc import Sequence
from datetime import date, timedelta

from aiohttp.web import Request, Response

from foundation.database import Tx, clock
from foundation.errors import ProtocolError
from foundation.ids import new_token
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from foundation.settings import Settings
from payouts import monthly, objections, words
from payouts.desk import leftovers, stops
from payouts.monthly import Month
from payouts.rules import next_bank_day
from payouts.runs import candidates, gathering, reversals
from payouts.runs import list as run_list
from payouts.runs.candidates import MOST, RunCandidate, Way
from points.rules import SITE_ZONE
from web.http.forms import needed, one_line
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 20
# Of those who would be in a run: the sums stand above, the rest in the run itself.
MOST_LISTED = 50


async def show(request: Request) -> Response:
    """Show what waits, the form that gathers it, who is stopped, objections, and the runs."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "payouts") as (v, user):
        month = await _month(v.tx, v.settings)
        way: Way = "request" if month is None else "monthly"
        day = month.period.month if month else None
        found = await candidates.waiting(v.tx, v.settings, user.id, way, day)
        fits = [one for one in found if one.left is None]
        return await staff_page(
            v,
            "staff_payouts.html",
            way=way,
            month=month,
            fits=fits[:MOST_LISTED],
            count=len(fits),
            sums={
                name: sum(getattr(one, name) for one in fits)
                for name in ("gross", "bank_fee", "withheld", "net")
            },
            left=[one for one in found if one.left is not None],
            unasked=await _unasked(v.tx, day, found),
            pay_on=await _pay_day(v.tx, month),
            press=new_token(),
            stops=await stops.open_stops(v.tx),
            leftovers=await leftovers.leftovers(v.tx, v.settings),
            objections=await objections.open_objections(v.tx),
            runs=await run_list.runs(v.tx, number, PAGE_SIZE),
            carried=await _carried(v.tx, month),
            reversals=await reversals.waiting(v.tx),
            called_off=integer(request.query.get("called_off", "0"), 0, MOST),
            asked=integer(request.query.get("asked", "0"), 0, MOST),
            done=request.query.get("done"),
        )


async def _month(tx: Tx, settings: Settings) -> Month | None:
    """Return the month that can be gathered; None where casts ask."""
    return await monthly.open_month(tx, settings) if settings.payout_way == "monthly" else None


async def _carried(tx: Tx, month: Month | None) -> int:
    """Return how many requests a month carries, of when casts asked for themselves."""
    return 0 if month is None else len(await candidates.asked(tx))


async def _unasked(tx: Tx, month: date | None, found: Sequence[RunCandidate]) -> int:
    """Return how many wait for a word that the month wants their account; gathering tells them."""
    if month is None:
        return 0
    waiting = [one.user_id for one in found if one.left in ("no_account", "account_refused")]
    return await words.unasked(tx, waiting, month)


async def _pay_day(tx: Tx, month: Month | None) -> date:
    """Return the day that the form proposes: the month's pay day, or the bank's next but one."""
    today = (await clock(tx)).astimezone(SITE_ZONE).date()
    if month is not None and month.period.pay_on >= today:
        return month.period.pay_on
    return next_bank_day(next_bank_day(today + timedelta(days=1)) + timedelta(days=1))


async def gather(request: Request) -> Response:
    """Gather what waits into a run, and lead to it."""
    form, settings = request[FORM], request.app[SETTINGS]
    async with staff_transaction(request, "payouts") as (tx, user):
        month = await _month(tx, settings)
        made = await gathering.gather(
            tx,
            settings,
            user.id,
            _press(needed(form, "press")),
            "request" if month is None else "monthly",
            _day(needed(form, "pay_on")),
            month.period.month if month else None,
        )
    dropped = f"&called_off={made.called_off}" if made.called_off else ""
    dropped += f"&asked={made.asked}" if made.asked else ""
    if made.run_id is None:
        return redirect(f"/staff/payouts?done=none{dropped}")
    return redirect(f"/staff/payouts/runs/{made.run_id}?done=gathered{dropped}")


def _press(text: str) -> str:
    if not text:
        raise ProtocolError("press_malformed")
    return one_line(text, 64)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ProtocolError("day_malformed") from error
