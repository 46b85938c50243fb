"""Changing one's password, for those who know it."""

from functools import partial

from aiohttp.web import Request, Response

from foundation.language import translate
from people.accounts import passwords, rules
from people.joining import credentials
from signaling.server import CONNECTIONS
from web.http.forms import Filled, needed
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.password_again import WRONG, knows_password
from web.http.paths import redirect
from web.http.session import session_token
from web.http.tries import count_password
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)


async def show_password(request: Request) -> Response:
    """Ask for the password and for the new one."""
    async with visit(request) as v:
        v.member()
        return _form(v, Filled(reader_locale(request)))


async def change(request: Request) -> Response:
    """Change the password; other devices are signed out, and a mail tells of it."""
    form, filled = request[FORM], Filled(reader_locale(request))
    async with member_transaction(request) as (_, user):
        pass
    strong = partial(rules.password, email=user.email, nickname=user.nickname)
    new = filled.take(form, "new_password", strong)
    typed = needed(form, "old_password")
    await count_password(request, user.id)
    old_hash = await credentials.proven(request.app[DATABASE], user.id, typed)
    if old_hash is None:
        filled.errors["old_password"] = translate(filled.locale, WRONG)
    if new is None or old_hash is None:
        async with visit(request) as v:
            return _form(v, filled, 422)
    new_hash = await passwords.hash_password(new)
    async with member_transaction(request) as (tx, user):
        here = session_token(request) or ""
        await credentials.change_password(tx, request.app[SETTINGS], user, old_hash, new_hash, here)
    await request.app[CONNECTIONS].recheck(user.id)
    return redirect("/settings/password?changed=1")


def _form(v: Visit, filled: Filled, status: int = 200) -> Response:
    me = v.member()
    return v.page(
        "password_change.html",
        status,
        form=filled,
        email=me.email,
        changed="changed" in v.request.query,
        knows_password=knows_password(v.settings, me),
    )
