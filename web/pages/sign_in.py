"""Signing in and out."""

from aiohttp.web import Request, Response

from foundation.language import N_, translate
from people import accounts, rules, sessions
from people.accounts import User
from signaling.server import CONNECTIONS
from web.forms import Filled, needed
from web.keys import DATABASE, FORM, SETTINGS
from web.paths import local_path, redirect
from web.session import clear_session, session_token, set_session
from web.tries import count_sign_in
from web.visit import Visit, reader_locale, visit

REGISTERED = N_("登録を受け付けました。サインインしてください。")
# One text, whichever of the two is wrong: it must not tell which e-mails have an account.
WRONG = N_("メールアドレスかパスワードがちがいます。")


async def show_sign_in(request: Request) -> Response:
    """Show the form; who is signed in already goes on at once."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        if v.user:
            return redirect(after)
        return await _form(v, Filled(reader_locale(request)), after)


async def sign_in(request: Request) -> Response:
    """Sign in with e-mail and password."""
    form, after = request[FORM], local_path(request[FORM].get("next"))
    filled = Filled(reader_locale(request))
    email = filled.take(form, "email", rules.email)
    password = needed(form, "password")
    if email is not None:
        await count_sign_in(request, email)
        user = await accounts.authenticate(request.app[DATABASE], email, password)
        if user:
            return await start_session(request, user, after)
        filled.errors["form"] = translate(filled.locale, WRONG)
    async with visit(request) as v:
        return await _form(v, filled, after, status=422)


async def start_session(request: Request, user: User, after: str) -> Response:
    """Open a new session in place of the browser's old one, and go on to a page."""
    settings, old = request.app[SETTINGS], session_token(request)
    async with request.app[DATABASE].transaction() as tx:
        if old:
            await sessions.close(tx, old)
        token = await sessions.open_for(tx, user.id, days=settings.session_days)
    response = redirect(after)
    set_session(response, settings, token)
    return response


async def sign_out(request: Request) -> Response:
    """Close the session; a second press does no harm."""
    token = session_token(request)
    if token:
        async with request.app[DATABASE].transaction() as tx:
            await sessions.close(tx, token)
        await request.app[CONNECTIONS].end_session(token)
    response = redirect("/")
    clear_session(response, request.app[SETTINGS])
    return response


async def _form(v: Visit, filled: Filled, after: str, status: int = 200) -> Response:
    registered = v.request.query.get("registered") == "1"
    return v.page(
        "sign_in.html",
        status,
        form=filled,
        next=after,
        notice=translate(filled.locale, REGISTERED) if registered else None,
        demo_people=await accounts.people_of_demo(v.tx) if v.settings.demo else [],
    )
