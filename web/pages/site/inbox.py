"""The inbox: what the site told the member."""

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from notify import inbox
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, visit


async def show_inbox(request: Request) -> Response:
    """Show the member's notices, the latest first."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        found = await inbox.inbox(v.tx, v.member().id, number, v.settings.page_size)
        return v.page(
            "inbox.html", notices=found, count=await inbox.notices_of(v.tx, v.member().id)
        )


async def open_notice(request: Request) -> Response:
    """Mark one notice read, and go where it leads."""
    notice_id = id_in_path(request, "notice_id")
    async with member_transaction(request) as (tx, user):
        link = await inbox.mark_read(tx, user.id, notice_id)
    return redirect(link or "/inbox")


async def read_all(request: Request) -> Response:
    """Mark every notice read."""
    async with member_transaction(request) as (tx, user):
        await inbox.mark_read(tx, user.id)
    return redirect("/inbox")
