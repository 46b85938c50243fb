"""Signing in and out."""

from aiohttp.web import Request, Response

from foundation.language import N_, translate
from people.accounts import accounts, rules
from people.accounts.accounts import User
from people.sign_in import sessions
from people.sign_in.user_agents import agent_of
from signaling.server import CONNECTIONS
from web.http.forms import Filled, needed
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.paths import is_undone, local_path, redirect
from web.http.second_step import second_step_for, site_of
from web.http.session import clear_session, keep_device, session_token, set_session
from web.http.tries import count_sign_in
from web.http.visit import Visit, reader_locale, visit
from web.pages.accounts.shut_out import shut_out_page

RESET = N_("パスワードを変更しました。新しいパスワードでサインインしてください。")
# One text, whichever of the two is wrong: it must not tell who has an account.
WRONG = N_("メールアドレス・会員番号か、パスワードがちがいます。")


async def show_sign_in(request: Request) -> Response:
    """Show the form; who is signed in already goes on at once."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        if v.user:
            return redirect(after)
        return await _form(v, Filled(reader_locale(request)), after)


async def sign_in(request: Request) -> Response:
    """Sign in with e-mail or member number, and password."""
    form, after = request[FORM], local_path(request[FORM].get("next"))
    filled = Filled(reader_locale(request))
    name = filled.take(form, "email", rules.sign_in_name)
    password = needed(form, "password")
    if name is not None:
        await count_sign_in(request, await _account(request, name))
        user = await accounts.authenticate(request.app[DATABASE], name, password)
        if user:
            second = await second_step_for(request, user, after)
            return second or await start_session(request, user, after)
        filled.errors["form"] = translate(filled.locale, WRONG)
    async with visit(request) as v:
        return await _form(v, filled, after, status=422)


async def _account(request: Request, name: str | int) -> str:
    """Return what tries are counted by: the account, by whichever of its names it is tried."""
    async with request.app[DATABASE].transaction() as tx:
        known = await accounts.id_of(tx, name)
    return f"{name}" if known is None else f"#{known}"


async def start_session(
    request: Request, user: User, after: str, *, proved: bool = False
) -> Response:
    """Open a new session in place of the browser's old one, and go on to a page.

    `proved`: beside the password there was a second factor, or there was a passkey. Who is
    suspended or banned reads until when and why instead.
    """
    barred = await shut_out_page(request, user)
    if barred is not None:
        return barred
    settings, old = request.app[SETTINGS], session_token(request)
    async with request.app[DATABASE].transaction() as tx:
        if old:
            await sessions.close(tx, old)
        token = await sessions.open_for(
            tx,
            user.id,
            days=settings.session_days,
            agent=agent_of(request.headers.get("User-Agent")),
            proved=proved,
        )
    response = redirect(after)
    set_session(response, settings, token)
    keep_device(response, request)
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
    reset = v.request.query.get("reset") == "1"
    return v.page(
        "sign_in.html",
        status,
        form=filled,
        next=after,
        after_form=is_undone(after),
        passkeys=site_of(v.request).has_passkeys,
        notice=translate(filled.locale, RESET) if reset else None,
        demo_people=await accounts.people_of_demo(v.tx) if v.settings.demo else [],
    )
