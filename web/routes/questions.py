"""The addresses at which a caller and a cast write to each other before a talk."""

from aiohttp import web

from web.http.paths import number
from web.pages.messages import inbox, ways
from web.pages.questions import asking, threads

THREAD = f"/messages/{number('thread_id')}"
ROOM = f"/rooms/{number('room_id')}"


def question_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of messages and of asking."""
    return [
        web.get("/write", ways.show_ways),
        web.get("/messages", inbox.show_inbox),
        web.get(THREAD, threads.show_thread),
        web.post(THREAD, threads.send),
        web.post(f"{THREAD}/read", threads.read),
        web.post(f"{THREAD}/close", threads.close),
        web.post(f"{THREAD}/reopen", threads.reopen),
        web.get(f"{ROOM}/ask", asking.show_ask),
        web.post(f"{ROOM}/ask", asking.ask),
        web.post(f"/console/rooms/{number('room_id')}/questions", asking.take_questions),
    ]
