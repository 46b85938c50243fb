"""What becomes of a consultation by a press: taken, ended, opened again, taken back."""

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.settings import Settings
from signaling.push import PUSH
from web.http.keys import SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit
from web.pages.chat import chats, lists
from web.pages.chat.parts import acted
from writing.chat import ending, taking, views


async def take(request: Request) -> Response:
    """Take a consultation. Who comes too late is told so on their page of those that wait."""
    chat_id = id_in_path(request, "chat_id")
    try:
        async with member_transaction(request) as (tx, user):
            await taking.take(tx, request.app[SETTINGS], chat_id, user.id)
    except UserError as error:
        if error.code not in ("chat_taken", "chat_gone", "chat_load_full"):
            raise
        async with visit(request) as v:
            if error.code == "chat_load_full":
                return await chats.to_take(v, error)
            return await lists.desk(v, error)
    await request.app[PUSH].chats(chat_id)
    return redirect(f"/chats/{chat_id}?done=taken")


async def show_end(request: Request) -> Response:
    """Ask once more before a consultation ends."""
    async with visit(request) as v:
        chat = await views.find(v.tx, id_in_path(request, "chat_id"), v.member().id)
        if chat.state != "running":
            return redirect(f"/chats/{chat.id}")
        return v.page("chat_end.html", chat=chat)


async def end(request: Request) -> Response:
    """End a consultation."""
    return await acted(request, ending.end)


async def reopen(request: Request) -> Response:
    """Open a consultation again that one of the two ended."""
    return await acted(request, ending.reopen)


async def withdraw(request: Request) -> Response:
    """Take a consultation back that nobody has taken."""

    async def act(tx: Tx, _: Settings, chat_id: int, user_id: int) -> None:
        await ending.withdraw(tx, chat_id, user_id)

    return await acted(request, act)


async def open_to_all(request: Request) -> Response:
    """Let all members take a consultation for which one was nominated."""

    async def act(tx: Tx, _: Settings, chat_id: int, user_id: int) -> None:
        await ending.open_to_all(tx, chat_id, user_id)

    return await acted(request, act)
