"""The first page of a staff's day: what goes on, what came in, and what waits since when."""

from aiohttp.web import HTTPNotFound, Request, Response

from payouts.desk import waiting as payouts_waiting
from points import sums
from points.sums import PERIODS
from record import alarm_list
from rooms.care.desk import today
from web.pages.points.chart import chart
from web.pages.staff.access import staff_page, staff_visit

# What the charts show: money has a scale of its own.
KINDS = ("spent", "returned")
MOST_ALARMS = 3


async def show(request: Request) -> Response:
    """Show today's figures; money only to who may see the books."""
    step = request.query.get("by", "day")
    if step not in PERIODS:
        raise HTTPNotFound
    async with staff_visit(request, "today") as (v, _):
        found = await sums.by(v.tx, step)
        return await staff_page(
            v,
            "staff_today.html",
            step=step,
            at_once=await today.at_once(v.tx),
            queues=await today.queues(v.tx),
            sums=found,
            money=chart([(one.start, {"sold": one.yen}) for one in found], ("sold",)),
            used=chart(
                [(one.start, {kind: getattr(one, kind) for kind in KINDS}) for one in found], KINDS
            ),
            payouts=await payouts_waiting.due(v.tx),
            alarms=(await alarm_list.listed(v.tx, 1, MOST_ALARMS)).items,
        )
