"""A cast's applications: who waits, taking one, ringing, declining, asking once more."""

from aiohttp.web import Request, Response, json_response

from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from rooms.applying import answering, ringing, views
from rooms.calling import applied
from rooms.ground.applying_tables import LONGEST_WORDS
from rooms.ratings import standing
from web.http.errors import wants_json
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.applying.announcing import announce

PAGE_SIZE = 20
SHOWN_TEXT = 2000
HERE = "/console/applications"


async def show_all(request: Request) -> Response:
    """Show who waits for an answer, and below those that are over."""
    async with visit(request) as v:
        return await _page(v, Filled(reader_locale(request)))


async def accept(request: Request) -> Response:
    """Take an application: the cast goes on to the check of their devices, and then it rings.

    By telephone both are rung at once.
    """
    application_id = id_in_path(request, "talk_application_id")
    if request[FORM].get("medium") == "telephone":
        return await _call(request, application_id)
    async with member_transaction(request) as (tx, user):
        row, changed = await answering.accept(tx, request.app[SETTINGS], application_id, user.id)
    await announce(request, changed)
    return redirect(f"/console?room={row.room_id}")


async def _call(request: Request, application_id: int) -> Response:
    async with member_transaction(request) as (tx, user):
        settings = request.app[SETTINGS]
        call_id, changed = await applied.accept(tx, settings, application_id, user.id)
    await announce(request, changed)
    return redirect(f"/calls/{call_id}")


async def ring(request: Request) -> Response:
    """Ring the applicant: the console's page asks for it once its devices are ready."""
    application_id = id_in_path(request, "talk_application_id")
    async with member_transaction(request) as (tx, user):
        row, changed = await ringing.ring(tx, request.app[SETTINGS], application_id, user.id)
    await announce(request, changed)
    if wants_json(request):
        return json_response({"seconds": request.app[SETTINGS].application_ring_seconds})
    return redirect(f"/console?room={row.room_id}")


async def let_go(request: Request) -> Response:
    """Let an application wait again that one has taken."""
    application_id = id_in_path(request, "talk_application_id")
    async with member_transaction(request) as (tx, user):
        changed = await answering.let_go(tx, request.app[SETTINGS], application_id, user.id)
    await announce(request, changed)
    return redirect(f"{HERE}?done=let_go")


async def decline(request: Request) -> Response:
    """Decline an application, with a word or without."""
    application_id, words = (
        id_in_path(request, "talk_application_id"),
        needed(request[FORM], "words"),
    )
    try:
        async with member_transaction(request) as (tx, user):
            settings = request.app[SETTINGS]
            changed = await answering.decline(tx, settings, application_id, user.id, words)
    except UserError as error:
        if error.code != "text_too_long":
            raise
        name = f"words-{application_id}"
        filled = Filled(reader_locale(request), {name: words[:SHOWN_TEXT]})
        filled.errors[name] = translate(filled.locale, error.text, **error.params)
        async with visit(request) as v:
            return await _page(v, filled, 422)
    await announce(request, changed)
    return redirect(f"{HERE}?done=declined")


async def ask_again(request: Request) -> Response:
    """Let the caller of an application that is over know that there is time now."""
    application_id = id_in_path(request, "talk_application_id")
    async with member_transaction(request) as (tx, user):
        changed = await answering.ask_again(tx, request.app[SETTINGS], application_id, user.id)
    await announce(request, changed)
    return redirect(f"{HERE}?done=asked_again")


async def _page(v: Visit, filled: Filled, status: int = 200) -> Response:
    user = v.cast()
    text = v.request.query.get("page", "")
    number = integer(text, 1) if text else 1
    found = await views.live_of_cast(v.tx, user.id)
    return v.page(
        "console_applications.html",
        status,
        applications=found,
        standings=await standing.of_callers(v.tx, [one.caller_id for one in found]),
        over=await views.over(v.tx, user.id, "cast", number, PAGE_SIZE),
        count=await views.number_over(v.tx, user.id, "cast"),
        form=filled,
        most=LONGEST_WORDS,
        done=v.request.query.get("done"),
    )
