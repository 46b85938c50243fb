"""One's messages: the list of threads, one thread, and what one does there."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp.web import Request, Response, json_response

from foundation.database import Tx
from foundation.errors import ProtocolError, UserError
from foundation.ids import new_token
from foundation.language import translate
from foundation.numbers import integer
from rooms.ground.question_tables import MOST_CHARACTERS, MOST_UNANSWERED
from rooms.lobby import directory
from rooms.questions import closing, may_write, reading, threads, writing
from rooms.questions.threads import QuestionThread
from signaling.push import PUSH
from web.http.errors import wants_json
from web.http.forms import Filled, needed, one_line, optional_integer
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.tries import count_question
from web.http.visit import Visit, member_transaction, reader_locale, visit

Act: TypeAlias = Callable[[Tx, int, int], Awaitable[None]]

SHOWN_TEXT = 4000
SHORTEST_PRESS, LONGEST_PRESS = 8, 64


async def show_thread(request: Request) -> Response:
    """Show a thread; that it was read is told by a form of its own, once somebody looks."""
    return await _thread(request, Filled(reader_locale(request)))


async def _thread(request: Request, filled: Filled, status: int = 200) -> Response:
    thread_id = id_in_path(request, "thread_id")
    before = optional_integer(request.query.get("before", ""), 1)
    async with visit(request) as v:
        thread = await threads.find(v.tx, thread_id, v.member().id)
        refusal = await may_write.refusal(v.tx, thread)
        return v.page(
            "message_thread.html",
            status,
            thread=thread,
            stretch=await reading.stretch(v.tx, thread, before),
            before=before,
            refusal=refusal and {"code": refusal.code, "text": told(request, refusal)},
            room_there=await _is_there(v, thread),
            **composer(filled),
        )


def composer(filled: Filled) -> dict[str, Any]:
    """Return what the form for a message needs on its page."""
    return {
        "form": filled,
        "press": new_token(),
        "most": MOST_CHARACTERS,
        "unanswered": MOST_UNANSWERED,
    }


def told(request: Request, error: UserError) -> str:
    """Return a refusal in the reader's words."""
    return translate(reader_locale(request), error.text, **error.params)


async def _is_there(v: Visit, thread: QuestionThread) -> bool:
    """Say whether the thread's room can be gone to by who looks."""
    try:
        await directory.room_detail(v.tx, v.settings, thread.room_id, v.user_id)
    except UserError:
        return False
    return True


async def send(request: Request) -> Response:
    """Write in a thread."""
    thread_id, form = id_in_path(request, "thread_id"), request[FORM]
    text, press = needed(form, "text"), press_in(form)
    seen = optional_integer(form.get("seen", ""), 0)
    try:
        async with member_transaction(request) as (tx, user):
            await threads.find(tx, thread_id, user.id)
            await count_question(request, user.id)
            said = await writing.say(tx, thread_id, user.id, press, text, seen=seen)
    except UserError as error:
        if wants_json(request) or error.status in (401, 404):
            raise
        return await _thread(request, refused(request, text, error), refused_status(error))
    await request.app[PUSH].questions(thread_id)
    if wants_json(request):
        return json_response({"message_id": said.message_id})
    return redirect(f"/messages/{thread_id}#latest")


def press_in(form: Any) -> str:
    """Return the press that a form brings, which makes one message of it however often it comes."""
    press = one_line(needed(form, "press"), LONGEST_PRESS)
    if len(press) < SHORTEST_PRESS:
        raise ProtocolError("press_malformed")
    return press


def refused(request: Request, text: str, error: UserError) -> Filled:
    """Return the form as it was filled in, with what is wrong with it."""
    kept = text.replace("\r\n", "\n").replace("\0", "")[:SHOWN_TEXT]
    return Filled(reader_locale(request), {"text": kept}, {"text": told(request, error)})


def refused_status(error: UserError) -> int:
    """Return the status of a page that shows what is wrong with a message."""
    return 422 if error.status == 400 else error.status


async def read(request: Request) -> Response:
    """Note that the member has read a thread up to a message."""
    thread_id = id_in_path(request, "thread_id")
    up_to = integer(needed(request[FORM], "up_to"), 1)
    async with member_transaction(request) as (tx, user):
        news = await reading.mark_read(tx, thread_id, user.id, up_to)
    if news:
        await request.app[PUSH].questions(thread_id)
    if wants_json(request):
        return json_response({})
    return redirect(f"/messages/{thread_id}")


async def close(request: Request) -> Response:
    """Let nobody write in a thread any more."""
    return await _changed(request, closing.close)


async def reopen(request: Request) -> Response:
    """Open a thread again that the member has closed."""
    return await _changed(request, closing.reopen)


async def _changed(request: Request, act: Act) -> Response:
    thread_id = id_in_path(request, "thread_id")
    async with member_transaction(request) as (tx, user):
        await act(tx, thread_id, user.id)
    await request.app[PUSH].questions(thread_id)
    return redirect(f"/messages/{thread_id}")
