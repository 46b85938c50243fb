"""Telling staff of a topic or an answer."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from web.http.forms import Filled, needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.http.visit import member_transaction, reader_locale, visit
from web.pages.board import parts
from writing.board import reports
from writing.board.rules import MOST_REPORT, REPORT_KINDS

FIELDS = {"report_kind": "kind", "text_too_long": "text", "board_reports_too_many": "form"}


def _place(request: Request) -> tuple[int, int | None]:
    named = "answer_id" in request.match_info
    topic_id = id_in_path(request, "topic_id")
    return topic_id, id_in_path(request, "answer_id") if named else None


async def show_report(request: Request) -> Response:
    """Show the form, or thanks for what was sent."""
    return await _form(request, Filled(reader_locale(request)))


async def _form(request: Request, filled: Filled, status: int = 200) -> Response:
    topic_id, answer_id = _place(request)
    async with visit(request) as v:
        done = request.query.get("done") == "1"
        await reports.matter(v.tx, topic_id, answer_id, v.member().id)
        return v.page(
            "board_report.html",
            status,
            topic_id=topic_id,
            answer_id=answer_id,
            kinds=REPORT_KINDS,
            most=MOST_REPORT,
            form=filled,
            done=done,
        )


async def report(request: Request) -> Response:
    """Send a report."""
    topic_id, answer_id = _place(request)
    form = request[FORM]
    kind, text = form.get("kind", ""), needed(form, "text")
    try:
        async with member_transaction(request) as (tx, user):
            await reports.file(tx, user.id, topic_id, answer_id, kind, text)
    except UserError as error:
        if error.code not in FIELDS:
            raise
        filled = parts.kept_text(request, text)
        filled.values["kind"] = kind[:40]
        parts.refuse(filled, error, FIELDS[error.code])
        return await _form(request, filled, parts.status_of(error))
    return redirect(f"{request.path}?done=1")
