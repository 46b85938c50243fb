"""What every answer says to the browser about what it may do."""

import re
from urllib.parse import urlsplit

from aiohttp.web import Request, StreamResponse

from foundation.settings import Settings
from web.http.keys import ARRIVAL, OFFER, SETTINGS, TO_STRIPE, WITH_STRIPE

YEAR_SECONDS = 365 * 86_400
DAY_SECONDS = 86_400
STATIC = "/static/"

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
# The build writes a hash of the content into a name, except where rows hold the name.
_FINGERPRINTED = re.compile(r"-[0-9a-f]{10}\.[a-z0-9.]+$")

STRIPE_SCRIPTS = "https://js.stripe.com https://*.js.stripe.com"
STRIPE_FRAMES = "https://hooks.stripe.com"
STRIPE_PAGES = "https://checkout.stripe.com"
STRIPE_API = "https://api.stripe.com"
# Link brings its own frames and pictures (docs.stripe.com/security/guide).
LINK = "https://link.com https://*.link.com"
# Whom a page where one pays lets ask for the browser's own wallets.
PAYING = '(self "https://js.stripe.com" "https://*.js.stripe.com")'
# These open a window of their own, and it must be able to answer.
WINDOWED = frozenset({"google_pay", "link"})

POLICY = "Content-Security-Policy"
# What a mail may do in its frame on the demo's page: show itself, and open a link in a new tab.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)

# For a page whose address holds a link's token: what it loads is told the site, not the address.
# Not `no-referrer`, with which its form would come from an origin "null".
NO_ADDRESS = {"Referrer-Policy": "strict-origin"}

PERMISSIONS = (
    "camera=(self), microphone=(self), display-capture=(), geolocation=(), payment=%s, usb=(), "
    "serial=(), midi=(), browsing-topics=()"
)


async def add_headers(request: Request, response: StreamResponse) -> None:
    """Add the security headers, and how long the answer may be kept. Runs before each answer."""
    settings = request.app[SETTINGS]
    headers = response.headers
    headers["Server"] = "Hitotoki"
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    if settings.secure:
        headers["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}"
    if request.path.startswith(STATIC) and response.status < 400:
        # A drawing may bring its own style; opened as a page, it may do nothing else.
        headers[POLICY] = "default-src 'none'; style-src 'unsafe-inline'"
        headers["Cache-Control"] = _keep(request.path)
        return
    nonce = request[ARRIVAL].nonce if ARRIVAL in request else ""
    stripe, wallets = request.get(WITH_STRIPE, False), _wallets(request)
    policy = content_policy(
        settings,
        request.host,
        nonce,
        stripe=stripe,
        link=stripe and "link" in wallets,
        away=request.get(TO_STRIPE, False),
    )
    headers.setdefault(POLICY, policy)
    windows = "-allow-popups" if WINDOWED & wallets else ""
    headers["Cross-Origin-Opener-Policy"] = f"same-origin{windows}"
    headers["Permissions-Policy"] = PERMISSIONS % (PAYING if wallets else "()")
    # Pages hold personal figures; nothing of them stays behind after signing out.
    headers.setdefault("Cache-Control", "no-store")


def _wallets(request: Request) -> frozenset[str]:
    """The wallets that a page may show: on one where one pays, those that the account has."""
    offer = request.app[OFFER]
    if offer is None or not request.get(WITH_STRIPE, False):
        return frozenset()
    return frozenset(offer.known.wallets)


def content_policy(
    settings: Settings,
    host: str,
    nonce: str,
    *,
    stripe: bool = False,
    link: bool = False,
    away: bool = False,
) -> str:
    """Return the Content-Security-Policy of a page: our own files, and nothing from elsewhere,
    but Stripe's (and its Link's) on a page where one pays with it
    (docs.stripe.com/security/guide). `away`: a form of the page leads to one of Stripe's."""
    script = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    connect = f"'self'{_socket_origin(settings, host)}"
    # The demo's mailbox frames its mails.
    frames = "'self'" if settings.demo else ""
    if stripe:
        script, connect = f"{script} {STRIPE_SCRIPTS}", f"{connect} {STRIPE_API}"
        frames = f"{frames} {STRIPE_SCRIPTS} {STRIPE_FRAMES}".strip()
    if link:
        connect, frames = f"{connect} {LINK}", f"{frames} {LINK}"
    images = "'self' data: blob:" + (" https://*.link.com" if link else "")
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {script}",
            "style-src 'self'",
            f"img-src {images}",
            "media-src 'self' blob:",
            f"connect-src {connect}",
            *([f"frame-src {frames}"] if frames else []),
            "manifest-src 'self'",
            "worker-src 'self'",
            f"form-action 'self'{f' {STRIPE_PAGES}' if away else ''}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


def _socket_origin(settings: Settings, host: str) -> str:
    # Older browsers don't count a web socket to the page's own host as 'self'.
    if settings.public_url:
        host = urlsplit(settings.public_url).netloc
    if not _HOST.fullmatch(host):
        return ""
    return f" {'wss' if settings.secure else 'ws'}://{host}"


def _keep(path: str) -> str:
    if _FINGERPRINTED.search(path):
        return f"public, max-age={YEAR_SECONDS}, immutable"
    return f"public, max-age={DAY_SECONDS}"


def allow_stripe(request: Request) -> None:
    """Let this page bring Stripe's own script and frames, on a site that sells through Stripe."""
    if request.app[SETTINGS].stripe_secret_key:
        request[WITH_STRIPE] = True
