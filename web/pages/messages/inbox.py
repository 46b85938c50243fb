"""One list of all conversations: questions, consultations and letters, the newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import MOST_COUNTED, Page
from rooms.questions import listing
from rooms.questions.listing import ListedThread
from signaling.written.unread import waiting
from web.http.visit import Visit, visit
from web.pages.chat.parts import words_of_chats
from writing.chat import listing as chats
from writing.chat.listing import ListedChat
from writing.letters import views
from writing.letters.views import LetterView

PAGE = 20
# Each page reads those before it of every kind; who looks further back goes by one kind.
LAST_PAGE = 25

# The other kinds have lists of their own, which say what is to be done first.
Kind = Literal["all", "questions"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Conversation:
    """A line of the list, of one kind; when something came of it last."""

    last_at: datetime
    question: ListedThread | None = None
    letter: LetterView | None = None
    chat: ListedChat | None = None


async def show_inbox(request: Request) -> Response:
    """Show the member's conversations on both sides, the one that changed last first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    unread = request.query.get("show") == "unread"
    asked = request.query.get("kind")
    kind: Kind = next((one for one in KINDS if one == asked), "all")
    async with visit(request) as v:
        user_id = v.member().id
        return v.page(
            "messages.html",
            found=await _page(v, user_id, kind, number, unread=unread),
            kind=kind,
            unread=unread,
            count=await _number(v, user_id, kind, unread=unread),
            counts=await waiting(v.tx, user_id),
            **words_of_chats(),
        )


async def _page(
    v: Visit, user_id: int, kind: Kind, number: int, *, unread: bool
) -> Page[Conversation]:
    most = number * PAGE + 1
    lines = [
        Conversation(one.thread.last_at, question=one)
        for one in await listing.newest(v.tx, user_id, most, unread=unread)
    ]
    if kind == "all":
        lines += [
            Conversation(one.last_at, letter=one)
            for one in await views.newest(v.tx, user_id, most, wanting=unread)
        ]
        lines += [
            Conversation(one.chat.last_at, chat=one)
            for one in await chats.newest(v.tx, user_id, most, wanting=unread)
        ]
        lines.sort(key=lambda line: line.last_at, reverse=True)
    return Page.of(lines[(number - 1) * PAGE : most], number, PAGE)


async def _number(v: Visit, user_id: int, kind: Kind, *, unread: bool) -> int:
    number = await listing.number_of(v.tx, user_id, unread=unread)
    if kind == "all":
        letters = views.wanting if unread else views.number_of
        number += await letters(v.tx, user_id)
        number += await chats.number_of(v.tx, user_id, wanting=unread)
    return min(number, MOST_COUNTED)
