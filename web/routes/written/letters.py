"""The addresses of letters: writing one, one's own, and what a cast asks for an answer."""

from aiohttp import web

from web.http.paths import number
from web.pages.letters import letter_claims, letters, offer, writing

WRITE = f"/casts/{number('cast_id')}/letter"
LETTER = f"/letters/{number('letter_id')}"


def letter_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of letters; those that were sent are there on every site."""
    return [
        web.get(WRITE, writing.show_form),
        web.post(WRITE, writing.look),
        web.post(f"{WRITE}/send", writing.send),
        web.get("/letters", letters.show_letters),
        web.get(LETTER, letters.show_letter),
        web.post(f"{LETTER}/answer", letters.answer),
        web.post(f"{LETTER}/back", letters.ask_back),
        web.post(f"{LETTER}/look", letters.look),
        web.get(f"{LETTER}/claim", letter_claims.show_claim),
        web.post(f"{LETTER}/claim", letter_claims.send_claim),
        web.get("/console/letters", offer.show_offer),
        web.post("/console/letters", offer.save_offer),
    ]
