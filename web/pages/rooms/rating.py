"""Rating each other after a talk, and the cast's answer: forms on the page after the talk."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import translate
from foundation.settings import Settings
from rooms.ratings import answering, callers, giving
from rooms.talk.past import history
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.rooms.talks import after_page

SHOWN_TEXT = 2000
# Beside which field a refusal stands; a text that is too long is the form's own.
FIELDS = {"stars_needed": "stars", "answer_needed": "answer", "good_needed": "good"}

Verb = Callable[[Tx, Settings, int, int, Mapping[str, str]], Awaitable[None]]


async def rate(request: Request) -> Response:
    """Rate the cast of a talk, or change that."""

    async def verb(
        tx: Tx, settings: Settings, talk_id: int, user_id: int, form: Mapping[str, str]
    ) -> None:
        stars, text = form.get("stars", ""), needed(form, "text")
        await giving.rate(tx, settings, talk_id, user_id, stars, text)

    return await _send(request, verb, "text", "rated")


async def answer(request: Request) -> Response:
    """Answer the rating of a talk, or change the answer."""

    async def verb(
        tx: Tx, settings: Settings, talk_id: int, user_id: int, form: Mapping[str, str]
    ) -> None:
        await answering.answer(tx, settings, talk_id, user_id, needed(form, "answer"))

    return await _send(request, verb, "answer", "answered")


async def rate_caller(request: Request) -> Response:
    """Say of a caller whether the talk was good, or change that."""

    async def verb(
        tx: Tx, settings: Settings, talk_id: int, user_id: int, form: Mapping[str, str]
    ) -> None:
        good, words = form.get("good", ""), needed(form, "words")
        await callers.rate(tx, settings, talk_id, user_id, good, words)

    return await _send(request, verb, "words", "said")


async def _send(request: Request, verb: Verb, longest: str, done: str) -> Response:
    """Do what a form says; what is wrong stands beside its field, `longest` being its text."""
    talk_id, form = id_in_path(request, "talk_id"), request[FORM]
    try:
        async with member_transaction(request) as (tx, user):
            await verb(tx, request.app[SETTINGS], talk_id, user.id, form)
    except UserError as error:
        field = longest if error.code == "text_too_long" else FIELDS.get(error.code)
        if field is None:
            raise
        values = {name: value[:SHOWN_TEXT] for name, value in form.items() if name != "csrf"}
        filled = Filled(reader_locale(request), values)
        filled.errors[field] = translate(filled.locale, error.text, **error.params)
        async with visit(request) as v:
            account = await history.account(v.tx, talk_id, v.member().id)
            return await after_page(v, account, filled, 422)
    return redirect(f"/talks/{talk_id}?done={done}#rating")
