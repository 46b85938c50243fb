"""A consultation, as staff read it beside an open report about it: each look is logged."""

from aiohttp.web import Request, Response

from rooms.care.chats import chat_evidence
from web.http.forms import optional_integer
from web.http.paths import id_in_path
from web.pages.chat.photos import picture_answer, size_in
from web.pages.staff.access import staff_page, staff_visit


async def of_report(request: Request) -> Response:
    """Show what was written in the consultation of an open report, a stretch at a time."""
    report_id = id_in_path(request, "report_id")
    before = optional_integer(request.query.get("before", ""), 1)
    async with staff_visit(request, "reports") as (v, user):
        found = await chat_evidence.read(v.tx, report_id, user.id, before)
        return await staff_page(v, "staff_consultation.html", evidence=found)


async def photo(request: Request) -> Response:
    """Show a photo of it."""
    report_id, name = id_in_path(request, "report_id"), request.match_info["picture"]
    async with staff_visit(request, "reports") as (v, user):
        shown = await chat_evidence.photo(v.tx, report_id, user.id, name, size_in(request))
    return picture_answer(shown)
