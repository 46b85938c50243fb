"""What staff note about a member; with a reason, with whom a member exchanged questions."""

from aiohttp.web import HTTPNotFound, Request, Response

from people.desk import notes, search
from rooms.care.desk import person_files
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import visit
from web.pages.staff.access import staff_page, staff_transaction


async def add(request: Request) -> Response:
    """Note something about a member."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "people.see") as (tx, actor):
        if await search.person(tx, user_id, actor.id) is None:
            raise HTTPNotFound
        await notes.add(tx, user_id, actor.id, needed(request[FORM], "text"))
    return redirect(f"/staff/people/{user_id}?done=noted#notes")


async def remove(request: Request) -> Response:
    """Take one's own note away."""
    user_id, note_id = id_in_path(request, "user_id"), id_in_path(request, "note_id")
    async with staff_transaction(request, "people.see") as (tx, actor):
        await notes.remove(tx, user_id, note_id, actor.id)
    return redirect(f"/staff/people/{user_id}#notes")


async def questions(request: Request) -> Response:
    """Show with whom a member exchanged questions, and when, once the reason is logged."""
    user_id = id_in_path(request, "user_id")
    size = request.app[SETTINGS].page_size
    async with staff_transaction(request, "people.see") as (tx, actor):
        member = await search.person(tx, user_id, actor.id)
        if member is None:
            raise HTTPNotFound
        reason = needed(request[FORM], "reason")
        found = await person_files.look_at_questions(tx, user_id, actor.id, reason, size)
    async with visit(request) as v:
        return await staff_page(v, "staff_person_questions.html", person=member, lines=found)
