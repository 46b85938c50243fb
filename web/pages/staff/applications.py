"""The queue of those who would become casts, and what staff decide."""

from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from foundation.text.written import needed_words
from payouts import terms
from people.accounts import accounts
from people.desk import application_list, applications
from people.desk.application_list import Queue
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 10


async def queue(request: Request) -> Response:
    """Show the applications that wait, or those that are decided."""
    which = request.query.get("state", "open")
    if which not in get_args(Queue):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "applications") as (v, user):
        found = await application_list.queue(v.tx, cast("Queue", which), number, PAGE_SIZE, user.id)
        names = {one.account_id: one.account_name or "" for one in found if one.account_id}
        return await staff_page(
            v,
            "staff_applications.html",
            which=which,
            applications=found,
            like_casts=await accounts.like_casts(v.tx, names) if which == "open" else set(),
            most=applications.MOST_WORDS,
            me=user.id,
            done=request.query.get("done"),
        )


async def approve(request: Request) -> Response:
    """Make the applicant a cast."""
    return await _decide(request, "approve")


async def decline(request: Request) -> Response:
    """Decline an application."""
    return await _decide(request, "decline")


async def _decide(request: Request, how: str) -> Response:
    application_id = id_in_path(request, "application_id")
    verb = applications.approve if how == "approve" else applications.decline
    async with staff_transaction(request, "applications") as (tx, user):
        words = needed_words(needed(request[FORM], "words"), applications.MOST_WORDS)
        found = await verb(tx, request.app[SETTINGS], application_id, user.id, words)
        if how == "approve" and found.account_id is not None:
            await terms.give(tx, request.app[SETTINGS], found.account_id)
    return redirect(f"/staff/applications?done={how}")
