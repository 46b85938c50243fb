"""Seeing no more of what stands under a pen name, and seeing it again."""

from aiohttp.web import Request, Response

from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit
from writing.board.pens import blocking as pens


async def show_block(request: Request) -> Response:
    """Say what it does, and ask once more."""
    topic_id = id_in_path(request, "topic_id")
    async with visit(request) as v:
        topic = await pens.must_be_penned(v.tx, topic_id, v.member().id)
        return v.page("board_pen_block.html", topic=topic)


async def block(request: Request) -> Response:
    """Show the member no more of a topic."""
    topic_id = id_in_path(request, "topic_id")
    async with member_transaction(request) as (tx, user):
        await pens.block(tx, topic_id, user.id)
    return redirect("/settings/blocks?done=blocked")


async def lift(request: Request) -> Response:
    """Show the member a topic again."""
    topic_id = id_in_path(request, "topic_id")
    async with member_transaction(request) as (tx, user):
        await pens.lift(tx, topic_id, user.id)
    return redirect("/settings/blocks?done=seen")
