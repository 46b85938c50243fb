"""Handing a consultation over: offered, agreed to by who asked, and taken by who was named."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.numbers import integer
from foundation.settings import Settings
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import visit
from web.pages.chat.parts import acted
from writing.chat import handing_over, views

DESK = "/chats/desk"


async def show_offer(request: Request) -> Response:
    """Show to whom a consultation can be handed over."""
    async with visit(request) as v:
        chat = await views.find(v.tx, id_in_path(request, "chat_id"), v.member().id)
        if chat.side != "member" or chat.state != "running":
            return redirect(f"/chats/{chat.id}")
        heirs = await handing_over.candidates(v.tx, chat.id, chat.user_id)
        return v.page("chat_hand_over.html", chat=chat, heirs=heirs)


async def offer(request: Request) -> Response:
    """Offer to hand a consultation over."""
    to_id = integer(needed(request[FORM], "to"), 1)

    async def act(tx: Tx, settings: Settings, chat_id: int, user_id: int) -> None:
        await handing_over.offer(tx, settings, chat_id, user_id, to_id)

    return await acted(request, act)


async def agree(request: Request) -> Response:
    """Agree to a hand-over, as who asked."""
    return await acted(request, partial(handing_over.agree, yes=True))


async def refuse(request: Request) -> Response:
    """Stay with the member who has it in charge."""
    return await acted(request, partial(handing_over.agree, yes=False))


async def drop(request: Request) -> Response:
    """Take one's offer back."""

    async def act(tx: Tx, _: Settings, chat_id: int, user_id: int) -> None:
        await handing_over.take_back(tx, chat_id, user_id)

    return await acted(request, act)


async def take(request: Request) -> Response:
    """Take a consultation over."""
    return await acted(request, handing_over.take_over, "taken")


async def decline(request: Request) -> Response:
    """Leave a consultation where it is."""
    return await acted(request, handing_over.decline, back=DESK)
