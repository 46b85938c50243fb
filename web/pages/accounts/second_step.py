"""Signing in beyond the password: a code of an app or for recovery, or a passkey."""

from dataclasses import dataclass

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from people.accounts import accounts
from people.accounts.accounts import User
from people.sign_in import (
    passkeys,
    second_factors,
    sessions,
    steps,
)
from web.http.forms import Filled, needed
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.paths import is_undone, local_path, redirect
from web.http.second_step import site_of
from web.http.session import browser_secret, session_token
from web.http.tries import count_passkey, count_password
from web.http.visit import Visit, reader_locale, visit
from web.pages.accounts.sign_in import start_session

WRONG = N_("コードがちがうか、すでに使われています。")


@dataclass(frozen=True)
class Known:
    """Whose second step it is: of a browser that gave the password, or of a session."""

    user: User
    from_step: bool


async def show_second_step(request: Request) -> Response:
    """Ask for the code; who has nothing to prove goes on."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        if await _known(v) is None:
            return redirect(after if v.user else "/sign-in")
        return await _page(v, Filled(reader_locale(request)), after)


async def take_second_step(request: Request) -> Response:
    """Sign in with a code. Wrong ones are counted, by the step and by the account."""
    form, after = request[FORM], local_path(request[FORM].get("next"))
    typed = needed(form, "code")[:100]
    async with visit(request) as v:
        known = await _known(v)
    if known is None:
        raise _over()
    if not known.from_step:
        await count_password(request, known.user.id)
    async with request.app[DATABASE].transaction() as tx:
        used = await _use(request, tx, known, typed)
    if used:
        return await start_session(request, known.user, after, proved=True)
    filled = Filled(reader_locale(request))
    filled.errors["code"] = translate(filled.locale, WRONG)
    async with visit(request) as v:
        return await _page(v, filled, after, 422)


async def passkey_sign_in_options(request: Request) -> Response:
    """Tell a browser what to ask its passkeys."""
    await count_passkey(request)
    async with request.app[DATABASE].transaction() as tx:
        options = await passkeys.begin_signing_in(tx, site_of(request), browser_secret(request))
    return Response(text=options, content_type="application/json")


async def passkey_sign_in(request: Request) -> Response:
    """Sign in with a passkey, which stands for the password and the second factor."""
    form, after = request[FORM], local_path(request[FORM].get("next"))
    answer, browser = needed(form, "credential"), browser_secret(request)
    await count_passkey(request)
    # Its own transaction: a challenge is over whatever is answered.
    async with request.app[DATABASE].transaction() as tx:
        step = await steps.finish(tx, browser, "passkey")
    async with request.app[DATABASE].transaction() as tx:
        # Steps are locked before passkeys; one who is refused keeps theirs, by the rollback.
        await steps.finish(tx, browser, "second")
        user = await passkeys.sign_in(tx, site_of(request), step, answer)
    return await start_session(request, user, after, proved=True)


async def _known(v: Visit) -> Known | None:
    step = await steps.find(v.tx, browser_secret(v.request), "second")
    if step is not None and step.user_id is not None:
        user = await accounts.find_user(v.tx, step.user_id)
        return Known(user, from_step=True) if user else None
    if v.user is None or not await second_factors.has_any(v.tx, v.user.id):
        return None
    token = session_token(v.request)
    if token is None or await sessions.is_proved(v.tx, token):
        return None
    return Known(v.user, from_step=False)


async def _use(request: Request, tx: Tx, known: Known, typed: str) -> bool:
    settings, browser = request.app[SETTINGS], browser_secret(request)
    if known.from_step and await steps.take_try(tx, browser, "second") is None:
        raise _over()
    kind = await second_factors.use_code(tx, settings, known.user.id, typed)
    if kind == "recovery":
        await second_factors.tell(tx, settings, known.user, "code_used")
    if kind is not None:
        await steps.finish(tx, browser, "second")
    return kind is not None


async def _page(v: Visit, filled: Filled, after: str, status: int = 200) -> Response:
    return v.page(
        "second_step.html",
        status,
        form=filled,
        next=after,
        after_form=is_undone(after),
        passkeys=site_of(v.request).has_passkeys,
    )


def _over() -> UserError:
    return UserError(
        "second_step_over", N_("もう一度、サインインからやり直してください。"), status=403
    )
