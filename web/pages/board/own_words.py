"""What one does with one's own words in a topic: change an answer, add, delete."""

from dataclasses import dataclass

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.ids import new_token
from signaling.push import PUSH
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.board import parts
from web.pages.board.topics import way_to
from writing.board import adding, answers, changing, reading, refusals, topics
from writing.board.answers import OwnAnswer
from writing.board.texts import text_of
from writing.board.topics import BoardTopic


@dataclass(frozen=True)
class OwnWords:
    """Where one's words stand: in a topic, an answer of one's own or the topic itself."""

    topic_id: int
    answer_id: int | None

    @property
    def path(self) -> str:
        """The address before what is done there."""
        at = f"/answers/{self.answer_id}" if self.answer_id else ""
        return f"/board/{self.topic_id}{at}"


def _place(request: Request) -> OwnWords:
    named = "answer_id" in request.match_info
    topic_id = id_in_path(request, "topic_id")
    return OwnWords(topic_id, id_in_path(request, "answer_id") if named else None)


async def show_add(request: Request) -> Response:
    """Show the form for an addition."""
    return await _form(request, "add", Filled(reader_locale(request)))


async def show_edit(request: Request) -> Response:
    """Show the form of one's own answer."""
    return await _form(request, "edit", Filled(reader_locale(request)))


async def show_delete(request: Request) -> Response:
    """Ask once more before one's topic or answer is deleted."""
    return await _form(request, "delete", Filled(reader_locale(request)))


async def _form(
    request: Request, act: str, filled: Filled, status: int = 200, *, warned: bool = False
) -> Response:
    place = _place(request)
    async with visit(request) as v:
        topic, mine = await _mine(v.tx, place, v.member().id)
        if act == "edit" and mine and not filled.values:
            filled.values["text"] = mine.text
        return v.page(
            "board_own_words.html",
            status,
            act=act,
            place=place,
            topic=topic,
            answer=mine,
            form=filled,
            press=new_token(),
            warned=warned,
            **await parts.helping(v, shown=warned),
            **parts.words_of_board(),
        )


async def _mine(tx: Tx, place: OwnWords, user_id: int) -> tuple[BoardTopic, OwnAnswer | None]:
    topic = await topics.find(tx, place.topic_id, user_id)
    if place.answer_id is not None:
        return topic, await answers.own(tx, place.topic_id, place.answer_id, user_id)
    if not topic.mine or topic.deleted_at is not None:
        raise refusals.topic_unknown()
    return topic, None


async def add(request: Request) -> Response:
    """Add to one's topic or answer."""
    return await _write(request, "add")


async def edit(request: Request) -> Response:
    """Write one's answer anew."""
    return await _write(request, "edit")


async def _write(request: Request, act: str) -> Response:
    place, form = _place(request), request[FORM]
    text, press = needed(form, "text"), parts.press_in(form)
    filled = parts.kept_text(request, text)
    try:
        said = text_of(text)
        if parts.must_see_help(form, said):
            return await _form(request, act, filled, warned=True)
        async with member_transaction(request) as (tx, user):
            await _do(tx, request, place, user.id, act, press, said)
            way = await _way(tx, place, user.id)
    except UserError as error:
        if error.status in (401, 404):
            raise
        parts.refuse(filled, error, "text")
        return await _form(request, act, filled, parts.status_of(error))
    await request.app[PUSH].topic(place.topic_id)
    return redirect(way)


async def _do(
    tx: Tx, request: Request, place: OwnWords, user_id: int, act: str, press: str, text: str
) -> None:
    settings, topic_id, answer_id = request.app[SETTINGS], place.topic_id, place.answer_id
    if act == "add":
        await adding.add(tx, settings, topic_id, user_id, press, text, answer_id)
    else:
        assert answer_id is not None
        await answers.edit(tx, settings, topic_id, answer_id, user_id, text)


async def _way(tx: Tx, place: OwnWords, user_id: int) -> str:
    if place.answer_id is None:
        return f"/board/{place.topic_id}"
    page = await reading.page_of(tx, place.topic_id, user_id, place.answer_id)
    return way_to(place.topic_id, place.answer_id, page)


async def delete(request: Request) -> Response:
    """Delete one's topic or answer to a trace."""
    place = _place(request)
    async with member_transaction(request) as (tx, user):
        if place.answer_id is None:
            await changing.delete(tx, place.topic_id, user.id)
        else:
            await answers.delete(tx, place.topic_id, place.answer_id, user.id)
    await request.app[PUSH].topic(place.topic_id)
    if place.answer_id is None:
        return redirect("/board?done=deleted")
    return redirect(f"/board/{place.topic_id}?done=deleted")
