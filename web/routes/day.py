"""The addresses of a cast's day: their home, what they earned, notes, and claims about them."""

from aiohttp import web

from web.http.paths import number
from web.pages.day import earnings, hearing, home, notes

CLAIM = f"/console/claims/{number('claim_id')}"
TALK = f"/console/talks/{number('talk_id')}"


def day_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of a cast's day."""
    return [
        web.get("/console", home.console),
        web.get("/console/figures", home.figures),
        web.post("/console/pause", home.choose_pause),
        web.post("/console/pause/stop", home.stop_pause),
        web.get("/console/earnings", earnings.show_earnings),
        web.get("/console/earnings.csv", earnings.earnings_csv),
        web.get(CLAIM, hearing.show_claim),
        web.post(CLAIM, hearing.answer_claim),
        web.get(TALK, notes.show_caller),
        web.post(f"{TALK}/note", notes.write_note),
    ]
