"""Announcements in a bar, and letting the site rest."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from record.site import announcements, changing
from record.site.particulars import LANGUAGES
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.pages.staff.site.parts import change, seen
from web.pages.staff.site.parts import show as show_tab

TAB = "telling"


async def show(request: Request) -> Response:
    """Show what is told, and whether the site rests, with their forms."""
    return await show_tab(request, TAB, **_more())


async def announce(request: Request) -> Response:
    """Tell something from one moment to another."""
    form, version, settings = request[FORM], seen(request), request.app[SETTINGS]
    texts = {one: needed(form, f"text_{one}") for one in LANGUAGES}
    audience, link = needed(form, "audience"), needed(form, "link")

    async def verb(tx: Tx, actor: int) -> None:
        begins, ends = (
            moment_of(settings, form["begins"]),
            moment_of(settings, needed(form, "ends")),
        )
        one = announcements.written(audience, texts, link, begins, ends)
        await changing.announce(tx, one, seen=version, actor_id=actor)

    needed(form, "begins")
    return await change(request, TAB, verb, "announcements", **_more())


async def take_back(request: Request) -> Response:
    """Tell something no more."""
    which, version = needed(request[FORM], "id"), seen(request)

    async def verb(tx: Tx, actor: int) -> None:
        await changing.take_back(tx, which, seen=version, actor_id=actor)

    return await change(request, TAB, verb, "announcements", **_more())


async def rest(request: Request) -> Response:
    """Let nothing new begin from a moment on."""
    form, version, settings = request[FORM], seen(request), request.app[SETTINGS]
    begins, until = needed(form, "begins"), needed(form, "until")

    async def verb(tx: Tx, actor: int) -> None:
        times = moment_of(settings, begins), moment_of(settings, until)
        await changing.rest(tx, *times, seen=version, actor_id=actor)

    return await change(request, TAB, verb, "rest", **_more())


async def rest_no_more(request: Request) -> Response:
    """Let things begin again."""
    version = seen(request)

    async def verb(tx: Tx, actor: int) -> None:
        await changing.rest_no_more(tx, seen=version, actor_id=actor)

    return await change(request, TAB, verb, "rest", **_more())


def moment_of(settings: Settings, typed: str) -> datetime:
    """Return a moment that was typed in the site's zone; an empty one is now."""
    if not typed:
        return datetime.now(UTC)
    try:
        told = datetime.fromisoformat(typed)
    except ValueError:
        raise UserError(
            "site_moment_malformed", N_("日時を正しく入力してください。"), status=422
        ) from None
    return told.replace(tzinfo=ZoneInfo(settings.site_zone)).astimezone(UTC)


def _more() -> dict[str, Any]:
    return {
        "audiences": announcements.AUDIENCES,
        "most": announcements.MOST,
        "now": datetime.now(UTC),
    }
