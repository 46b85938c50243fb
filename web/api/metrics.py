"""The process's figures, in the text form of Prometheus."""

from aiohttp.web import HTTPNotFound, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from web.http.forwarded import is_near
from web.http.keys import SETTINGS


async def metrics(request: Request) -> Response:
    """Answer this machine and trusted networks; for anyone else there is no such page.

    A request that a proxy passed on comes from outside, wherever the proxy stands.
    """
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "Via"))
    if passed_on or not is_near(request.remote, request.app[SETTINGS].trusted_proxies):
        raise HTTPNotFound
    return Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
