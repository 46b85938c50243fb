"""The PIN of a telephone: set after a fresh proof of who one is, as other factors are."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from people.accounts.accounts import User
from people.sign_in import second_factors
from people.telephones import pins
from people.telephones.words import PAGE
from web.http.forms import Filled, needed
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.password_again import proves_password
from web.http.paths import redirect
from web.http.second_step import must_be_proved
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.telephone.number import plain_digits, telephone_page
from web.pages.telephone.own_telephone import must_be_open, refuse

NOT_ALIKE = N_("2回の入力がちがいます。もう一度入力してください。")
MOST_TYPED = 40


async def set_pin(request: Request) -> Response:
    """Set the PIN that was typed twice, after the password."""
    form, settings = request[FORM], request.app[SETTINGS]
    must_be_open(settings)
    user, filled = await _sure(request), Filled(reader_locale(request))
    typed, again = (plain_digits(needed(form, name)[:MOST_TYPED]) for name in ("pin", "pin_again"))
    if typed != again:
        filled.errors["pin_again"] = translate(filled.locale, NOT_ALIKE)
    if filled.errors or not await proves_password(request, user, filled):
        return await _again(request, filled, 422)
    try:
        await pins.set_pin(request.app[DATABASE], settings, user.id, typed)
    except UserError as error:
        refuse(filled, "pin", error)
        return await _again(request, filled, error.status)
    return redirect(f"{PAGE}?saved=pin")


async def remove_pin(request: Request) -> Response:
    """Forget the PIN: nothing that costs can be done by telephone then."""
    must_be_open(request.app[SETTINGS])
    async with member_transaction(request) as (tx, user):
        await pins.remove(tx, request.app[SETTINGS], user.id)
    return redirect(f"{PAGE}?saved=pin-removed")


async def _sure(request: Request) -> User:
    """Return who asks; who has a second factor must have proved it."""
    async with visit(request) as v:
        user = v.member()
        if await second_factors.has_any(v.tx, user.id):
            await must_be_proved(request, v.tx, user)
        return user


async def _again(request: Request, filled: Filled, status: int) -> Response:
    async with visit(request) as v:
        return await telephone_page(v, filled, status)
