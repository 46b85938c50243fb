"""What the pages of the site's settings share: who changes something, and how it is told."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.typedefs import Handler
from aiohttp.web import Request, Response, StreamResponse

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from record.site import particulars
from web.http.forms import needed
from web.http.keys import FORM, SITE
from web.http.paths import redirect
from web.http.visit import reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE = "/staff/site"
# What is told on the form itself; all else is told on a page of its own.
TOLD = ("site_", "photo")

Verb = Callable[[Tx, int], Awaitable[None]]
"""Changes something, for the administrator of this id."""


def administrators(handler: Handler) -> Handler:
    """Let nobody else learn what a form of an administrator's must hold: to them it isn't there."""

    @functools.wraps(handler)
    async def admitted(request: Request) -> StreamResponse:
        async with staff_transaction(request, "site"):
            pass
        return await handler(request)

    return admitted


def seen(request: Request) -> int:
    """Return the version of what is changed, as the page showed it."""
    return integer(needed(request[FORM], "seen"), 0)


async def change(request: Request, tab: str, verb: Verb, done: str, **more: Any) -> Response:
    """Do what a form wants; show a tab again, with what is wrong where something is."""
    try:
        async with staff_transaction(request, "site") as (tx, user):
            await verb(tx, user.id)
    except UserError as error:
        if not error.code.startswith(TOLD):
            raise
        return await show(request, tab, error, **more)
    await request.app[SITE].look()
    return redirect(f"{PAGE}{f'/{tab}' if tab != 'words' else ''}?done={done}#{done}")


async def show(request: Request, tab: str, error: UserError | None = None, **more: Any) -> Response:
    """Show a tab: as things are, or with what was typed and why that can't be."""
    locale = reader_locale(request)
    async with staff_visit(request, "site") as (v, _):
        return await staff_page(
            v,
            f"staff_site_{tab}.html",
            error.status if error else 200,
            own=await particulars.read(v.tx),
            typed=request.get(FORM, {}) if error else {},
            form_error=translate(locale, error.text, **error.params) if error else None,
            near=error.params.get("nearest") if error else None,
            failed=request.path.rpartition("/")[2] if error else None,
            done=request.query.get("done"),
            **more,
        )
