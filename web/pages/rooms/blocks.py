"""Blocking somebody, and the list of those whom one blocks."""

from typing import cast

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.meeting import blocks
from rooms.care import blocking
from rooms.care.blocking import About
from rooms.ground.live import live_talk
from signaling.push import PUSH
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit
from writing.board.pens import blocking as pen_blocks


def about_in(request: Request) -> tuple[About, int]:
    """Return what the address names the other person by: a talk, a room, a reservation."""
    return cast("About", request.path.split("/")[1]), id_in_path(request, "about_id")


async def show_block(request: Request) -> Response:
    """Say what a block does, and ask once more."""
    return await _form(request)


async def _form(request: Request, status: int = 200) -> Response:
    about, about_id = about_in(request)
    async with visit(request) as v:
        user = v.member()
        other = await blocking.other_of(v.tx, about, about_id, user.id)
        return v.page(
            "block.html",
            status,
            about=about,
            about_id=about_id,
            other=other,
            foreseen=await blocking.foresee(v.tx, user.id, other.user_id),
            changed=status != 200,
        )


async def block(request: Request) -> Response:
    """Block the other person; what is open between the two ends at once."""
    about, about_id = about_in(request)
    settings = request.app[SETTINGS]
    try:
        async with member_transaction(request) as (tx, user):
            other = await blocking.other_of(tx, about, about_id, user.id)
            lost = integer(needed(request[FORM], "lost"), 0)
            stopped = await blocking.block(tx, settings, user.id, other.user_id, lost)
    except UserError as error:
        if error.code != "block_costs_more":
            raise
        return await _form(request, 409)
    await request.app[PUSH].stopped(stopped)
    await request.app[PUSH].look_again([user.id, other.user_id])
    return redirect("/settings/blocks?done=blocked")


async def show_blocks(request: Request) -> Response:
    """Show whom the member blocks."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        found = await blocks.of(v.tx, v.member().id, number, v.settings.page_size)
        return v.page(
            "blocks.html",
            blocks=found,
            count=await blocks.blocked_by(v.tx, v.member().id),
            pens=await pen_blocks.of(v.tx, v.member().id) if v.settings.board else [],
            done=request.query.get("done"),
        )


async def unblock(request: Request) -> Response:
    """Take one's own block back. Whom one doesn't block isn't there."""
    other_id = id_in_path(request, "user_id")
    async with member_transaction(request) as (tx, user):
        if not await blocks.blocks_already(tx, user.id, other_id):
            raise HTTPNotFound
        await blocks.unblock(tx, user.id, other_id)
    await request.app[PUSH].look_again([user.id, other_id])
    return redirect("/settings/blocks?done=unblocked")


async def from_talk(request: Request) -> Response:
    """Lead from the talk page, which need not know its talk, to a page about the live talk."""
    async with visit(request) as v:
        live = await live_talk(v.tx, v.member().id)
        if live is None:
            return redirect("/talks")
        return redirect(f"/talks/{live.id}/{request.path.rsplit('/', 1)[1]}")
