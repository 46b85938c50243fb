"""A forgotten password: asking for a link by mail, and setting another one with it."""

from functools import partial

from aiohttp.web import Request, Response

from people.accounts import accounts, passwords, rules
from people.accounts.accounts import User
from people.joining import credentials, mailed_links
from signaling.server import CONNECTIONS
from web.http.forms import Filled, needed
from web.http.headers import NO_ADDRESS
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.paths import redirect
from web.http.tries import constant_time, count_mail
from web.http.visit import Visit, reader_locale, visit
from web.pages.accounts.dead_link import or_dead_link, show_dead_link


async def show_forgotten(request: Request) -> Response:
    """Ask for the e-mail address."""
    async with visit(request) as v:
        return v.page("forgotten_password.html", form=Filled(reader_locale(request)))


async def forgot(request: Request) -> Response:
    """Mail a link to the account's owner; the answer is the same where there is no account."""
    filled = Filled(reader_locale(request))
    email = filled.take(request[FORM], "email", rules.email)
    if email is None:
        async with visit(request) as v:
            return v.page("forgotten_password.html", 422, form=filled)
    async with constant_time():
        if await count_mail(request, email):
            async with request.app[DATABASE].transaction() as tx:
                await credentials.send_reset(tx, request.app[SETTINGS], email)
    return redirect("/forgotten-password/sent")


async def show_sent(request: Request) -> Response:
    """Tell that a mail is on its way, if the address has an account."""
    async with visit(request) as v:
        return v.page("forgotten_password_sent.html")


async def show_reset(request: Request) -> Response:
    """Ask for the new password. Nothing changes by opening the link."""
    token = request.query.get("token", "")
    async with visit(request) as v:
        owner = await _owner(v, token)
        if owner is None:
            return show_dead_link(v, "reset")
        return _form(v, owner, token, Filled(reader_locale(request)))


@or_dead_link("reset")
async def reset(request: Request) -> Response:
    """Set the new password; every device is signed out."""
    token, filled = needed(request[FORM], "token"), Filled(reader_locale(request))
    async with visit(request) as v:
        owner = await _owner(v, token)
        if owner is None:
            return show_dead_link(v, "reset")
        strong = partial(rules.password, email=owner.email, nickname=owner.nickname)
        password = filled.take(request[FORM], "new_password", strong)
        if password is None:
            return _form(v, owner, token, filled, 422)
    new_hash = await passwords.hash_password(password)
    async with request.app[DATABASE].transaction() as tx:
        user = await credentials.reset_password(tx, request.app[SETTINGS], token, new_hash)
    await request.app[CONNECTIONS].recheck(user.id)
    return redirect("/sign-in?reset=1")


async def _owner(v: Visit, token: str) -> User | None:
    link = await mailed_links.find_open(v.tx, token, "reset")
    return await accounts.find_user(v.tx, link.user_id) if link else None


def _form(v: Visit, owner: User, token: str, filled: Filled, status: int = 200) -> Response:
    page = v.page("password_reset.html", status, form=filled, token=token, email=owner.email)
    page.headers.update(NO_ADDRESS)
    return page
