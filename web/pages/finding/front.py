"""The front page and the search: which rooms there are, and those that one asks for."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from aiohttp.web import Request, Response

from foundation.database import clock
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting.languages import NAMES as LANGUAGES
from rooms.finding import search
from rooms.finding.index import DAYS_AHEAD
from rooms.finding.wishes import RoomWish
from rooms.offering import categories
from web.http.public_pages.addresses import PublicPage, public
from web.http.shared import shared
from web.http.visit import Visit, visit
from web.pages.finding import schema
from web.pages.finding.addresses import NAMES, AskedRooms, applied, asked, category_ways, query_of

# Rooms in each of the sections above all of them.
MOST_SHOWN = 6


@shared(*NAMES, "lang")
async def front(request: Request) -> Response:
    """Show who is there now, who comes soon, and all rooms; or what the address asks for."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        wanted = await _asked(v)
        if wanted.wish != RoomWish() or wanted.problems or number > 1:
            return await _found(v, wanted, number)
        now = await search.open_now(v.tx, v.settings, v.user_id, MOST_SHOWN)
        soon = await search.soon(v.tx, v.settings, v.user_id, MOST_SHOWN)
        shown = {one.card.id for one in (*now, *soon)}
        rooms = (await search.find(v.tx, v.settings, v.user_id, RoomWish())).rooms
        return v.page(
            "front.html",
            **await _frame(v, wanted, narrow=False),
            open_now=now,
            soon=soon,
            others=[one for one in rooms if one.card.id not in shown],
            rooms=rooms,
            least_rate=await search.least_rate(v.tx),
            public=public(request, "/", data=schema.site(request)),
        )


@shared(*NAMES, "lang")
async def find(request: Request) -> Response:
    """Show the rooms that the address asks for."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        return await _found(v, await _asked(v), number)


async def _asked(v: Visit) -> AskedRooms:
    today, last = await _days(v)
    return asked(v.request.query, today, last, telephone=v.settings.telephone)


async def _days(v: Visit) -> tuple[date, date]:
    """The days that one may ask for, in the reader's zone."""
    today = (await clock(v.tx)).astimezone(v.zone).date()
    return today, today + timedelta(days=DAYS_AHEAD)


async def _found(v: Visit, wanted: AskedRooms, number: int) -> Response:
    found = await search.find(v.tx, v.settings, v.user_id, wanted.wish, number, zone=v.zone)
    return v.page(
        "search.html",
        **await _frame(v, wanted, narrow=True),
        found=found,
        applied=applied(wanted.wish),
        query=query_of(wanted.wish),
        public=_public(v.request, wanted),
    )


def _public(request: Request, wanted: AskedRooms) -> PublicPage:
    # What one reader typed is no page for all.
    return public(request, "/search", indexed=wanted.wish == RoomWish())


async def _frame(v: Visit, wanted: AskedRooms, *, narrow: bool) -> dict[str, Any]:
    today, last = await _days(v)
    wish = wanted.wish
    known = await categories.with_rooms(v.tx, wish.category)
    return {
        "wish": wish,
        "problems": wanted.problems,
        "categories": known,
        "category_ways": category_ways(wish, known),
        "without_category": query_of(replace(wish, category=None)),
        "languages": LANGUAGES,
        "today": today,
        "last_day": last,
        "typed": v.request.query,
        "narrow": narrow,
    }
