"""Every address of the site, in one table."""

from aiohttp import web

from foundation.settings import Settings
from web.api.health import healthz
from web.api.metrics import metrics
from web.pages.console import console
from web.pages.demo import demo_sign_in
from web.pages.front import front
from web.pages.guide import guide
from web.pages.language import choose_language
from web.pages.points import points
from web.pages.rooms import begin, enter, room
from web.pages.sign_in import show_sign_in, sign_in, sign_out
from web.pages.sign_up import show_sign_up, sign_up
from web.pages.talks import history, talk
from web.render import STATIC

# ASCII digits only: other digits of Unicode are no part of an address.
ROOM = "/rooms/{room_id:[0-9]{1,19}}"
TALK = "/talks/{talk_id:[0-9]{1,19}}"


def routes(settings: Settings) -> list[web.AbstractRouteDef]:
    """Return the site's addresses and who answers at each."""
    table: list[web.AbstractRouteDef] = [
        web.get("/", front),
        web.get(ROOM, room),
        web.get(f"{ROOM}/enter", enter),
        web.post(f"{ROOM}/entry", begin),
        web.get("/talks", history),
        web.get(TALK, talk),
        web.get("/console", console),
        web.get("/points", points),
        web.get("/guide", guide),
        web.get("/sign-in", show_sign_in),
        web.post("/sign-in", sign_in),
        web.get("/sign-up", show_sign_up),
        web.post("/sign-up", sign_up),
        web.post("/sign-out", sign_out),
        web.post("/language", choose_language),
        web.get("/healthz", healthz),
        web.get("/metrics", metrics),
    ]
    if settings.demo:
        table.append(web.post("/demo/sign-in", demo_sign_in))
    if STATIC.is_dir():
        # Sends the .br or .gz beside a file to browsers that take it.
        table.append(web.static("/static", STATIC))
    return table
