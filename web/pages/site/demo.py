"""The demo site's one-click sign-in. Its address exists on a demo site only."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_
from foundation.numbers import integer
from people.accounts import accounts
from web.http.forms import needed
from web.http.keys import DATABASE, FORM
from web.http.paths import local_path
from web.pages.accounts.sign_in import start_session


async def demo_sign_in(request: Request) -> Response:
    """Become one of the demo's people. Nobody else can be signed in as in this way."""
    form = request[FORM]
    user_id = integer(needed(form, "user"), 1)
    async with request.app[DATABASE].transaction() as tx:
        user = await accounts.find_user(tx, user_id)
    if user is None or not user.is_demo:
        raise UserError("demo_person_unknown", N_("このデモの会員はいません。"), status=404)
    return await start_session(request, user, local_path(form.get("next")))
