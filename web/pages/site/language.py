"""The language in which one reads the site."""

from aiohttp.web import Request, Response

from foundation.errors import ProtocolError
from people.accounts import accounts
from web.http.forms import needed
from web.http.incoming import offered
from web.http.keys import FORM, SETTINGS
from web.http.paths import local_path, redirect
from web.http.session import set_language
from web.http.visit import visit


async def choose_language(request: Request) -> Response:
    """Remember the choice in a cookie, and with the account of a member."""
    locale = needed(request[FORM], "locale")
    if locale not in offered(request):
        raise ProtocolError("locale_unknown")
    async with visit(request) as v:
        if v.user:
            await accounts.set_locale(v.tx, v.user.id, locale)
    response = redirect(local_path(request[FORM].get("next")))
    set_language(response, request.app[SETTINGS], locale)
    return response
