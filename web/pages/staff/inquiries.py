"""The queue of inquiries, and the staff's answers."""

from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from foundation.text.written import needed_words
from people.desk import inquiries
from people.desk.inquiries import Queue
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 10


async def queue(request: Request) -> Response:
    """Show the inquiries that wait, or those that are done."""
    which = request.query.get("state", "open")
    if which not in get_args(Queue):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "inquiries") as (v, user):
        found = await inquiries.queue(v.tx, cast("Queue", which), number, PAGE_SIZE, user.id)
        return await staff_page(
            v,
            "staff_inquiries.html",
            which=which,
            inquiries=found,
            most=inquiries.MOST_ANSWER,
            done=request.query.get("done"),
        )


async def answer(request: Request) -> Response:
    """Answer an inquiry by mail."""
    inquiry_id = id_in_path(request, "inquiry_id")
    async with staff_transaction(request, "inquiries") as (tx, user):
        words = needed_words(needed(request[FORM], "words"), inquiries.MOST_ANSWER)
        await inquiries.answer(tx, request.app[SETTINGS], inquiry_id, user.id, words)
    return redirect("/staff/inquiries?done=answer")


async def close(request: Request) -> Response:
    """Close an inquiry without an answer; why stays in the log."""
    inquiry_id = id_in_path(request, "inquiry_id")
    async with staff_transaction(request, "inquiries") as (tx, user):
        await inquiries.close(tx, inquiry_id, user.id, needed(request[FORM], "reason"))
    return redirect("/staff/inquiries?done=close")
