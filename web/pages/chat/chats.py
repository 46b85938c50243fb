"""One consultation: to read it, to write in it, and, for who may take it, to look at it first."""

from typing import Any

from aiohttp.web import Request, Response, json_response

from foundation.database import clock
from foundation.errors import UserError
from foundation.ids import new_token
from foundation.numbers import integer
from people.meeting import pictures
from signaling.push import PUSH
from web.http.errors import wants_json
from web.http.forms import Filled, long_form, needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.uploads import MOST_FILE
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.board.parts import helping
from web.pages.chat.parts import words_of_chats
from web.pages.chat.photos import drawn_all
from web.pages.questions.threads import press_in, refused, refused_status, told
from writing.chat import handing_over, listing, locked, reading, refusals, saying, views
from writing.chat.reading import ChatStretch
from writing.chat.rules import MOST_PHOTOS, MOST_WORDS
from writing.chat.saying import ChatWords
from writing.chat.views import ChatView
from writing.ground.danger import is_danger

# Of so many of one's own last messages it is asked whether they speak of danger.
LATEST = 5


async def show_chat(request: Request) -> Response:
    """Show a consultation to its two; to a member who may take it, what it is about."""
    try:
        return await _chat(request, Filled(reader_locale(request)))
    except UserError as error:
        if error.code != "chat_unknown":
            raise
    async with visit(request) as v:
        return await to_take(v)


async def to_take(v: Visit, error: UserError | None = None) -> Response:
    """Return the page of one that waits for a member: to be taken, or taken over.

    Raises UserError `chat_unknown` (404) where it isn't for them.
    """
    chat_id, user_id = id_in_path(v.request, "chat_id"), v.member().id
    waiting = [one for one in [await _waiting(v, chat_id)] if one]
    offers = await handing_over.offered_to(v.tx, user_id)
    offered = [one for one in offers if one.chat_id == chat_id]
    if not waiting and not offered:
        raise refusals.chat_unknown()
    return v.page(
        "chat_waiting.html",
        error.status if error else 200,
        chat=waiting[0] if waiting else None,
        offered=offered[0] if offered else None,
        refusal=told(v.request, error) if error else None,
        **words_of_chats(),
    )


async def _waiting(v: Visit, chat_id: int) -> listing.WaitingChat | None:
    try:
        return await listing.one_waiting(v.tx, chat_id, v.member().id)
    except UserError:
        return None


async def _chat(request: Request, filled: Filled, status: int = 200) -> Response:
    before = optional_integer(request.query.get("before", ""), 1)
    async with visit(request) as v:
        chat = await views.find(v.tx, id_in_path(request, "chat_id"), v.member().id)
        stretch = await reading.stretch(v.tx, chat, before)
        carries = chat.side == "caller" and not chat.is_open
        return v.page(
            "chat.html",
            status,
            chat=chat,
            stretch=stretch,
            before=before,
            refusal=await _refusal(v, chat),
            handing=await handing_over.open_of(v.tx, chat.id),
            may_reopen=chat.reopen_until is not None and await clock(v.tx) < chat.reopen_until,
            matter=await views.matter_of(v.tx, chat.id, chat.user_id) if carries else None,
            done=request.query.get("done"),
            **composer(filled),
            **await helping(v, shown=_in_danger(chat, stretch)),
            **words_of_chats(),
        )


async def _refusal(v: Visit, chat: ChatView) -> str | None:
    """Why one can't write in a consultation that runs, though it isn't over."""
    if chat.state != "running":
        return None
    refusal = await saying.refusal(v.tx, await locked.find(v.tx, chat.id), chat.user_id)
    return told(v.request, refusal) if refusal else None


def _in_danger(chat: ChatView, stretch: ChatStretch) -> bool:
    """Whether who looks wrote of danger just now: nobody else is shown so."""
    mine = [one.text for one in stretch.messages if one.sender_id == chat.user_id]
    return chat.is_open and is_danger(*mine[-LATEST:])


def composer(filled: Filled) -> dict[str, Any]:
    """Return what the form for a message needs on its page."""
    return {
        "form": filled,
        "press": new_token(),
        "most": MOST_WORDS,
        "most_photos": MOST_PHOTOS,
        "most_bytes": MOST_FILE,
        "pictures": pictures,
    }


@long_form
async def send(request: Request) -> Response:
    """Write in a consultation."""
    return await _say(request, [])


async def send_photos(request: Request) -> Response:
    """Write in a consultation, with photos. Nothing is open in the database while they're drawn."""
    chat_id = id_in_path(request, "chat_id")
    try:
        async with member_transaction(request) as (tx, user):
            chat = await views.find(tx, chat_id, user.id)
            refusal = await saying.refusal(tx, await locked.find(tx, chat.id), user.id)
        if refusal is not None:
            raise refusal
        drawn = await drawn_all(request, user.id)
    except UserError as error:
        return await _again(request, error)
    return await _say(request, drawn)


async def _say(request: Request, drawn: list[pictures.Pictures]) -> Response:
    chat_id, form = id_in_path(request, "chat_id"), request[FORM]
    seen = optional_integer(form.get("seen", ""), 0)
    words = ChatWords(press_in(form), needed(form, "text"), drawn, seen)
    try:
        async with member_transaction(request) as (tx, user):
            said = await saying.say(tx, request.app[SETTINGS], chat_id, user.id, words)
    except UserError as error:
        return await _again(request, error)
    await request.app[PUSH].chats(chat_id)
    if wants_json(request):
        return json_response({"message_id": said.message_id})
    return redirect(f"/chats/{chat_id}#latest")


async def _again(request: Request, error: UserError) -> Response:
    if wants_json(request) or error.status in (401, 404):
        raise error
    filled = refused(request, request[FORM].get("text", ""), error)
    return await _chat(request, filled, refused_status(error))


async def read(request: Request) -> Response:
    """Note that the member has read a consultation up to a message."""
    chat_id = id_in_path(request, "chat_id")
    up_to = integer(needed(request[FORM], "up_to"), 1)
    async with member_transaction(request) as (tx, user):
        news = await reading.mark_read(tx, await views.find(tx, chat_id, user.id), up_to)
    if news:
        await request.app[PUSH].chats(chat_id)
    return json_response({}) if wants_json(request) else redirect(f"/chats/{chat_id}")
