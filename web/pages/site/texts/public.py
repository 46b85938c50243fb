"""The public page of a text: the operator's version that holds, or else the shipped one."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.language import N_
from record.texts import versions
from record.texts.tables import AGREED
from record.texts.versions import Version
from web.http.paths import id_in_path
from web.http.visit import Visit, reader_locale, visit
from web.pages.site.texts.drawing import draw, facts_for

TITLES = {
    "terms": N_("利用規約"),
    "privacy": N_("プライバシーポリシー"),
    "faq": N_("よくある質問"),
    "guide": N_("ご利用ガイド"),
    "guide_casts": N_("キャストのガイド"),
    "legal": N_("特定商取引法に基づく表記"),
}
PATHS = {
    "terms": "/terms", "privacy": "/privacy", "faq": "/faq", "guide": "/guide",
    "guide_casts": "/guide/casts", "legal": "/legal",
}  # fmt: skip


async def own_page(v: Visit, name: str) -> Response | None:
    """Return the page of an operator's own text; None where the shipped one stands."""
    found = await versions.holding(v.tx, name)
    body = found.body(reader_locale(v.request)) if found else None
    if found is None or body is None:
        return None
    return await _page(v, found, body, ahead=await ahead(v, name))


async def ahead(v: Visit, name: str) -> Version | None:
    """Return the version that is announced for later, of what people agree to."""
    return await versions.ahead(v.tx, name) if name in AGREED else None


async def show_version(request: Request) -> Response:
    """Show one version of what people agree to: one of before, or one that holds later."""
    name = request.match_info["text_name"]
    number = id_in_path(request, "version_number")
    async with visit(request) as v:
        found = await versions.find(v.tx, name, number)
        body = found.body(reader_locale(request)) if found else None
        if found is None or body is None:
            raise HTTPNotFound
        return await _page(v, found, body, ahead=None)


async def _page(v: Visit, found: Version, body: str, *, ahead: Version | None) -> Response:
    holds = await versions.holding(v.tx, found.name)
    return v.page(
        "own_text.html",
        title=TITLES[found.name],
        text=await draw(body, await facts_for(v.request, reader_locale(v.request))),
        version=found,
        holds=holds is not None and holds.number == found.number,
        ahead=ahead,
        agreed_to=found.name in AGREED,
        missing_seller=found.name == "legal" and bool(v.settings.missing_seller),
    )
