"""The practice telephones: two of them on a page, on a demo site that has no trunk."""

import asyncio
import contextlib
from dataclasses import dataclass

from aiohttp import WSMsgType
from aiohttp.web import (
    Application,
    HTTPForbidden,
    HTTPNotFound,
    Request,
    Response,
    WebSocketResponse,
)

from foundation import background
from foundation.database import Tx
from people.accounts import accounts
from people.telephones import digits
from rooms.calling import standing
from rooms.calling.practice import Practice, PracticeOwner
from web.http.csrf import from_this_site
from web.http.keys import PRACTICE, SETTINGS
from web.http.visit import visit

PAGE = "/demo/telephones"
LINE = f"{PAGE}/line"
# How a page is told that it gets no telephones, or that they were taken; and what it didn't mean.
TAKEN, NOT_UNDERSTOOD = 4001, 4002
MOST_BYTES = 32 * 1024
PING_SECONDS = 10.0
# Of what it is told so much may wait for a page that doesn't read.
MOST_UNREAD = 500


@dataclass(frozen=True)
class ShownTelephone:
    """A telephone as its page shows it; `four` and `room_id` are a cast's."""

    name: str
    nickname: str
    portrait: str | None
    number: str
    pin: str
    four: str | None
    room_id: int | None


async def show(request: Request) -> Response:
    """Show the two telephones, and whose they are."""
    practice = _practice(request)
    async with visit(request) as v:
        shown = [await _shown(v.tx, owner) for owner in practice.owners]
        telephones = [one for one in shown if one is not None]
        return v.page("demo_telephones.html", telephones=telephones, numbers=practice.numbers)


async def _shown(tx: Tx, owner: PracticeOwner) -> ShownTelephone | None:
    user = await accounts.find_by_email(tx, owner.email)
    if user is None:
        return None
    four = await digits.of(tx, user.id) if user.is_cast else None
    rooms = await standing.rooms_of(tx, user.id) if user.is_cast else []
    return ShownTelephone(
        name=owner.name,
        nickname=user.nickname,
        portrait=user.portrait,
        number=owner.number,
        pin=owner.pin,
        four=four,
        room_id=rooms[0].id if rooms else None,
    )


async def line(request: Request) -> WebSocketResponse:
    """Let a page hold the telephones for as long as its socket is open."""
    practice = _practice(request)
    headers = request.headers
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    if not from_this_site(request.app[SETTINGS], request.host, origin, site):
        raise HTTPForbidden
    socket = WebSocketResponse(heartbeat=PING_SECONDS, max_msg_size=MOST_BYTES, compress=False)
    await socket.prepare(request)
    news: asyncio.Queue[str | None] = asyncio.Queue()
    take = request.query.get("take") == "1"
    held = await practice.door.open(news.put_nowait, _came_to(request), take=take)
    if held is None:
        await socket.close(code=TAKEN)
        return socket
    tells = asyncio.create_task(_tell(socket, news), name="practice telephones")
    try:
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            await held.hear(message.data)
            if news.qsize() > MOST_UNREAD:
                break
    except ValueError:
        await socket.close(code=NOT_UNDERSTOOD)
    finally:
        await held.close()
        await background.end(tells)
    return socket


async def _tell(socket: WebSocketResponse, news: "asyncio.Queue[str | None]") -> None:
    with contextlib.suppress(ConnectionError):
        while (text := await news.get()) is not None:
            await socket.send_str(text)
        await socket.close(code=TAKEN)


async def let_go(app: Application) -> None:
    """When the site stops: no page holds the telephones any more."""
    practice = app[PRACTICE]
    if practice is not None:
        await practice.door.close()


def _came_to(request: Request) -> str:
    """The address of this machine at which the page's connection has arrived."""
    transport = request.transport
    name = transport.get_extra_info("sockname") if transport is not None else None
    return str(name[0]).removeprefix("::ffff:") if name else "127.0.0.1"


def _practice(request: Request) -> Practice:
    practice = request.app[PRACTICE]
    if practice is None:
        raise HTTPNotFound
    return practice
