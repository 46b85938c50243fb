"""The site's colour, icon and logo."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.database import Tx
from foundation.errors import ProtocolError, UserError
from foundation.threads import CrowdedError, Threads
from people.meeting import photo_refusals
from record.site import changing
from record.site.colours import Accent, accent_of, is_colour, nearest_that_fits
from record.site.icons import LOGO, icons_of, logo_of
from web.http.forms import needed
from web.http.keys import FORM, SITE
from web.http.uploads import MOST_FILE
from web.pages.casts.profile import drawn
from web.pages.site.own_look import sheet
from web.pages.staff.access import staff_transaction, staff_visit
from web.pages.staff.site.parts import change, seen
from web.pages.staff.site.parts import show as show_tab

# Colours that have names in Japan and can be read on our papers, to begin with.
PALETTE = (
    "#b14318", "#a8324a", "#9c3d78", "#6c4aa0", "#3b5ba9", "#1f6691", "#12706c", "#2f6f3e",
    "#6b6a12", "#7d5a2b",
)  # fmt: skip

_threads = Threads("icons", at_once=1, most=4)


async def show(request: Request) -> Response:
    """Show the colour, the icon and the logo with their forms; another colour on trial."""
    trial = request.query.get("colour", "")
    return await _tab(request, trial=trial if is_colour(trial) else None)


async def preview(request: Request) -> Response:
    """Return the shades of a colour for the page's examples; of one that doesn't fit the nearest
    that does."""
    colour = request.query.get("colour", "")
    async with staff_visit(request, "site"):
        own = request.app[SITE].now.accent
    accent: Accent = accent_of(nearest_that_fits(colour)) if is_colour(colour) else own
    text = sheet(accent, ".site-example")
    return Response(text=text, content_type="text/css")


async def colour_it(request: Request) -> Response:
    """Give the site an accent."""
    colour, version = needed(request[FORM], "colour"), seen(request)

    async def verb(tx: Tx, actor: int) -> None:
        await changing.colour_it(tx, colour, seen=version, actor_id=actor)

    trial = nearest_that_fits(colour) if is_colour(colour) else None
    return await change(request, "look", verb, "colour", **_more(trial))


async def icon(request: Request) -> Response:
    """Give the site an icon."""
    return await _picture(request, "icon")


async def logo(request: Request) -> Response:
    """Give the site a logo."""
    return await _picture(request, "logo")


async def plain(request: Request) -> Response:
    """Do without an icon or a logo of the site's own."""
    kind, version = needed(request[FORM], "kind"), seen(request)
    if kind not in ("icon", "logo"):
        raise ProtocolError("picture_unknown")

    async def verb(tx: Tx, actor: int) -> None:
        await changing.picture_it(tx, kind, None, {}, seen=version, actor_id=actor)

    return await change(request, "look", verb, kind, **_more())


async def _picture(request: Request, kind: str) -> Response:
    """Keep a picture, drawn anew. Nothing is open in the database while it is drawn."""
    version = seen(request)
    async with staff_transaction(request, "site") as (_, user):
        pass
    try:
        whole = (await drawn(request, user.id, clear=True)).whole
        value, files = await _threads.run(lambda: _files(kind, whole))
    except CrowdedError:
        return await _tab(request, photo_refusals.crowded())
    except UserError as error:
        return await _tab(request, error)

    async def verb(tx: Tx, actor: int) -> None:
        await changing.picture_it(tx, kind, value, files, seen=version, actor_id=actor)

    return await change(request, "look", verb, kind, **_more())


def _files(kind: str, whole: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    if kind == "icon":
        files = icons_of(whole)
        return {"size": len(files["icon-512.png"])}, files
    data, width, height = logo_of(whole)
    return {"width": width, "height": height}, {LOGO: data}


async def _tab(
    request: Request, error: UserError | None = None, trial: str | None = None
) -> Response:
    return await show_tab(request, "look", error, **_more(trial))


def _more(trial: str | None = None) -> dict[str, Any]:
    return {"palette": PALETTE, "trial": trial, "most_bytes": MOST_FILE}
