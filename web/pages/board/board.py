"""The board itself: topics as somebody looks for them, and the guide."""

from urllib.parse import urlencode

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from web.http.forms import one_line
from web.http.public_pages.addresses import public
from web.http.shared import shared
from web.http.visit import Visit, visit
from web.pages.board.parts import words_of_board
from writing.board import listing
from writing.board.listing import OWN, SHOWS, Order, TopicWish
from writing.ground.categories import CATEGORIES

NAMES = ("show", "order", "category", "q", "page")


@shared(*NAMES, "lang")
async def show_board(request: Request) -> Response:
    """Show the topics that the address asks for; lists of one's own to members alone."""
    wish = _wish(request)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        if wish.show in OWN:
            v.member()
        return v.page(
            "board.html",
            wish=wish,
            found=await listing.find(v.tx, v.user_id, wish, number),
            query=query_of(wish),
            most_typed=listing.MOST_TYPED,
            **await _counts(v),
            **words_of_board(),
            public=public(request, "/board", indexed=wish == TopicWish() and number == 1),
        )


async def _counts(v: Visit) -> dict[str, int]:
    if v.user_id is None:
        return {"waiting": 0, "unread": 0}
    return {
        "waiting": await listing.count_not_by_me(v.tx, v.user_id),
        "unread": await listing.count_unread(v.tx, v.user_id),
    }


def _wish(request: Request) -> TopicWish:
    """Return what an address asks for; what nobody can mean is left out."""
    query = request.query
    show, category = query.get("show", ""), query.get("category", "")
    order: Order = "waiting" if query.get("order") == "waiting" else "new"
    typed = query.get("q", "")[: listing.MOST_TYPED]
    return TopicWish(
        next((known for known in SHOWS if known == show), "all"),
        order,
        category if category in CATEGORIES else "",
        one_line(typed, listing.MOST_TYPED),
    )


def query_of(wish: TopicWish) -> str:
    """Return the query by which an address asks for a wish, without what is usual."""
    told = {
        "show": "" if wish.show == "all" else wish.show,
        "order": "" if wish.order == "new" else wish.order,
        "category": wish.category,
        "q": wish.text,
    }
    return urlencode({name: value for name, value in told.items() if value})


@shared("lang")
async def guide(request: Request) -> Response:
    """Show how the board is used, by who asks and by who answers."""
    async with visit(request) as v:
        return v.page("board_guide.html", public=public(request, "/board/guide"))
