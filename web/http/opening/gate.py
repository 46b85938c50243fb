"""Until an administrator has opened the site, only staff pass; everyone else reads that it will be.

Whatever isn't named here is closed: pages, feeds, maps for search engines, interfaces, sockets.
"""

import re
import time
from collections.abc import Callable
from secrets import token_urlsafe

from aiohttp.typedefs import Handler
from aiohttp.web import AppKey, Request, Response, StreamResponse, json_response, middleware

from foundation.database import Database
from foundation.language import N_, locales, translate
from foundation.settings import Settings
from record import opening
from web.http.errors import wants_json
from web.http.headers import POLICY
from web.http.keys import DATABASE
from web.http.paths import WEBHOOK
from web.http.render import TEMPLATE_ENVIRONMENT
from web.http.session import session_token
from web.http.visit import asker_transaction, reader_locale

# How long a process may not know that the site was opened, by itself or by another one.
ASK_SECONDS = 1.0
RETRY_SECONDS = 3600
# What staff need to come in, what machines ask for, and what the payment provider sends.
_PASSES = re.compile(
    r"/static/.+|/sign-in(/.+)?|/sign-out|/language|/healthz|/metrics|/\.well-known/.+|" + WEBHOOK
)
WORDS = (
    N_("ただいま準備中です"),
    N_("公開まで、もうしばらくお待ちください。"),
    N_("スタッフの方のサインイン"),
)


class Gate:
    """Whether the site is open, as far as this process knows. A demo site always is."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open = settings.demo
        self._until = clock()

    async def is_open(self, database: Database) -> bool:
        """Return whether the site is open; once it is, nobody is asked any more."""
        if not self._open and self._clock() >= self._until:
            async with database.transaction() as tx:
                self._open = await opening.is_open(tx)
            self._until = self._clock() + ASK_SECONDS
        return self._open

    def forget(self) -> None:
        """Ask again at once: this process may have opened the site."""
        self._until = self._clock()


GATE = AppKey("gate", Gate)


@middleware
async def let_staff_pass(request: Request, handler: Handler) -> StreamResponse:
    """Answer whoever isn't staff that the site isn't open yet, as long as it isn't."""
    if _PASSES.fullmatch(request.path) or await request.app[GATE].is_open(request.app[DATABASE]):
        return await handler(request)
    if session_token(request) is not None:
        async with asker_transaction(request) as (_, user):
            is_staff = user is not None and user.is_staff
        if is_staff:
            return await handler(request)
    return _closed(request)


def _closed(request: Request) -> Response:
    headers = {"Retry-After": str(RETRY_SECONDS), "X-Robots-Tag": "noindex"}
    if wants_json(request):
        message = translate(reader_locale(request), WORDS[0])
        return json_response({"code": "not_open", "message": message}, status=503, headers=headers)
    nonce, spoken = token_urlsafe(16), locales()
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'"
    headers[POLICY] = f"{policy}; base-uri 'none'; form-action 'none'"
    html = request.app[TEMPLATE_ENVIRONMENT].get_template("closed.html")
    said = {locale: [translate(locale, text) for text in WORDS] for locale in spoken}
    return Response(
        text=html.render(locales=spoken, said=said, nonce=nonce),
        status=503,
        content_type="text/html",
        charset="utf-8",
        headers=headers,
    )
