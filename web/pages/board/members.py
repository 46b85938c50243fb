"""Answering members: who they are."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import blocks, languages, profiles
from people.meeting.profiles import Profile
from web.http.paths import id_in_path
from web.http.public_pages.addresses import public
from web.http.shared import shared
from web.http.visit import visit
from web.pages.board.parts import words_of_board
from writing.board import given
from writing.chat import members as nomination
from writing.ground import answering


@shared("page", "lang")
async def show_members(request: Request) -> Response:
    """Show all of them, a page at a time."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        found = await answering.page(v.tx, number)
        indexed = number == 1
        about = public(request, "/board/members", indexed=indexed)
        return v.page("board_members.html", members=found, public=about)


@shared("lang")
async def show_member(request: Request) -> Response:
    """Show one of them, and what they answered; whom a block hides isn't there."""
    user_id = id_in_path(request, "user_id")
    async with visit(request) as v:
        member = await answering.find(v.tx, user_id)
        if v.user_id != user_id and await blocks.hidden(v.tx, v.user_id, user_id):
            raise answering.unknown()
        profile: Profile = await profiles.shown(v.tx, user_id)
        return v.page(
            "board_member.html",
            member=member,
            profile=profile,
            languages=languages.NAMES,
            answered=await given.answered_by(v.tx, user_id, v.user_id),
            given=await given.given_by(v.tx, user_id),
            nominee=await nomination.shown(v.tx, v.settings, user_id, v.user_id),
            **words_of_board(),
            public=public(request, f"/board/members/{user_id}"),
        )
