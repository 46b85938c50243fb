"""Which doors of the site are open: what may begin, where the environment allows it."""

from aiohttp.web import Request, Response

from foundation.database import Tx
from record.site import changing
from record.site.doors import DOORS, lacks
from web.http.keys import FORM, SETTINGS
from web.pages.staff.site.parts import change, seen
from web.pages.staff.site.parts import show as show_tab


async def show(request: Request) -> Response:
    """Show the doors, and what those lack that can't be opened."""
    return await show_tab(request, "doors", lacks=_lacks(request))


async def shut(request: Request) -> Response:
    """Shut the doors that aren't ticked, and open the others."""
    form, version = request[FORM], seen(request)
    missing = _lacks(request)
    # A door that the environment keeps shut has no tick: that it has none says nothing.
    wanted = {door for door in DOORS if door not in missing and form.get(door) != "1"}

    async def verb(tx: Tx, actor: int) -> None:
        await changing.shut_doors(tx, wanted, seen=version, actor_id=actor)

    return await change(request, "doors", verb, "doors", lacks=missing)


def _lacks(request: Request) -> dict[str, str]:
    settings = request.app[SETTINGS]
    found = {door: lacks(settings, door) for door in DOORS}
    return {door: name for door, name in found.items() if name is not None}
