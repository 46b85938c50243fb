"""The member's second factors: an authenticator app, passkeys, recovery codes."""

from typing import Any

import segno
from aiohttp.web import HTTPNotFound, Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from people.accounts.accounts import User
from people.sign_in import (
    passkeys,
    recovery_codes,
    seals,
    second_factors,
    sessions,
    steps,
    totp,
)
from web.http.forms import Filled, needed, one_line
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.password_again import knows_password, proves_password
from web.http.paths import id_in_path, local_path, redirect
from web.http.second_step import SETTINGS_PAGE, site_of
from web.http.session import browser_secret, session_token
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)

WRONG_CODE = N_("コードがちがいます。アプリに表示されている新しいコードを入力してください。")
NAME_CHARACTERS = 40


async def show_factors(request: Request) -> Response:
    """Show what the account has."""
    async with visit(request) as v:
        v.member()
        return await _page(v, Filled(reader_locale(request)))


async def begin_app(request: Request) -> Response:
    """Show a new key for an authenticator app, this one time."""
    user, refusal = await _asked_again(request)
    if refusal is not None:
        return refusal
    settings = request.app[SETTINGS]
    if not seals.can_seal(settings):
        raise _no_apps()
    async with visit(request) as v:
        if await totp.has(v.tx, user.id):
            return redirect(SETTINGS_PAGE)
        offered = await totp.offer(v.tx, settings, user.id, user.email)
        code = segno.make(offered.address, error="m", micro=False)
        return v.page(
            "second_factor_app.html",
            form=Filled(reader_locale(request)),
            qr=code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff"),
            secret=offered.secret,
        )


async def confirm_app(request: Request) -> Response:
    """Let the app count, once its first code has come; the first time, show recovery codes."""
    typed, settings = needed(request[FORM], "code")[:100], request.app[SETTINGS]
    async with member_transaction(request) as (tx, user):
        done = await totp.confirm(tx, settings, user.id, typed)
        codes = await _turned_on(request, tx, user, "app_on") if done else []
    async with visit(request) as v:
        if not done:
            filled = Filled(reader_locale(request))
            filled.errors["code"] = translate(filled.locale, WRONG_CODE)
            return v.page("second_factor_app.html", 422, form=filled, qr=None, secret=None)
        return await _after_turning_on(v, codes)


async def remove_app(request: Request) -> Response:
    """Forget the authenticator app."""
    user, refusal = await _asked_again(request)
    if refusal is not None:
        return refusal
    async with request.app[DATABASE].transaction() as tx:
        await totp.remove(tx, user.id)
        await _turned_off(request, tx, user, "app_off")
    return redirect(f"{SETTINGS_PAGE}?saved=1")


async def renew_codes(request: Request) -> Response:
    """Make ten new recovery codes and show them, this one time."""
    user, refusal = await _asked_again(request)
    if refusal is not None:
        return refusal
    async with visit(request) as v:
        if not await second_factors.has_any(v.tx, user.id):
            return redirect(SETTINGS_PAGE)
        codes = await recovery_codes.renew(v.tx, user.id)
        await second_factors.tell(v.tx, v.settings, user, "codes")
        return v.page("recovery_codes.html", codes=codes)


async def passkey_options(request: Request) -> Response:
    """Tell a browser how to make a passkey, after the password."""
    site = site_of(request)
    async with visit(request) as v:
        user = v.member()
    filled = Filled(reader_locale(request, user))
    if not await proves_password(request, user, filled):
        raise UserError("password_wrong", N_("パスワードを確かめてください。"), status=422)
    async with request.app[DATABASE].transaction() as tx:
        options = await passkeys.begin_adding(tx, site, user, browser_secret(request))
    return Response(text=options, content_type="application/json")


async def add_passkey(request: Request) -> Response:
    """Keep the passkey that a browser has made."""
    form = request[FORM]
    answer = needed(form, "credential")
    name = one_line(needed(form, "name").strip(), NAME_CHARACTERS)
    async with member_transaction(request) as (tx, user):
        step = await steps.finish(tx, browser_secret(request), "new_passkey")
    async with member_transaction(request) as (tx, user):
        named = name or translate(user.locale, N_("パスキー"))
        await passkeys.add(tx, site_of(request), user, step, answer, named)
        codes = await _turned_on(request, tx, user, "passkey_on")
    async with visit(request) as v:
        return await _after_turning_on(v, codes)


async def remove_passkey(request: Request) -> Response:
    """Forget one of the member's passkeys. Raises 404 for one that isn't theirs."""
    passkey_id = id_in_path(request, "passkey_id")
    async with visit(request) as v:
        if passkey_id not in {key.id for key in await passkeys.of(v.tx, v.member().id)}:
            raise HTTPNotFound
    user, refusal = await _asked_again(request)
    if refusal is not None:
        return refusal
    async with request.app[DATABASE].transaction() as tx:
        if await passkeys.remove(tx, user.id, passkey_id) is None:
            raise HTTPNotFound
        await _turned_off(request, tx, user, "passkey_off")
    return redirect(f"{SETTINGS_PAGE}?saved=1")


async def _asked_again(request: Request) -> tuple[User, Response | None]:
    """Return who asks; and, where the password isn't theirs, the page that says so."""
    async with visit(request) as v:
        user = v.member()
    filled = Filled(reader_locale(request, user))
    if await proves_password(request, user, filled):
        return user, None
    async with visit(request) as v:
        return user, await _page(v, filled, 422)


async def _turned_on(
    request: Request, tx: Tx, user: User, change: second_factors.Change
) -> list[str]:
    """Tell the owner; this session has proved it. Return recovery codes where there were none."""
    token = session_token(request)
    assert token is not None
    await second_factors.tell(tx, request.app[SETTINGS], user, change)
    has_codes = await recovery_codes.left(tx, user.id)
    codes = [] if has_codes else await recovery_codes.renew(tx, user.id)
    await sessions.mark_proved(tx, token)
    return codes


async def _turned_off(request: Request, tx: Tx, user: User, change: second_factors.Change) -> None:
    await second_factors.tidy(tx, user.id)
    await second_factors.tell(tx, request.app[SETTINGS], user, change)


async def _after_turning_on(v: Visit, codes: list[str]) -> Response:
    if codes:
        return v.page("recovery_codes.html", codes=codes)
    return redirect(f"{SETTINGS_PAGE}?saved=1")


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    user = v.member()
    values: dict[str, Any] = {
        "factors": await second_factors.of(v.tx, user.id),
        "needed": v.request.query.get("needed") == "1",
        "next": local_path(v.request.query.get("next"), ""),
        "saved": "saved" in v.request.query,
        "with_apps": seals.can_seal(v.settings),
        "with_passkeys": site_of(v.request).has_passkeys,
        "knows_password": knows_password(v.settings, user),
        "most_passkeys": passkeys.MOST_PASSKEYS,
    }
    return v.page("second_factor.html", status, form=filled, **values)


def _no_apps() -> UserError:
    return UserError(
        "no_secret_key", N_("このサイトでは、いまは認証アプリを登録できません。"), status=503
    )
