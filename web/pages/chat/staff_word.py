"""Asking staff about a consultation: only then, or with a report, may they read it."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from rooms.care import blocking, complaint_words, reports
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.board.parts import status_of
from writing.chat import refusals, views

FIELDS = {"report_text_needed": "text", "report_text_too_long": "text", "reports_too_many": "form"}


async def show_form(request: Request) -> Response:
    """Show the form."""
    return await _form(request, Filled(reader_locale(request)))


async def _form(request: Request, filled: Filled, status: int = 200) -> Response:
    async with visit(request) as v:
        chat = await views.find(v.tx, id_in_path(request, "chat_id"), v.member().id)
        if chat.other_id is None:
            raise refusals.chat_unknown()
        most = complaint_words.MOST_TEXT
        return v.page("chat_staff.html", status, chat=chat, form=filled, most=most)


async def send(request: Request) -> Response:
    """Tell the staff; whom one writes with hears nothing of it."""
    chat_id, text = id_in_path(request, "chat_id"), needed(request[FORM], "text")
    try:
        # What is wrong can't be guessed from a kind, as of a report: it takes words.
        complaint_words.words("report", "other", text)
        async with member_transaction(request) as (tx, user):
            other = await blocking.other_of(tx, "chats", chat_id, user.id)
            await reports.file(tx, user.id, other, "chats", "help", text)
    except UserError as error:
        if error.code not in FIELDS:
            raise
        filled = Filled(reader_locale(request), {"text": text[: complaint_words.MOST_TEXT * 2]})
        filled.errors[FIELDS[error.code]] = filled.told(error)
        return await _form(request, filled, status_of(error))
    return redirect(f"/chats/{chat_id}?done=staff")
