"""Becoming a member: the form, the look at what was entered, and the word that a mail is coming."""

from collections.abc import Mapping
from datetime import date
from functools import partial

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from people.accounts import accounts, passwords, rules
from people.joining import registration
from people.joining.registration import Registration
from web.http.forms import Filled
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.paths import local_path, redirect
from web.http.session import browser_secret
from web.http.tries import (
    constant_time,
    count_mail,
    count_sign_up,
    too_many,
)
from web.http.visit import member_transaction, reader_locale, visit

BIRTHDAY = ("year", "month", "day")
AGREE = N_("利用規約とプライバシーポリシーに同意してください。")
LOOK_AGAIN = N_("入力内容をご確認ください。")
LIKE_A_CAST = N_("キャストとまちがえられる名前です。ほかの名前にしてください。")
NOT_A_PUPIL = N_("高校生の方は、18歳以上でもご登録いただけません。")
EXPIRED = N_("入力から時間がたちました。お手数ですが、もう一度入力してください。")


async def show_sign_up(request: Request) -> Response:
    """Show the form, with what was entered before; who is signed in already goes on at once."""
    after = local_path(request.query.get("next"))
    async with visit(request) as v:
        if v.user:
            return redirect(after)
        filled = Filled(reader_locale(request))
        entered = await registration.kept(v.tx, browser_secret(request))
        if entered is not None:
            filled.values.update(_as_typed(entered))
            after = after if "next" in request.query else entered.after
        if "expired" in request.query:
            filled.errors["form"] = translate(filled.locale, EXPIRED)
        return v.page("sign_up.html", form=filled, next=after)


async def sign_up(request: Request) -> Response:
    """Keep what was entered, and show it once more. The page never gets the password back."""
    form, after = request[FORM], local_path(request[FORM].get("next"))
    filled = Filled(reader_locale(request))
    nickname = filled.take(form, "nickname", rules.nickname)
    async with request.app[DATABASE].transaction() as tx:
        today = await registration.today(tx, request.app[SETTINGS])
    email = filled.take(form, "email", rules.email)
    strong = partial(rules.password, email=email or "", nickname=nickname or "")
    password = filled.take(form, "password", strong)
    birthday = _birthday(filled, form, today)
    _tick(filled, form)
    if not (nickname and email and password and birthday) or filled.errors:
        return await _look_again(request, filled, after)
    # Before what costs: all casts' names are compared, and the password is hashed.
    await count_sign_up(request)
    async with request.app[DATABASE].transaction() as tx:
        if await accounts.resembles_cast(tx, nickname):
            filled.errors["nickname"] = translate(filled.locale, LIKE_A_CAST)
    if filled.errors:
        return await _look_again(request, filled, after)
    password_hash = await passwords.hash_password(password)
    entered = Registration(nickname, email, password_hash, birthday, filled.locale, after)
    async with request.app[DATABASE].transaction() as tx:
        await registration.keep(tx, browser_secret(request), entered)
    return redirect("/sign-up/confirm")


async def _look_again(request: Request, filled: Filled, after: str) -> Response:
    filled.errors["form"] = translate(filled.locale, LOOK_AGAIN)
    async with visit(request) as v:
        return v.page("sign_up.html", 422, form=filled, next=after)


async def show_confirm(request: Request) -> Response:
    """Show what was entered, the password as dots, with the ways to correct and to register."""
    async with visit(request) as v:
        entered = await registration.kept(v.tx, browser_secret(request))
        if entered is None:
            return redirect("/sign-up?expired=1")
        return v.page("sign_up_confirm.html", entered=entered)


async def register(request: Request) -> Response:
    """Make the account, and have the mail sent that confirms it.

    A known e-mail gets the same answer after the same time, so that nobody can find out who is a
    member. Its owner is told by mail; nothing of theirs changes.
    """
    browser, settings = browser_secret(request), request.app[SETTINGS]
    async with constant_time():
        async with request.app[DATABASE].transaction() as tx:
            entered = await registration.kept(tx, browser)
        may_mail = entered is not None and await count_mail(request, entered.email)
        async with request.app[DATABASE].transaction() as tx:
            sent = await registration.register(tx, settings, browser, may_mail=may_mail)
    return redirect("/sign-up/sent" if sent else "/sign-up?expired=1")


async def show_sent(request: Request) -> Response:
    """Tell that a mail is on its way, and what to do where it doesn't come."""
    async with visit(request) as v:
        waits = v.user is not None and v.user.confirmed_at is None
        return v.page("sign_up_sent.html", waits=waits)


async def send_again(request: Request) -> Response:
    """Mail the link once more to a member who has not confirmed the address."""
    async with member_transaction(request) as (tx, user):
        if user.confirmed_at is None:
            if not await count_mail(request, user.email, user.id):
                raise too_many(60)
            await registration.send_link(tx, request.app[SETTINGS], user)
    return redirect("/sign-up/sent")


def _as_typed(entered: Registration) -> dict[str, str]:
    return {
        "nickname": entered.nickname,
        "email": entered.email,
        "birth_year": str(entered.birthday.year),
        "birth_month": str(entered.birthday.month),
        "birth_day": str(entered.birthday.day),
    }


def _birthday(filled: Filled, form: Mapping[str, str], today: date) -> date | None:
    """Return the birthday of three fields, or None after noting beside them why it can't be."""
    year, month, day = (filled.take(form, f"birth_{part}", str) or "" for part in BIRTHDAY)
    try:
        return rules.birthday(year, month, day, today)
    except UserError as error:
        filled.errors["birthday"] = translate(filled.locale, error.text, **error.params)
        return None


def _tick(filled: Filled, form: Mapping[str, str]) -> None:
    """Keep what was ticked, and note beside the boxes what has to be."""
    for box, refusal in (("no_pupil", NOT_A_PUPIL), ("agree", AGREE)):
        # A box that isn't ticked is not sent at all.
        if form.get(box) == "1":
            filled.values[box] = "1"
        else:
            filled.errors[box] = translate(filled.locale, refusal)
