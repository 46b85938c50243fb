"""A cast goes on and off stand-by by telephone with one press."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_
from rooms.calling import gateways, standing
from rooms.lobby import turns
from signaling.push import PUSH
from web.http.forms import flag, needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.visit import visit
from web.pages.casts.own_rooms import cast_transaction
from web.pages.telephone.own_telephone import must_have_number, own_telephone


async def show(request: Request) -> Response:
    """Show in which rooms the cast may wait by telephone, and whether they do."""
    async with visit(request) as v:
        rooms = await standing.rooms_of(v.tx, v.cast().id)
        away = not await gateways.is_there(v.tx, v.settings)
        rests = await standing.resumes(v.tx, v.cast().id)
        telephone = await own_telephone(v.tx, v.cast().id)
        values = {"rooms": rooms, "away": away, "telephone": telephone, "next": v.request.path}
        return v.page("telephone_standby.html", **values, rests=rests)


async def set_standby(request: Request) -> Response:
    """Wait by telephone in a room, or no more."""
    form, settings = request[FORM], request.app[SETTINGS]
    on, room_id = flag(needed(form, "on")), optional_integer(form.get("room", ""), 1)
    waited = []
    async with cast_transaction(request) as (tx, user):
        if not on:
            waited = await standing.stop(tx, user.id)
            await turns.tell(tx, settings, waited)
        elif room_id is None:
            raise UserError("room_needed", N_("ルームを選んでください。"), status=422)
        else:
            await must_have_number(tx, user.id)
            await standing.stand_by(tx, settings, user.id, room_id)
    await request.app[PUSH].turns(waited)
    return redirect("/console/telephone")
