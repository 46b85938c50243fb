"""A cast's ratings, as everybody reads them."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.accounts import refusals
from rooms.lobby import directory
from rooms.ratings import means, rating_list
from web.http.paths import id_in_path
from web.http.shared import shared
from web.http.visit import visit


@shared("page")
async def show_ratings(request: Request) -> Response:
    """Show a cast's ratings, the latest first."""
    cast_id = id_in_path(request, "cast_id")
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        rooms = await directory.rooms_of_casts(v.tx, v.settings, v.user_id, [cast_id])
        if cast_id not in rooms:
            raise refusals.cast_unknown()
        return v.page(
            "cast_ratings.html",
            card=rooms[cast_id],
            mean=await means.of_cast(v.tx, cast_id),
            ratings=await rating_list.of_cast(v.tx, cast_id, number),
        )
