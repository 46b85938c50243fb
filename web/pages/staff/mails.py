"""The dead letters: mails that were given up, why, and sending them again."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from notify import outbox
from people.desk import dead_letters
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def mails(request: Request) -> Response:
    """Show the mails that were given up, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "mails") as (v, _):
        found = await outbox.dead(v.tx, number, v.settings.page_size)
        done = request.query.get("done")
        return await staff_page(v, "staff_mails.html", mails=found, done=done)


async def send_again(request: Request) -> Response:
    """Have a mail tried again from the beginning."""
    mail_id = id_in_path(request, "mail_id")
    async with staff_transaction(request, "mails") as (tx, user):
        await dead_letters.send_again(tx, mail_id, user.id)
    return redirect(f"/staff/mails?done={mail_id}")


async def drop(request: Request) -> Response:
    """Let a mail be, for a reason."""
    mail_id = id_in_path(request, "mail_id")
    async with staff_transaction(request, "mails") as (tx, user):
        await dead_letters.drop(tx, mail_id, user.id, needed(request[FORM], "reason"))
    return redirect("/staff/mails")
