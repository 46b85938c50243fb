"""The telephone numbers for help, as staff keep them."""

from aiohttp.web import Request, Response

from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from writing.ground import help_lines


async def show(request: Request) -> Response:
    """Show the numbers of all languages."""
    async with staff_visit(request, "board") as (v, _):
        found = await help_lines.every(v.tx)
        done = request.query.get("done")
        return await staff_page(v, "staff_help_lines.html", lines=found, done=done)


async def add(request: Request) -> Response:
    """Add a number, or write one anew."""
    form = request[FORM]
    told = [needed(form, name) for name in ("locale", "name", "number", "hours", "reason")]
    async with staff_transaction(request, "board") as (tx, user):
        await help_lines.add(tx, *told, actor_id=user.id)
    return redirect("/staff/board/lines?done=added")


async def remove(request: Request) -> Response:
    """Take a number away."""
    line_id, reason = id_in_path(request, "line_id"), needed(request[FORM], "reason")
    async with staff_transaction(request, "board") as (tx, user):
        await help_lines.remove(tx, line_id, reason, actor_id=user.id)
    return redirect("/staff/board/lines?done=removed")
