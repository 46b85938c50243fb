"""What several pages of consultations share."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.settings import Settings
from signaling.push import PUSH
from web.http.keys import SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction
from writing.ground.categories import CATEGORY_NAMES

# A verb of a consultation, by one of those who have to do with it.
Act: TypeAlias = Callable[[Tx, Settings, int, int], Awaitable[object]]


def words_of_chats() -> dict[str, Any]:
    """Return what templates need to name things: `category_names`."""
    return {"category_names": CATEGORY_NAMES}


async def acted(request: Request, act: Act, done: str = "", back: str = "") -> Response:
    """Let a member do something with a consultation and tell its people's pages.

    They come back to it, or to the page `back`.
    """
    chat_id = id_in_path(request, "chat_id")
    async with member_transaction(request) as (tx, user):
        await act(tx, request.app[SETTINGS], chat_id, user.id)
    await request.app[PUSH].chats(chat_id)
    return redirect(back or f"/chats/{chat_id}{f'?done={done}' if done else ''}")
