"""Asking in writing: which way is for whom, what it costs, and how soon one hears."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.settings import Settings
from web.http.public_pages.addresses import public
from web.http.shared import shared
from web.http.visit import visit
from writing.board import given
from writing.letters import offers

MOST_CASTS = 6


def is_open(settings: Settings) -> bool:
    """Say whether a site has any way to ask in writing."""
    return settings.board or settings.chat or settings.letters


@shared("lang")
async def show_ways(request: Request) -> Response:
    """Show the ways that are open; a site without any has no such page."""
    async with visit(request) as v:
        if not is_open(v.settings):
            raise HTTPNotFound
        return v.page(
            "write.html",
            minutes=await given.minutes_to_first_answer(v.tx) if v.settings.board else None,
            offers=await offers.open_ones(v.tx, v.settings, v.user_id, MOST_CASTS),
            public=public(request, "/write"),
        )


@shared("lang")
async def show_members_guide(request: Request) -> Response:
    """Show answering members, with pictures, what board and chat are for."""
    async with visit(request) as v:
        return v.page("board_guide_members.html", public=public(request, "/board/guide/members"))
