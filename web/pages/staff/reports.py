"""Reports as a list, one of them beside what the site knows of its people, and closing it."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.accounts.accounts import User
from people.desk import sanctions
from rooms.care import question_evidence, report_list
from rooms.care.desk import due, owners, replies, report_cases
from rooms.recording import looking
from rooms.talk.proof import evidence
from web.http.forms import optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.cases.wanted import kept, list_of, reports_of
from web.pages.staff.quality_chart import quality_chart
from web.pages.staff.timeline import timeline

PAGE_SIZE = 30
LATEST = 10


async def queue(request: Request) -> Response:
    """Show the reports that are wanted; none is opened by itself, as that is noted."""
    async with staff_visit(request, "reports") as (v, user):
        values = await _list(request, v, user)
        return await staff_page(v, "staff_reports.html", **values, done=request.query.get("done"))


async def report(request: Request) -> Response:
    """Show a report: its people, their talks with each other, what was reported and done before."""
    report_id = id_in_path(request, "report_id")
    async with staff_visit(request, "reports") as (v, user):
        found = await report_list.report(v.tx, report_id, user.id)
        record = await evidence.of_talk(v.tx, v.settings, found.talk_id) if found.talk_id else None
        about = await report_list.about(v.tx, found.subject_id, LATEST)
        people = await sanctions.standings(v.tx, [found.reporter_id, found.subject_id])
        locale = reader_locale(request, user)
        return await staff_page(
            v,
            "staff_report.html",
            **await _list(request, v, user, report_id),
            report=found,
            person=people[found.subject_id],
            reporter=people[found.reporter_id],
            record=(record, timeline(record), quality_chart(record)) if record else None,
            recordings=await looking.beside(v.tx, "report", report_id, user.id),
            between=await report_list.talks_between(v.tx, found.reporter_id, found.subject_id),
            others=[one for one in about if one.id != report_id],
            history=await sanctions.sanctions_of(v.tx, found.subject_id),
            pending=await due.on_case(v.tx, "report", report_id),
            owner=await owners.of_case(v.tx, "report", report_id),
            replies=await replies.for_report(v.tx, found.reporter_id, locale),
            done=request.query.get("done"),
        )


async def _list(
    request: Request, v: Visit, user: User, chosen: int | None = None
) -> dict[str, Any]:
    wanted = reports_of(request.query)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    found = await report_cases.listed(v.tx, wanted, user.id, number, PAGE_SIZE)
    ids = [line.id for line in found]
    at = ids.index(chosen) if chosen in ids else None
    before = ids[at - 1] if at else None
    after = next(iter(ids if at is None else ids[at + 1 :]), None)
    return {
        "wanted": wanted,
        "reports": found,
        "around": (before, after),
        "list": kept(request.query),
        "me": user.id,
    }


async def chat(request: Request) -> Response:
    """Show what was written in the reported talk; that somebody looked is noted."""
    report_id = id_in_path(request, "report_id")
    async with staff_visit(request, "reports") as (v, user):
        found, said = await report_list.chat(v.tx, report_id, user.id)
        between = await report_list.talks_between(v.tx, found.reporter_id, found.subject_id)
        talk = next((one for one in between if one.id == found.talk_id), None)
        reporter_calls = talk is None or talk.caller_id == found.reporter_id
        return await staff_page(
            v,
            "staff_chat.html",
            report=found,
            said=said,
            reporter_side="caller" if reporter_calls else "cast",
        )


async def questions(request: Request) -> Response:
    """Show what was written in the reported thread of questions; that somebody looked is logged."""
    report_id = id_in_path(request, "report_id")
    before = optional_integer(request.query.get("before", ""), 1)
    async with staff_visit(request, "reports") as (v, user):
        found = await question_evidence.read(v.tx, report_id, user.id, before)
        return await staff_page(v, "staff_questions.html", evidence=found)


async def close(request: Request) -> Response:
    """Decide to close a report with words for its reporter, and go on to the next."""
    report_id, form = id_in_path(request, "report_id"), request[FORM]
    async with staff_transaction(request, "reports") as (tx, user):
        found = await report_list.find(tx, report_id)
        ready = await replies.for_report(tx, found.reporter_id, "ja")
        words = replies.chosen(ready, form.get("reply", ""), form.get("words", ""))
        await due.close(tx, request.app[SETTINGS], report_id, user.id, words)
    after = optional_integer(form.get("after", ""), 1)
    return redirect(_place(list_of(form), after, "closed"))


async def undo(request: Request) -> Response:
    """Open a report again that one has just closed."""
    report_id = id_in_path(request, "report_id")
    async with staff_transaction(request, "reports") as (tx, user):
        await due.undo(tx, "report", report_id, user.id)
    return redirect(_place("", report_id, "undone"))


async def take(request: Request) -> Response:
    """Look after a report, also instead of who was seen to do so."""
    report_id, form = id_in_path(request, "report_id"), request[FORM]
    instead_of = optional_integer(form.get("instead_of", ""), 1)
    async with staff_transaction(request, "reports") as (tx, user):
        await owners.take(tx, "report", report_id, user.id, instead_of)
    return redirect(_place(list_of(form), report_id))


async def leave(request: Request) -> Response:
    """Look after a report no longer."""
    report_id = id_in_path(request, "report_id")
    async with staff_transaction(request, "reports") as (tx, user):
        await owners.leave(tx, "report", report_id, user.id)
    return redirect(_place(list_of(request[FORM]), report_id))


def _place(listed: str, report_id: int | None, done: str = "") -> str:
    path = f"/staff/reports/{report_id}" if report_id else "/staff/reports"
    query = "&".join(part for part in (listed, f"done={done}" if done else "") if part)
    return f"{path}?{query}" if query else path
