"""What an answering member chooses: whether they can be nominated, how many at once, quiet."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from web.http.forms import Filled
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.chat.lists import must_answer
from writing.chat import members
from writing.chat.members import ChatChoice
from writing.chat.rules import MOST_AT_ONCE

BIGGEST = 1000


async def show_choice(request: Request) -> Response:
    """Show what the member chose, in its form."""
    filled = Filled(reader_locale(request))
    async with visit(request) as v:
        own = await members.own(v.tx, v.member().id)
    filled.values = {
        "nominable": str(int(own.nominable)),
        "quiet": str(int(own.quiet)),
        "most_open": str(own.most_open),
    }
    return await _page(request, filled)


async def _page(request: Request, filled: Filled) -> Response:
    async with visit(request) as v:
        await must_answer(v)
        return v.page(
            "chat_choice.html",
            422 if filled.errors else 200,
            form=filled,
            most_open=MOST_AT_ONCE,
            saved="saved" in request.query,
        )


async def save_choice(request: Request) -> Response:
    """Save what the member chooses."""
    form, filled = request[FORM], Filled(reader_locale(request))
    most = filled.take(form, "most_open", lambda typed: integer(typed.strip(), 0, BIGGEST))
    filled.values |= {name: form.get(name, "0") for name in ("nominable", "quiet")}
    if most is None:
        return await _page(request, filled)
    nominable, quiet = (filled.values[name] == "1" for name in ("nominable", "quiet"))
    try:
        async with member_transaction(request) as (tx, user):
            await members.set_own(tx, user.id, ChatChoice(nominable, most, quiet))
    except UserError as error:
        if error.code != "chat_load_bounds":
            raise
        filled.errors["most_open"] = filled.told(error)
        return await _page(request, filled)
    return redirect("/chats/desk/settings?saved=1")
