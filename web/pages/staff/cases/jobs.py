"""Jobs that were given up: having them run again, or letting them be."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from notify import dead_jobs
from people.desk import dead_letters
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def show(request: Request) -> Response:
    """Show the jobs that were given up, the latest first, and those that are late."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "alarms") as (v, _):
        found = await dead_jobs.listed(v.tx, number, v.settings.page_size)
        done = request.query.get("done")
        return await staff_page(v, "staff_jobs.html", jobs=found, done=done)


async def again(request: Request) -> Response:
    """Have a job run again."""
    job_id = id_in_path(request, "job_id")
    async with staff_transaction(request, "alarms") as (tx, user):
        await dead_letters.job_again(tx, job_id, user.id)
    return redirect("/staff/jobs?done=again")


async def drop(request: Request) -> Response:
    """Let a job be, for a reason."""
    job_id = id_in_path(request, "job_id")
    async with staff_transaction(request, "alarms") as (tx, user):
        await dead_letters.drop_job(tx, job_id, user.id, needed(request[FORM], "reason"))
    return redirect("/staff/jobs?done=drop")
