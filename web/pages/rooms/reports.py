"""Reporting a person or a talk to the staff."""

from typing import cast

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from rooms.care import blocking, complaint_words, reports
from rooms.care.reports import Reportable
from rooms.ground.report_tables import REPORT_KINDS
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.rooms.blocks import about_in

SHOWN_TEXT = 2000
# Where in the form a refusal belongs.
FIELDS = {
    "report_kind_unknown": "kind",
    "report_text_needed": "text",
    "report_text_too_long": "text",
    "reports_too_many": "form",
    "report_done": "form",
}


async def show_report(request: Request) -> Response:
    """Show the form, or thanks for what was sent."""
    return await _form(request, Filled(reader_locale(request)))


async def send_report(request: Request) -> Response:
    """Send a report to the staff."""
    form = request[FORM]
    kind, text = form.get("kind", ""), needed(form, "text")
    about, about_id = about_in(request)
    try:
        async with member_transaction(request) as (tx, user):
            other = await blocking.other_of(tx, about, about_id, user.id)
            place = cast("Reportable", about)
            await reports.file(tx, user.id, other, place, kind, text)
    except UserError as error:
        if error.code not in FIELDS:
            raise
        filled = Filled(reader_locale(request), {"kind": kind[:40], "text": text[:SHOWN_TEXT]})
        filled.errors[FIELDS[error.code]] = translate(filled.locale, error.text, **error.params)
        return await _form(request, filled, 429 if error.status == 429 else 422)
    return redirect(f"/{about}/{about_id}/report?done=1")


async def _form(request: Request, filled: Filled, status: int = 200) -> Response:
    about, about_id = about_in(request)
    async with visit(request) as v:
        other = await blocking.other_of(v.tx, about, about_id, v.member().id)
        return v.page(
            "report.html",
            status,
            about=about,
            about_id=about_id,
            other=other,
            # To ask for staff has a page of its own.
            kinds=[kind for kind in REPORT_KINDS if kind != "help"],
            form=filled,
            most=complaint_words.MOST_TEXT,
            done=request.query.get("done") == "1",
        )
