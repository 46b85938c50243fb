"""Changing one's e-mail address: asked for with the password, done by the link at the new one."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from people.accounts import accounts, rules
from people.accounts.accounts import User
from people.joining import credentials, mailed_links
from web.http.forms import Filled, needed
from web.http.headers import NO_ADDRESS
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.password_again import knows_password, proves_password
from web.http.paths import redirect
from web.http.tries import constant_time, count_mail
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.accounts.dead_link import or_dead_link, show_dead_link


async def show_email(request: Request) -> Response:
    """Show the present address, and ask for the new one."""
    async with visit(request) as v:
        v.member()
        return _form(v, Filled(reader_locale(request)))


async def ask(request: Request) -> Response:
    """Mail a link to the new address; the answer doesn't tell whether somebody has it."""
    filled = Filled(reader_locale(request))
    async with member_transaction(request) as (_, user):
        pass
    new = filled.take(request[FORM], "email", rules.email)
    if new is not None and await proves_password(request, user, filled):
        await _send(request, user, new, filled)
    if filled.errors:
        async with visit(request) as v:
            return _form(v, filled, 422)
    return redirect("/settings/email?sent=1")


async def _send(request: Request, user: User, new: str, filled: Filled) -> None:
    try:
        async with constant_time():
            if await count_mail(request, new, user.id):
                async with request.app[DATABASE].transaction() as tx:
                    await credentials.ask_email_change(tx, request.app[SETTINGS], user, new)
    except UserError as error:
        if error.code != "email_same":
            raise
        filled.errors["email"] = translate(filled.locale, error.text)


def _form(v: Visit, filled: Filled, status: int = 200) -> Response:
    me = v.member()
    return v.page(
        "email_change.html",
        status,
        form=filled,
        email=me.email,
        sent="sent" in v.request.query,
        knows_password=knows_password(v.settings, me),
    )


async def show_link(request: Request) -> Response:
    """Ask whether to change the address. Nothing changes by opening the link."""
    token = request.query.get("token", "")
    async with visit(request) as v:
        return await _link_page(v, token, Filled(reader_locale(request)))


@or_dead_link("email")
async def change(request: Request) -> Response:
    """Change the address; the old one is told.

    Who isn't signed in to the account is asked for its password: otherwise somebody who asked for a
    stranger's address would have it confirmed for their own account by that stranger.
    """
    token, filled = needed(request[FORM], "token"), Filled(reader_locale(request))
    async with visit(request) as v:
        owner = await _asked_by(v, token)
        asks = owner is not None and owner.id != v.user_id
    if asks and owner and not await proves_password(request, owner, filled):
        async with visit(request) as v:
            return await _link_page(v, token, filled)
    async with request.app[DATABASE].transaction() as tx:
        await credentials.change_email(tx, request.app[SETTINGS], token)
    return redirect("/email-change/done")


async def _asked_by(v: Visit, token: str) -> User | None:
    link = await mailed_links.find_open(v.tx, token, "email")
    return await accounts.find_user(v.tx, link.user_id) if link else None


async def _link_page(v: Visit, token: str, filled: Filled) -> Response:
    link, owner = await mailed_links.find_open(v.tx, token, "email"), await _asked_by(v, token)
    if link is None or owner is None:
        return show_dead_link(v, "email")
    page = v.page(
        "email_change_link.html",
        422 if filled.errors else 200,
        token=token,
        email=link.email,
        form=filled,
        asks=owner.id != v.user_id,
        knows_password=knows_password(v.settings, owner),
    )
    page.headers.update(NO_ADDRESS)
    return page


async def show_done(request: Request) -> Response:
    """Tell that the address was changed."""
    async with visit(request) as v:
        return v.page("email_change_done.html")
