"""Becoming a cast: what it is, and asking to become one."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.text.written import one_line_of, some_text
from people.accounts import rules
from people.accounts.accounts import User
from people.desk import applications
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.tries import count_letter
from web.http.visit import Visit, reader_locale, visit


async def show_join(request: Request) -> Response:
    """Show what casts do and earn, and the form; to a cast, the way to their side."""
    async with visit(request) as v:
        known = {"name": v.user.nickname, "email": v.user.email} if v.user else {}
        return await _page(v, Filled(reader_locale(request), known))


async def join(request: Request) -> Response:
    """Send an application. A member's comes from their own address, whatever the form says."""
    form = request[FORM]
    async with visit(request) as v:
        filled = Filled(reader_locale(request))
        email = _address(filled, v.user, needed(form, "email"))
        name = filled.take(form, "name", applications.name_of)
        about = filled.take(form, "about", partial(one_line_of, most=applications.MOST_ABOUT))
        message = filled.take_text(
            form, "message", partial(some_text, most=applications.MOST_MESSAGE)
        )
        if email is None or name is None or about is None or message is None:
            return await _page(v, filled, 422)
        if not (v.user and v.user.is_cast):
            await count_letter(request, "application", email)
            await applications.apply(
                v.tx,
                request.app[SETTINGS],
                user_id=v.user_id,
                email=email,
                name=name,
                about=about,
                message=message,
                locale=filled.locale,
            )
    return redirect("/casts/join?sent=1#form")


def _address(filled: Filled, user: User | None, typed: str) -> str | None:
    if user:
        filled.values["email"] = user.email
        return user.email
    return filled.take({"email": typed}, "email", rules.email)


async def _waits(v: Visit, user: User) -> bool:
    return await applications.waits_for(v.tx, user.id, user.email if user.confirmed_at else None)


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    waits = v.user is not None and await _waits(v, v.user)
    return v.page(
        "join.html",
        status,
        form=filled,
        sent="sent" in v.request.query,
        waits=waits,
        text=f"{reader_locale(v.request)}/join.html",
    )
