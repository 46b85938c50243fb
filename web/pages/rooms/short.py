"""Short addresses: where they lead, and the QR code that names one."""

import io

import segno
from aiohttp.web import HTTPNotFound, Request, Response

from rooms.lobby import short_addresses
from web.http.headers import YEAR_SECONDS
from web.http.keys import DATABASE
from web.pages.casts.share_links import site_of


async def lead(request: Request) -> Response:
    """Lead to the room for good: it keeps its number. One that isn't public is not there."""
    room_id = await _room(request)
    return Response(status=301, headers={"Location": f"/rooms/{room_id}"})


async def qr_code(request: Request) -> Response:
    """Show the QR code of a short address."""
    await _room(request)
    code = segno.make(f"{site_of(request)}/r/{request.match_info['code']}", error="m", micro=False)
    drawn = io.BytesIO()
    code.save(drawn, kind="svg", scale=4, border=4, dark="#000", light="#fff")
    return Response(
        body=drawn.getvalue(),
        content_type="image/svg+xml",
        headers={
            "Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )


async def _room(request: Request) -> int:
    async with request.app[DATABASE].transaction() as tx:
        found = await short_addresses.room_of(tx, request.match_info["code"])
    if found is None:
        raise HTTPNotFound
    return found
