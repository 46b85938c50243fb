"""The queue of reports, each beside what the site knows of its people, and closing it."""

from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from people.desk import sanctions
from rooms.care import question_evidence, report_list, reports
from rooms.care.report_list import Queue
from rooms.recording import looking
from rooms.talk.proof import evidence
from web.http.forms import needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from web.pages.staff.quality_chart import quality_chart
from web.pages.staff.timeline import timeline

PAGE_SIZE = 20
LATEST = 10


async def queue(request: Request) -> Response:
    """Show the reports that wait, or those that are closed."""
    which = request.query.get("state", "open")
    if which not in get_args(Queue):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "reports") as (v, _):
        found = await report_list.queue(v.tx, cast("Queue", which), number, PAGE_SIZE)
        done = request.query.get("done")
        return await staff_page(v, "staff_reports.html", which=which, reports=found, done=done)


async def report(request: Request) -> Response:
    """Show a report: its people, their talks with each other, what was reported and done before."""
    report_id = id_in_path(request, "report_id")
    async with staff_visit(request, "reports") as (v, user):
        found = await report_list.report(v.tx, report_id, user.id)
        record = await evidence.of_talk(v.tx, v.settings, found.talk_id) if found.talk_id else None
        about = await report_list.about(v.tx, found.subject_id, LATEST)
        people = await sanctions.standings(v.tx, [found.reporter_id, found.subject_id])
        return await staff_page(
            v,
            "staff_report.html",
            report=found,
            person=people[found.subject_id],
            reporter=people[found.reporter_id],
            record=(record, timeline(record), quality_chart(record)) if record else None,
            recordings=await looking.beside(v.tx, "report", report_id, user.id),
            between=await report_list.talks_between(v.tx, found.reporter_id, found.subject_id),
            others=[one for one in about if one.id != report_id],
            history=await sanctions.sanctions_of(v.tx, found.subject_id),
            me=user.id,
            done=request.query.get("done"),
        )


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
    """Close a report with words for its reporter."""
    report_id = id_in_path(request, "report_id")
    async with staff_transaction(request, "reports") as (tx, user):
        words = needed(request[FORM], "words")
        await reports.close(tx, request.app[SETTINGS], report_id, user.id, words)
    return redirect("/staff/reports?done=closed")
