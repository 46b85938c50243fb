"""A topic with its answers, and answering it."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.ids import new_token
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from signaling.push import PUSH
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.public_pages.addresses import public
from web.http.shared import shared
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.board import parts, schema
from writing.board import added, answers, reading, topics
from writing.board.reading import BoardAnswer
from writing.board.texts import text_of
from writing.board.topics import BoardTopic
from writing.ground.danger import is_danger


@shared("page", "lang", "help", "done")
async def show_topic(request: Request) -> Response:
    """Show a topic; one for members alone to whoever is signed in."""
    return await _topic(request, Filled(reader_locale(request)))


async def _topic(
    request: Request, filled: Filled, status: int = 200, *, warned: bool = False
) -> Response:
    topic_id = id_in_path(request, "topic_id")
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        topic = await topics.find(v.tx, topic_id, v.user_id)
        if topic.members_only:
            v.member()
        page = await reading.page(v.tx, topic_id, v.user_id, number)
        helps = warned or topic.danger or request.query.get("help") == "1"
        return v.page(
            "board_topic.html",
            status,
            topic=topic,
            answers=page,
            additions=await _additions(v, topic_id, page.items),
            refusal=await _refusal(v, topic),
            form=filled,
            press=new_token(),
            warned=warned,
            query=request.query,
            **await parts.helping(v, shown=helps),
            **parts.words_of_board(),
            public=public(
                request,
                f"/board/{topic_id}",
                indexed=topic.shown and not topic.members_only and number == 1,
                data=schema.topic(request, topic, page.items) if topic.shown else None,
            ),
        )


async def _additions(v: Visit, topic_id: int, on_page: list[BoardAnswer]) -> dict[int | None, Any]:
    """What was added, by the answer to which it was; None: to the topic itself."""
    found: dict[int | None, Any] = {}
    for one in await added.of(v.tx, topic_id, [answer.id for answer in on_page]):
        found.setdefault(one.answer_id, []).append(one)
    return found


async def _refusal(v: Visit, topic: BoardTopic) -> str | None:
    """Why the reader may not answer, in their words; None for a visitor, who may come in first."""
    if v.user_id is None:
        return None
    error = await answers.refusal(v.tx, v.settings, topic, v.user_id)
    if error is None:
        return None
    filled = Filled(reader_locale(v.request))
    parts.refuse(filled, error)
    return filled.errors["form"]


async def answer(request: Request) -> Response:
    """Answer a topic; words that mean danger are met with numbers for help first."""
    topic_id, form = id_in_path(request, "topic_id"), request[FORM]
    text, press = needed(form, "text"), parts.press_in(form)
    filled = parts.kept_text(request, text)
    try:
        said = text_of(text)
        if parts.must_see_help(form, said):
            return await _topic(request, filled, warned=True)
        async with member_transaction(request) as (tx, user):
            settings = request.app[SETTINGS]
            made = await answers.answer(tx, settings, topic_id, user.id, press, said)
            page = await reading.page_of(tx, topic_id, user.id, made)
    except UserError as error:
        if error.status in (401, 404):
            raise
        parts.refuse(filled, error, "text")
        return await _topic(request, filled, parts.status_of(error))
    await request.app[PUSH].topic(topic_id)
    return redirect(way_to(topic_id, made, page, helps=is_danger(said)))


def way_to(topic_id: int, answer_id: int, page: int, *, helps: bool = False) -> str:
    """Return where an answer stands."""
    asked = [f"page={page}"] * (page > 1) + ["help=1"] * helps
    query = f"?{'&'.join(asked)}" if asked else ""
    return f"/board/{topic_id}{query}#answer-{answer_id}"


async def to_topic(request: Request) -> Response:
    """Lead to a topic, from a page that only knows its number."""
    return redirect(f"/board/{id_in_path(request, 'about_id')}")


async def to_answer(request: Request) -> Response:
    """Lead to where an answer stands."""
    answer_id = id_in_path(request, "about_id")
    async with visit(request) as v:
        topic_id = await reading.topic_of(v.tx, answer_id)
        topic = await topics.find(v.tx, topic_id, v.user_id)
        page = await reading.page_of(v.tx, topic.id, v.user_id, answer_id)
    return redirect(way_to(topic.id, answer_id, page))
