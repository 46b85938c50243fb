"""The addresses of talk applications: the caller's, and the cast's."""

from aiohttp import web

from web.http.paths import number
from web.pages.applying import applications, console_applications

ROOM = f"/rooms/{number('room_id')}"
OWN = f"/applications/{number('talk_application_id')}"
CONSOLE = f"/console/applications/{number('talk_application_id')}"


def applying_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which one applies to talk, and at which a cast answers."""
    return [
        web.get(f"{ROOM}/apply", applications.show_form),
        web.post(f"{ROOM}/apply", applications.apply),
        web.get("/applications", applications.show_all),
        web.get(OWN, applications.show),
        web.post(f"{OWN}/withdraw", applications.withdraw),
        web.post(f"{OWN}/again", applications.apply_again),
        web.get("/console/applications", console_applications.show_all),
        web.post(f"{CONSOLE}/accept", console_applications.accept),
        web.post(f"{CONSOLE}/ring", console_applications.ring),
        web.post(f"{CONSOLE}/let-go", console_applications.let_go),
        web.post(f"{CONSOLE}/decline", console_applications.decline),
        web.post(f"{CONSOLE}/ask-again", console_applications.ask_again),
    ]
