"""The front page: the list of rooms."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.lobby import directory
from web.http.forms import one_line
from web.http.shared import shared
from web.http.visit import visit

LONGEST_TOPIC = 20


@shared("page", "topic")
async def front(request: Request) -> Response:
    """Show the rooms, open ones first, of one topic if one was chosen."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    topic = one_line(request.query.get("topic", ""), LONGEST_TOPIC) or None
    async with visit(request) as v:
        return v.page(
            "front.html",
            rooms=await directory.list_rooms(v.tx, v.settings, v.user_id, topic, number),
            topics=await directory.topics(v.tx, v.user_id),
            topic=topic,
        )
