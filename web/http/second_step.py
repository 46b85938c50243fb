"""The second step: where a right password alone lets nobody in, and where staff must have proved.

A browser that has given the right password gets a step, bound to it and short-lived.
"""

from urllib.parse import urlencode

from aiohttp.web import Request, Response

from foundation.database import Tx
from people.accounts.accounts import User
from people.sign_in import second_factors, steps
from people.sign_in.passkeys import Site
from web.http.keys import DATABASE, SETTINGS
from web.http.paths import origin, redirect, way_back
from web.http.session import SignInNeededError, browser_secret, session_token, set_visitor

SECOND = "/sign-in/second"
SETTINGS_PAGE = "/settings/second-factor"


class SecondFactorNeededError(SignInNeededError):
    """A page for who has proved a second factor; the door shows the way to do that, or get one."""

    def __init__(self, way: str, back: str) -> None:
        super().__init__(back)
        self.sign_in = f"{way}?{urlencode({'next': back, 'needed': 1})}"


async def must_be_proved(request: Request, tx: Tx, user: User) -> None:
    """Let pass who has proved a second factor in this session.

    Raises SecondFactorNeededError for anyone else.
    """
    settings = request.app[SETTINGS]
    if await second_factors.proved(tx, user, session_token(request), settings):
        return
    way = SECOND if await second_factors.has_any(tx, user.id) else SETTINGS_PAGE
    raise SecondFactorNeededError(way, way_back(request))


async def second_step_for(request: Request, user: User, after: str) -> Response | None:
    """Begin the second step of somebody whose password was right, where the account has one."""
    async with request.app[DATABASE].transaction() as tx:
        if not await second_factors.has_any(tx, user.id):
            return None
        browser = browser_secret(request)
        await steps.begin(tx, browser, "second", user_id=user.id)
    response = redirect(f"{SECOND}?{urlencode({'next': after})}")
    if session_token(request) is None:
        # The step is this browser's as long as the browser keeps its name.
        set_visitor(response, request.app[SETTINGS], browser)
    return response


def site_of(request: Request) -> Site:
    """Return the site as the browser knows it."""
    return Site.of(origin(request))
