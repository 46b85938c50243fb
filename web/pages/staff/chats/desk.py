"""What waits of consultations, how long it took to take and to answer, who has how much."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from web.pages.points.chart import Chart, chart
from web.pages.staff.access import staff_page, staff_visit
from writing.chat import figures
from writing.chat.figures import ChatDayFigures
from writing.ground.categories import CATEGORY_NAMES


async def show(request: Request) -> Response:
    """Show the figures; none of them tells what was written."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "reports") as (v, _):
        if not v.settings.chat:
            raise HTTPNotFound
        days = await figures.by_day(v.tx)
        return await staff_page(
            v,
            "staff_chats.html",
            waiting=await figures.waiting(v.tx, number),
            load=await figures.load(v.tx, v.settings),
            loads=await figures.loads(v.tx, 1),
            days=days,
            chart=_chart(days),
            category_names=CATEGORY_NAMES,
        )


def _chart(days: list[ChatDayFigures]) -> Chart:
    """Return both medians of each day, in minutes."""
    minutes = [
        (one.day, {"take": one.take_minutes or 0, "answer": one.answer_minutes or 0})
        for one in days
    ]
    return chart(minutes, ["take", "answer"])
