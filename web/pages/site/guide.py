"""The guides: how the site works, with its figures, and how one offers talks."""

from aiohttp.web import Request, Response

from web.http.shared import shared
from web.http.visit import visit
from web.pages.site.texts.public import own_page


@shared()
async def guide(request: Request) -> Response:
    """Show the guide."""
    async with visit(request) as v:
        return await own_page(v, "guide") or v.page("guide.html")


@shared()
async def casts_guide(request: Request) -> Response:
    """Show the guide for those who offer talks."""
    async with visit(request) as v:
        return await own_page(v, "guide_casts") or v.page("guide_casts.html")
