"""Becoming a member."""

from functools import partial
from urllib.parse import urlencode

from aiohttp.web import Request, Response

from people import accounts, passwords, rules
from web.forms import Filled
from web.keys import DATABASE, FORM, SETTINGS
from web.paths import local_path, redirect
from web.tries import count_sign_up
from web.visit import reader_locale, visit


async def show_sign_up(request: Request) -> Response:
    """Show the form; who is signed in already goes on at once."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        if v.user:
            return redirect(after)
        return v.page("sign_up.html", form=Filled(reader_locale(request)), next=after)


async def sign_up(request: Request) -> Response:
    """Make an account, and go to the sign-in page.

    A known e-mail gets the same answer after the same work, so that nobody can find out who is a
    member. Its owner signs in as ever; nothing of theirs changes.
    """
    form, after = request[FORM], local_path(request[FORM].get("next"))
    filled = Filled(reader_locale(request))
    nickname = filled.take(form, "nickname", rules.nickname)
    email = filled.take(form, "email", rules.email)
    strong = partial(rules.password, email=email or "", nickname=nickname or "")
    password = filled.take(form, "password", strong)
    if nickname is None or email is None or password is None:
        async with visit(request) as v:
            return v.page("sign_up.html", 422, form=filled, next=after)
    await count_sign_up(request, email)
    password_hash = await passwords.hash_password(password)
    async with request.app[DATABASE].transaction() as tx:
        await accounts.register(
            tx,
            nickname=nickname,
            email=email,
            password_hash=password_hash,
            # Until addresses are confirmed by mail, a new account is of use on the demo site only.
            confirmed=request.app[SETTINGS].demo,
            locale=filled.locale,
        )
    return redirect("/sign-in?" + urlencode({"registered": 1, "next": after}))
