"""What a member's browser shows where the site can't be reached, kept there beforehand."""

from hashlib import sha256
from secrets import token_urlsafe

from aiohttp.web import Request, Response

from foundation.language import N_, locales, translate
from web.http.headers import POLICY
from web.http.render import TEMPLATE_ENVIRONMENT

WORDS = (
    N_("インターネットにつながっていません"),
    N_("電波の届く場所で、もう一度お試しください。"),
    N_("通話中だった方は、つながると同じ通話に戻れます。途切れているあいだの料金はかかりません。"),
    N_("もう一度読み込む"),
)


async def offline(request: Request) -> Response:
    """Return the page, which needs nothing else: neither style nor script of the site's."""
    nonce = token_urlsafe(16)
    policy = f"default-src 'none'; style-src 'nonce-{nonce}'; frame-ancestors 'none'"
    return Response(
        text=_drawn(request, nonce),
        content_type="text/html",
        charset="utf-8",
        headers={POLICY: f"{policy}; base-uri 'none'; form-action 'none'"},
    )


def mark(request: Request) -> str:
    """Return what changes with the page, so that a worker that keeps it is renewed."""
    return sha256(_drawn(request, "").encode()).hexdigest()[:16]


def _drawn(request: Request, nonce: str) -> str:
    spoken = locales()
    said = {locale: [translate(locale, text) for text in WORDS] for locale in spoken}
    template = request.app[TEMPLATE_ENVIRONMENT].get_template("offline.html")
    return template.render(locales=spoken, said=said, nonce=nonce)
