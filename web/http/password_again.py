"""The password asked again, before something that a borrowed browser must not do."""

from aiohttp.web import Request

from foundation.language import N_, translate
from foundation.settings import Settings
from people.accounts.accounts import User
from people.joining import credentials
from web.http.forms import Filled
from web.http.keys import DATABASE, FORM, SETTINGS
from web.http.tries import count_password

WRONG = N_("パスワードがちがいます。")
NOT_SURE = N_("確認のチェックを入れてください。")


def knows_password(settings: Settings, user: User) -> bool:
    """Say whether somebody can know an account's password: of a demo site's people nobody does."""
    return not (settings.demo and user.is_demo)


async def proves_password(request: Request, user: User, filled: Filled) -> bool:
    """Say whether the form holds the member's password, or a tick of who can't know it.

    What is wrong is noted in `filled`. To be called outside any transaction. Raises UserError
    (429) after too many tries.
    """
    form = request[FORM]
    if not knows_password(request.app[SETTINGS], user):
        if form.get("sure") != "1":
            filled.errors["sure"] = translate(filled.locale, NOT_SURE)
        return "sure" not in filled.errors
    await count_password(request, user.id)
    typed = form.get("password", "")
    if await credentials.proven(request.app[DATABASE], user.id, typed) is not None:
        return True
    filled.errors["password"] = translate(filled.locale, WRONG)
    return False
