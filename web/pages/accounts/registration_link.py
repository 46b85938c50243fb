"""The link of the provisional registration. Opening it changes nothing: scanners do that, too."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp.web import Request, Response

from foundation.errors import UserError
from people.accounts import accounts
from people.accounts.accounts import User
from people.joining import mailed_links, registration
from rooms.lobby import directory
from rooms.lobby.directory import RoomCard
from signaling.server import CONNECTIONS
from web.http.forms import Filled, needed
from web.http.headers import NO_ADDRESS
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.password_again import proves_password
from web.http.paths import local_path
from web.http.second_step import second_step_for
from web.http.session import browser_secret
from web.http.visit import Visit, reader_locale, visit
from web.pages.accounts.dead_link import or_dead_link, show_dead_link
from web.pages.accounts.sign_in import start_session

_ROOM = re.compile(r"/rooms/([0-9]{1,18})(?:[/?#]|$)")


async def show_link(request: Request) -> Response:
    """Ask whether to complete the registration."""
    token, after = request.query.get("token", ""), local_path(request.query.get("next"))
    async with visit(request) as v:
        return await _page(v, token, after, Filled(reader_locale(request)))


@or_dead_link("confirm")
async def complete(request: Request) -> Response:
    """Complete the registration, and sign its owner in.

    In another browser than the one in which the password was chosen, the password is asked:
    otherwise whoever entered a stranger's address would know the password of the account that the
    stranger confirms.
    """
    form, settings = request[FORM], request.app[SETTINGS]
    token, after = needed(form, "token"), local_path(form.get("next"))
    filled = Filled(reader_locale(request))
    async with visit(request) as v:
        found = await _opened(v, token)
    if found and found.asks and not await proves_password(request, found.owner, filled):
        async with visit(request) as v:
            return await _page(v, token, after, filled)
    async with request.app[DATABASE].transaction() as tx:
        user = await registration.complete(tx, settings, token)
    await request.app[CONNECTIONS].recheck(user.id)
    done = "/sign-up/done?" + urlencode({"next": after})
    second = await second_step_for(request, user, done)
    return second or await start_session(request, user, done)


async def show_done(request: Request) -> Response:
    """Welcome a new member, with the member number."""
    async with visit(request) as v:
        user = v.member()
        after = local_path(request.query.get("next"))
        return v.page("sign_up_done.html", me=user, next=after, card=await _room(v, after))


async def _room(v: Visit, after: str) -> RoomCard | None:
    """The room to which one goes on from here, where that is there for them."""
    found = _ROOM.match(after)
    if found is None:
        return None
    try:
        return (await directory.room_detail(v.tx, v.settings, int(found[1]), v.user_id)).card
    except UserError:
        return None


@dataclass(frozen=True)
class _Opened:
    """A good link as one browser sees it: whose it is, and whether the password is asked."""

    owner: User
    asks: bool


async def _opened(v: Visit, token: str) -> _Opened | None:
    link = await mailed_links.find_open(v.tx, token, "confirm")
    owner = await accounts.find_user(v.tx, link.user_id) if link else None
    if link is None or owner is None:
        return None
    # Who is signed in has proved to know it.
    known = v.user_id == owner.id or await registration.chosen_in(
        v.tx, browser_secret(v.request), link
    )
    return _Opened(owner, asks=not known)


async def _page(v: Visit, token: str, after: str, filled: Filled) -> Response:
    found = await _opened(v, token)
    if found is None:
        return show_dead_link(v, "confirm")
    page = v.page(
        "registration_link.html",
        422 if filled.errors else 200,
        token=token,
        owner=found.owner,
        next=after,
        form=filled,
        asks=found.asks,
    )
    page.headers.update(NO_ADDRESS)
    return page
