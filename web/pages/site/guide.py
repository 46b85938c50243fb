"""The guide: how the site works, with its figures."""

from aiohttp.web import Request, Response

from web.http.shared import shared
from web.http.visit import visit


@shared()
async def guide(request: Request) -> Response:
    """Show the guide."""
    async with visit(request) as v:
        return v.page("guide.html")
