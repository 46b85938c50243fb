"""No other site can act in a visitor's name.

Three walls, for every method but GET, HEAD and OPTIONS: what the browser says of the sender
(`Sec-Fetch-Site`, `Origin`), a token in the form, and cookies that are SameSite=Lax.
"""

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

import structlog
from aiohttp.typedefs import Handler
from aiohttp.web import Request, StreamResponse, middleware

from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from web.http.forms import read_form
from web.http.keys import FORM, SETTINGS, TYPED
from web.http.paths import WEBHOOK, takes_file
from web.http.session import browser_secret
from web.http.uploads import read_upload

log = structlog.get_logger(__name__)

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SALT_CHARACTERS = 16
# What a browser says of a sender that it does not name.
UNNAMED = "null"
OTHER_SITE = N_("ほかのサイトからの操作は受け付けていません。")
HIDDEN = N_(
    "送信元のページがわからないため、受け付けられませんでした。"
    "ブラウザーの拡張機能やプロキシの設定をご確認ください。"
)


def make_token(secret: str) -> str:
    """Return a token for a form of the browser that holds `secret`.

    It differs each time, so that the compressed length of pages gives nothing of it away.
    """
    salt = secrets.token_urlsafe(SALT_CHARACTERS * 3 // 4)
    return salt + _proof(secret, salt)


def is_token(token: str, secret: str) -> bool:
    """Say whether a token was made for the browser that holds `secret`."""
    salt, proof = token[:SALT_CHARACTERS], token[SALT_CHARACTERS:]
    return token.isascii() and hmac.compare_digest(proof, _proof(secret, salt))


def from_this_site(
    settings: Settings, host: str, origin: str | None, fetch_site: str | None
) -> bool:
    """Say whether the browser's own words allow that one of our pages sent a request.

    `fetch_site` "none" is the person themselves, who reloads a page. A client that says neither
    is no browser; the token alone decides. An origin "null" is our own page's under a policy of
    `no-referrer`, or that of a sandboxed frame anywhere: only where the browser itself says
    "same-origin", which it never says of a frame like that, is it ours.
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    if origin is None:
        return True
    if origin == UNNAMED:
        return fetch_site == "same-origin"
    if settings.public_url:
        return _origin(origin) == _origin(settings.public_url)
    return urlsplit(origin).netloc.lower() == host.lower()


@middleware
async def refuse_forgeries(request: Request, handler: Handler) -> StreamResponse:
    """Read the form of a request that may change something, and refuse it if it isn't ours."""
    # An address or a method that does not exist says so, whoever asks.
    if request.method in SAFE or request.match_info.http_exception is not None:
        return await handler(request)
    # A machine's own signature stands for both walls.
    if request.path == WEBHOOK:
        return await handler(request)
    _must_be_from_here(request)
    secret = browser_secret(request)
    if takes_file(request.path) and request.content_type == "multipart/form-data":
        form = await read_upload(request, lambda token: is_token(token, secret))
    else:
        form = await read_form(request)
    request[TYPED] = dict(form)
    if not is_token(form.pop("csrf", ""), secret):
        raise UserError(
            "page_outdated",
            N_(
                "ページが古くなったため、操作は行われていません。もとのページを開きなおしてください。"
            ),
            status=403,
        )
    request[FORM] = form
    return await handler(request)


def _must_be_from_here(request: Request) -> None:
    headers = request.headers
    origin, site = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    if from_this_site(request.app[SETTINGS], request.host, origin, site):
        return
    log.warning("csrf.other_site", origin=origin, fetch_site=site, path=request.path)
    text = HIDDEN if origin == UNNAMED and site is None else OTHER_SITE
    raise UserError("other_site", text, status=403)


def _proof(secret: str, salt: str) -> str:
    return hmac.new(secret.encode(), f"csrf {salt}".encode(), hashlib.sha256).hexdigest()


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    port = {"https": ":443", "http": ":80"}.get(parts.scheme, "")
    return parts.scheme, parts.netloc.lower().removesuffix(port)
