"""Reports of the board and first topics, and what staff decide."""

from datetime import datetime

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import ProtocolError
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from signaling.push import PUSH
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit
from writing.board import hiding, report_list, reports, rules
from writing.ground.categories import CATEGORY_NAMES

PAGE_SIZE = 20


async def show(request: Request) -> Response:
    """Show the reports that wait, those that are closed, or the first topics."""
    which = request.query.get("show", "open")
    if which not in ("open", "closed", "first"):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "board") as (v, user):
        tx = v.tx
        topics = await report_list.first_topics(tx, number, PAGE_SIZE) if which == "first" else None
        queue: report_list.Queue = "closed" if which == "closed" else "open"
        found = await report_list.queue(tx, queue, number, PAGE_SIZE) if topics is None else None
        return await staff_page(
            v,
            "staff_board.html",
            which=which,
            reports=found,
            topics=topics,
            reports_waiting=await report_list.waiting_reports(tx),
            topics_waiting=await report_list.waiting_topics(tx),
            category_names=CATEGORY_NAMES,
            reasons=rules.HIDING_REASONS,
            me=user.id,
            done=request.query.get("done"),
        )


async def close(request: Request) -> Response:
    """Close a report, and what else was told of the same; nothing of it is hidden."""
    report_id, words = id_in_path(request, "report_id"), needed(request[FORM], "words")
    async with staff_transaction(request, "board") as (tx, user):
        await reports.close(tx, request.app[SETTINGS], report_id, user.id, words)
    return redirect("/staff/board?done=closed")


def _place(request: Request) -> tuple[int, int | None]:
    named = "answer_id" in request.match_info
    topic_id = id_in_path(request, "topic_id")
    return topic_id, id_in_path(request, "answer_id") if named else None


async def hide(request: Request) -> Response:
    """Hide a topic or an answer; its writer reads why."""
    (topic_id, answer_id), form = _place(request), request[FORM]
    async with staff_transaction(request, "board") as (tx, user):
        settings, named = request.app[SETTINGS], form.get("named", "")
        words = needed(form, "words")
        await hiding.hide(tx, settings, topic_id, answer_id, user.id, named, words)
    await request.app[PUSH].topic(topic_id)
    return redirect("/staff/board?done=hidden")


async def show_again(request: Request) -> Response:
    """Show again what was hidden."""
    (topic_id, answer_id), words = _place(request), needed(request[FORM], "words")
    async with staff_transaction(request, "board") as (tx, user):
        settings = request.app[SETTINGS]
        await hiding.show_again(tx, settings, topic_id, answer_id, user.id, words)
    await request.app[PUSH].topic(topic_id)
    return redirect("/staff/board?show=closed&done=shown")


async def let_pass(request: Request) -> Response:
    """Let others read a first topic."""
    topic_id = id_in_path(request, "topic_id")
    async with staff_transaction(request, "board") as (tx, user):
        try:
            seen = datetime.fromisoformat(needed(request[FORM], "seen"))
        except ValueError as error:
            raise ProtocolError("moment_malformed") from error
        await hiding.let_pass(tx, request.app[SETTINGS], topic_id, user.id, seen)
    await request.app[PUSH].topic(topic_id)
    return redirect("/staff/board?show=first&done=passed")
