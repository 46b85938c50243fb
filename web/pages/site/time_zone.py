"""The time zone in which a member is told times."""

from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from aiohttp.web import Request, Response

from foundation.database import clock
from foundation.errors import UserError
from foundation.language import N_
from people.accounts import accounts
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import local_path, redirect
from web.http.visit import member_transaction, visit

REGIONS = (
    "Asia", "Pacific", "Australia", "America", "Europe", "Africa", "Atlantic", "Indian", "Arctic",
    "Antarctica",
)  # fmt: skip


async def show_time_zone(request: Request) -> Response:
    """Let a member choose among the zones of all regions."""
    async with visit(request) as v:
        v.member()
        chosen, now = v.zone.key, await clock(v.tx)
        return v.page(
            "time_zone.html",
            regions=[(region, [(one, _label(one, now)) for one in of]) for region, of in zones()],
            chosen=chosen,
            back=local_path(request.query.get("next"), "/reservations"),
        )


async def set_time_zone(request: Request) -> Response:
    """Remember the chosen zone. Raises UserError `time_zone_unknown` (400)."""
    form = request[FORM]
    zone = needed(form, "zone")
    if not any(zone in of for _, of in zones()):
        raise UserError("time_zone_unknown", N_("時間帯を選んでください。"), status=400)
    async with member_transaction(request) as (tx, user):
        await accounts.set_time_zone(tx, user.id, zone)
    return redirect(local_path(form.get("next"), "/reservations"))


@lru_cache
def zones() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the zones that one may choose, by regions, without those of old and of machines."""
    known = sorted(available_timezones())
    return tuple(
        (region, tuple(zone for zone in known if zone.startswith(f"{region}/")))
        for region in REGIONS
    )


def _label(zone: str, now: datetime) -> str:
    """Write a zone by its city and what its clocks say now: New York (UTC−05:00)."""
    offset = f"{now.astimezone(ZoneInfo(zone)):%z}"
    city = zone.partition("/")[2].replace("_", " ").replace("/", ", ")
    return f"{city} (UTC{offset[:3]}:{offset[3:5]})"
