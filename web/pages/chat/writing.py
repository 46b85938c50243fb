"""Asking for a consultation: the form, the last look where it costs, and sending it."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.ids import new_token
from foundation.numbers import integer
from foundation.text.visible import is_blank
from rooms.talk import caps
from web.http.forms import Filled, long_form, needed
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.board.parts import helping, must_see_help
from web.pages.chat.parts import words_of_chats
from web.pages.points import paying
from web.pages.questions.threads import press_in, refused_status
from writing.chat import members, refusals, sending
from writing.chat.members import Nominee
from writing.chat.rules import MOST_WISHES, MOST_WORDS
from writing.chat.sending import ChatToWrite
from writing.ground.categories import category_of
from writing.ground.danger import is_danger
from writing.ground.words import words_of

# What the last look can put right by itself; what keeps one from sending, with the words kept.
IN_LOOK = ("points_short", "own_limit_reached", "receivable_open", "chat_price_changed")
ON_PAGE = ("not_confirmed", "chat_member_off", "chats_open", "chats_too_many")
BIGGEST = 1_000_000


async def show_form(request: Request) -> Response:
    """Show the form; the address may bring a category."""
    begun = {"category": request.query.get("category", "")[:40]}
    return await _form(request, Filled(reader_locale(request), begun), new_token())


@long_form
async def write(request: Request) -> Response:
    """Send a consultation; one that costs is looked at once more before (`step`).

    Words that mean danger are met with numbers for help first.
    """
    form, step = request[FORM], needed(request[FORM], "step")
    press, filled = press_in(form), _read(request)
    if step == "edit" or filled.errors:
        return await _form(request, filled, press, 422 if filled.errors else 200)
    if must_see_help(form, filled.values["text"], filled.values["wishes"]):
        return await _form(request, filled, press, warned=True)
    if step != "send" and request.app[SETTINGS].chat_points:
        return await _look(request, filled, press)
    return await _send(request, filled, press)


def _read(request: Request) -> Filled:
    form, filled = request[FORM], Filled(reader_locale(request))
    filled.take(form, "category", category_of)
    filled.take_text(form, "text", partial(words_of, most=MOST_WORDS))
    filled.take_text(form, "wishes", _wishes_of)
    return filled


def _wishes_of(typed: str) -> str:
    return "" if is_blank(typed) else words_of(typed, MOST_WISHES)


async def _send(request: Request, filled: Filled, press: str) -> Response:
    seen = integer(request[FORM].get("points", "0"), 0, BIGGEST)
    values = {name: filled.values[name] for name in ("category", "text", "wishes")}
    asked = ChatToWrite(**values, points=seen, press=press, nominee_id=_nominee_id(request))
    try:
        async with member_transaction(request) as (tx, user):
            made = await caps.send_chat(tx, request.app[SETTINGS], user.id, asked)
    except UserError as error:
        if error.code in IN_LOOK:
            return await _look(request, filled, press, error)
        if error.code in ON_PAGE:
            return await _form(request, filled, press, refused_status(error))
        raise
    helps = "&help=1" if is_danger(asked.text, asked.wishes) else ""
    return redirect(f"/chats/{made}?done=sent{helps}")


def _nominee_id(request: Request) -> int | None:
    return id_in_path(request, "user_id") if "user_id" in request.match_info else None


async def _form(
    request: Request, filled: Filled, press: str, status: int = 200, *, warned: bool = False
) -> Response:
    async with visit(request) as v:
        nominee, refusal = await _nominee(v)
        return v.page(
            "chat_write.html",
            status,
            nominee=nominee,
            refusal=_told(v, refusal) if refusal else None,
            form=filled,
            press=press,
            warned=warned,
            most=MOST_WORDS,
            most_wishes=MOST_WISHES,
            **await helping(v, shown=warned),
            **words_of_chats(),
        )


async def _nominee(v: Visit) -> tuple[Nominee | None, UserError | None]:
    """Return whom the address names, and why one may not ask now, where one may not."""
    user_id, nominee_id = v.member().id, _nominee_id(v.request)
    nominee = None
    if nominee_id is not None:
        nominee = await members.shown(v.tx, v.settings, nominee_id, user_id)
        if nominee is None:
            raise refusals.chat_unknown()
    try:
        await sending.may_write(v.tx, v.settings, user_id, nominee_id)
    except UserError as error:
        if error.status == 404:
            raise
        return nominee, error
    return nominee, None


async def _look(
    request: Request, filled: Filled, press: str, error: UserError | None = None
) -> Response:
    async with visit(request) as v:
        nominee, refusal = await _nominee(v)
        if refusal is not None:
            return await _form(request, filled, press, refused_status(refusal))
        return v.page(
            "chat_look.html",
            refused_status(error) if error else 200,
            nominee=nominee,
            ways=await paying.choice(v, v.settings.chat_points, takes_tab=False, asked="points"),
            refusal=_told(v, error) if error else None,
            form=filled,
            press=press,
            **words_of_chats(),
        )


def _told(v: Visit, error: UserError) -> dict[str, object]:
    text = Filled(reader_locale(v.request)).told(error)
    return {"code": error.code, "text": text, "help": help_for(v.request, error)}
