"""Short acts on a topic: thanks, "it helped", closing, and that its writer has read it."""

from aiohttp.web import Request, Response, json_response

from signaling.push import PUSH
from web.http.errors import wants_json
from web.http.forms import flag, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction
from web.pages.board.topics import way_to
from writing.board import changing, reading, thanks


async def thank(request: Request) -> Response:
    """Thank for an answer, or take that back."""
    topic_id, answer_id = id_in_path(request, "topic_id"), id_in_path(request, "answer_id")
    on = flag(needed(request[FORM], "on"))
    async with member_transaction(request) as (tx, user):
        settings = request.app[SETTINGS]
        await thanks.thank(tx, settings, topic_id, answer_id, user.id, on=on)
        page = await reading.page_of(tx, topic_id, user.id, answer_id)
    await request.app[PUSH].topic(topic_id)
    return redirect(way_to(topic_id, answer_id, page))


async def helpful(request: Request) -> Response:
    """Say that an answer helped, or take that back."""
    topic_id, answer_id = id_in_path(request, "topic_id"), id_in_path(request, "answer_id")
    on = flag(needed(request[FORM], "on"))
    async with member_transaction(request) as (tx, user):
        await thanks.find_helpful(tx, topic_id, answer_id, user.id, on=on)
        page = await reading.page_of(tx, topic_id, user.id, answer_id)
    await request.app[PUSH].topic(topic_id)
    return redirect(way_to(topic_id, answer_id, page))


async def close(request: Request) -> Response:
    """Let nobody write in one's topic any more, or again."""
    topic_id, closed = id_in_path(request, "topic_id"), flag(needed(request[FORM], "on"))
    async with member_transaction(request) as (tx, user):
        await changing.close(tx, topic_id, user.id, closed=closed)
    await request.app[PUSH].topic(topic_id)
    return redirect(f"/board/{topic_id}?done={'closed' if closed else 'opened'}")


async def read(request: Request) -> Response:
    """Note that who asked has seen the answers."""
    topic_id = id_in_path(request, "topic_id")
    async with member_transaction(request) as (tx, user):
        news = await changing.mark_read(tx, topic_id, user.id)
    if news:
        await request.app[PUSH].notices([user.id])
    return json_response({}) if wants_json(request) else redirect(f"/board/{topic_id}")
