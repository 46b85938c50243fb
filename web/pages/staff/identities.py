"""Whose identity waits to be checked: administrators look at a document, and decide."""

from collections.abc import Mapping
from datetime import date
from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from foundation.text.written import needed_words
from people.accounts import rules
from people.desk import identity_desk, identity_list
from people.desk.identity import Side
from people.desk.identity_list import IdentityQueue
from people.joining import registration
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE_SIZE = 30
# What an administrator has to have compared before anybody counts as checked.
COMPARED = ("name_matches", "not_in_high_school", "document_valid")


async def queue(request: Request) -> Response:
    """Show whose documents wait, which casts aren't checked, or what was decided."""
    which = request.query.get("state", "open")
    if which not in get_args(IdentityQueue):
        raise HTTPNotFound
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "identity") as (v, _):
        return await staff_page(
            v,
            "staff_identities.html",
            which=which,
            lines=await identity_list.queue(v.tx, cast("IdentityQueue", which), number, PAGE_SIZE),
            done=request.query.get("done"),
        )


async def show_document(request: Request) -> Response:
    """Show a document with the forms that decide on it; opening it is an act of its own."""
    return await _page(request, Filled(reader_locale(request)))


async def picture(request: Request) -> Response:
    """Send the photo of one side. No browser keeps it."""
    user_id, side = id_in_path(request, "user_id"), cast("Side", request.match_info["face"])
    async with staff_transaction(request, "identity") as (tx, user):
        found = await identity_desk.picture(tx, request.app[SETTINGS], user_id, user.id, side)
    return Response(
        body=found,
        content_type="image/webp",
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


async def check(request: Request) -> Response:
    """Note that somebody is of age and who they say they are."""
    user_id, settings = id_in_path(request, "user_id"), request.app[SETTINGS]
    filled = Filled(reader_locale(request))
    try:
        async with staff_transaction(request, "identity") as (tx, user):
            born = _born(request[FORM], filled)
            today = await registration.today(tx, settings)
            await identity_desk.check(tx, settings, user_id, user.id, born, today)
    except UserError as error:
        if error.status != 422:
            raise
        filled.errors["check"] = translate(filled.locale, error.text, **error.params)
        return await _page(request, filled)
    return redirect("/staff/identities?done=check")


async def decline(request: Request) -> Response:
    """Decline a document, with words for its sender."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "identity") as (tx, user):
        words = needed_words(needed(request[FORM], "words"), identity_desk.MOST_WORDS)
        await identity_desk.decline(tx, request.app[SETTINGS], user_id, user.id, words)
    return redirect("/staff/identities?done=decline")


def _born(form: Mapping[str, str], filled: Filled) -> date:
    """Return the date of birth that was typed, once everything was compared."""
    parts = {name: needed(form, name)[:10] for name in ("year", "month", "day")}
    filled.values |= parts | {name: form.get(name, "") for name in COMPARED}
    if any(form.get(name) != "1" for name in COMPARED):
        raise UserError(
            "identity_not_compared", N_("3つの項目をすべて確かめてください。"), status=422
        )
    return rules.date_of(*parts.values())


async def _page(request: Request, filled: Filled) -> Response:
    user_id = id_in_path(request, "user_id")
    async with staff_visit(request, "identity") as (v, user):
        return await staff_page(
            v,
            "staff_identity.html",
            422 if filled.errors else 200,
            document=await identity_desk.look(v.tx, v.settings, user_id, user.id),
            form=filled,
            most=identity_desk.MOST_WORDS,
        )
