"""One's own telephone number: asked for, proved by a code, changed, taken back."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from people.telephones import digits, pins, proofs, spoken_names
from people.telephones.words import PAGE
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.password_again import knows_password
from web.http.paths import redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.telephone.own_telephone import (
    after_in,
    ask_for_call,
    must_be_open,
    number_values,
    refuse,
    to_code,
)

WRONG_CODE = N_("確認番号がちがいます。お電話でお聞きになった番号を入力してください。")
MOST_CODE = 20


async def show_telephone(request: Request) -> Response:
    """Show the number, the PIN, and what a cast has besides."""
    must_be_open(request.app[SETTINGS])
    async with visit(request) as v:
        return await telephone_page(v, Filled(reader_locale(request, v.member())))


async def ask(request: Request) -> Response:
    """Have the number that was typed be rung; where it can't be, show the form again."""
    form, filled = request[FORM], Filled(reader_locale(request))
    must_be_open(request.app[SETTINGS])
    typed, after = needed(form, "number")[:100], after_in(request, form.get("next"))
    filled.take(form, "number", str)
    try:
        async with member_transaction(request) as (tx, user):
            await ask_for_call(tx, request.app[SETTINGS], user.id, typed)
    except UserError as error:
        refuse(filled, "number", error)
        async with visit(request) as v:
            return await telephone_page(v, filled, error.status, after)
    return to_code(after)


async def show_code(request: Request) -> Response:
    """Show where the code is typed; with none to be typed, go on."""
    must_be_open(request.app[SETTINGS])
    after = after_in(request, request.query.get("next"))
    async with visit(request) as v:
        if await proofs.waiting(v.tx, v.member().id) is None:
            return redirect(PAGE)
        return await _code_page(v, Filled(reader_locale(request, v.member())), 200, after)


async def enter_code(request: Request) -> Response:
    """Take the code; with the right one the number is the member's, and they go on."""
    form, filled = request[FORM], Filled(reader_locale(request))
    must_be_open(request.app[SETTINGS])
    after = after_in(request, form.get("next"))
    code = (filled.take(form, "code", plain_digits) or "")[:MOST_CODE]
    async with member_transaction(request) as (tx, user):
        right = await proofs.enter(tx, request.app[SETTINGS], user.id, code)
    if right:
        return redirect(after or f"{PAGE}?saved=number")
    filled.errors["code"] = translate(filled.locale, WRONG_CODE)
    async with visit(request) as v:
        if await proofs.waiting(v.tx, v.member().id) is None:
            return redirect(PAGE)
        return await _code_page(v, filled, 422, after)


async def remove(request: Request) -> Response:
    """Forget the number, and the PIN with it. No password: it only makes things safer."""
    must_be_open(request.app[SETTINGS])
    async with member_transaction(request) as (tx, user):
        await proofs.remove(tx, request.app[SETTINGS], user.id)
        await pins.erase(tx, user.id)
    return redirect(f"{PAGE}?saved=removed")


async def telephone_page(
    v: Visit, filled: Filled, status: int = 200, after: str | None = None
) -> Response:
    """Return the page of a member's telephone; `filled` tells what is wrong with one of its forms.

    `after` is where they go on once their number is proved.
    """
    user = v.member()
    values = await number_values(v)
    return v.page(
        "telephone.html",
        status,
        form=filled,
        **values,
        next=after_in(v.request, v.request.query.get("next")) if after is None else after,
        changing="change" in v.request.query or "number" in filled.errors,
        has_pin=await pins.has(v.tx, user.id),
        pin_locked=await pins.is_locked(v.tx, user.id),
        knows_password=knows_password(v.settings, user),
        four=await digits.of(v.tx, user.id) if user.is_cast else None,
        name=await spoken_names.of(v.tx, user.id) if user.is_cast else None,
        is_cast=user.is_cast,
        saved=v.request.query.get("saved"),
    )


def plain_digits(typed: str) -> str:
    """Return what was typed with digits of one kind and nothing between them."""
    return "".join(str(int(one)) if one.isdecimal() else one for one in typed if not one.isspace())


async def _code_page(v: Visit, filled: Filled, status: int, after: str) -> Response:
    return v.page("telephone_code.html", status, form=filled, next=after, **await number_values(v))
