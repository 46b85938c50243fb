"""The addresses of calls by telephone."""

from aiohttp import web

from foundation.settings import Settings
from web.http.paths import number
from web.pages.calling import calls, standing

ASK = f"/rooms/{number('room_id')}/call"
CALL = f"/calls/{number('call_id')}"


def calling_routes(settings: Settings) -> list[web.AbstractRouteDef]:
    """Return the addresses of calls, on a site that has them; of calls that were, everywhere."""
    table: list[web.AbstractRouteDef] = [
        web.get(CALL, calls.show),
        web.post(f"{CALL}/stop", calls.stop),
    ]
    if settings.telephone:
        table += [
            web.get(ASK, calls.show_ask),
            web.post(ASK, calls.ask),
            web.get("/console/telephone", standing.show),
            web.post("/console/telephone", standing.set_standby),
        ]
    return table
