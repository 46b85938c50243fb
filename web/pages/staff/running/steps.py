"""The steps to an open site: what each check finds, a press to try it, and the opening itself."""

from collections.abc import Awaitable, Callable

from aiohttp.web import HTTPNotFound, Request, Response

from people.accounts import rules
from readiness import checks, contents, trials
from readiness.findings import GROUPS
from readiness.ground import newest_migration
from record import opening
from web.http.forms import needed
from web.http.keys import DATABASE, FORM, RATE_LIMITS, SETTINGS
from web.http.opening.gate import GATE
from web.http.paths import redirect
from web.http.tries import HOUR_SECONDS, too_many
from web.http.visit import reader_locale
from web.pages.staff.access import staff_page, staff_transaction, staff_visit

PAGE = "/staff/opening"
TRIES_AN_HOUR = 60


async def show(request: Request) -> Response:
    """Make every check, and show what it found."""
    await _administrator(request)
    app = request.app
    look = await checks.look_at(app[SETTINGS], app[DATABASE], newest_migration())
    # Nothing is held meanwhile: some checks wait for others' servers.
    lines = await checks.walk(look)
    async with staff_visit(request, "opening") as (v, user):
        return await staff_page(
            v,
            "staff_opening.html",
            groups=[
                (GROUPS[group], [line for line in lines if line.check.group == group])
                for group in GROUPS
            ],
            hindering=sum(line.hinders for line in lines),
            is_open=v.settings.demo or await opening.is_open(v.tx),
            own_address=user.email,
            tried=request.query.get("tried"),
        )


async def try_one(request: Request) -> Response:
    """Try what the address names: send a mail, ask for an event, take a place at the relay."""
    actor_id, name = await _administrator(request), request.match_info["trial"]
    limits = request.app[RATE_LIMITS]
    if not await limits.hit("opening trials", TRIES_AN_HOUR, HOUR_SECONDS):
        raise too_many(60)
    await _TRIALS[name](request, actor_id)
    return redirect(f"{PAGE}?tried={name}")


async def tick(request: Request) -> Response:
    """Keep that something was seen to that no machine can check."""
    step = request.match_info["step"]
    if step != contents.TELECOM:
        raise HTTPNotFound
    async with staff_transaction(request, "opening") as (tx, user):
        ticked = request[FORM].get("ticked") == "1"
        await opening.tick(tx, step, ticked=ticked, actor_id=user.id)
    return redirect(f"{PAGE}?tried={step}")


async def open_site(request: Request) -> Response:
    """Open the site to everyone."""
    actor_id, app = await _administrator(request), request.app
    reason = needed(request[FORM], "reason")
    look = await checks.look_at(app[SETTINGS], app[DATABASE], newest_migration())
    await checks.open_to_all(look, reason, actor_id=actor_id)
    app[GATE].forget()
    return redirect(f"{PAGE}?tried=open")


async def _administrator(request: Request) -> int:
    """Let pass who may open the site, and hold nothing of the database's any more."""
    async with staff_transaction(request, "opening") as (_, user):
        return user.id


async def _mail(request: Request, actor_id: int) -> None:
    to = rules.email(needed(request[FORM], "to"))
    database, settings = request.app[DATABASE], request.app[SETTINGS]
    await trials.send_mail(database, settings, to, reader_locale(request), actor_id=actor_id)


async def _event(request: Request, actor_id: int) -> None:
    database, settings = request.app[DATABASE], request.app[SETTINGS]
    await trials.ask_for_event(database, settings, actor_id=actor_id)


async def _relay(request: Request, actor_id: int) -> None:
    database, settings = request.app[DATABASE], request.app[SETTINGS]
    await trials.try_relay(database, settings, actor_id=actor_id)


_TRIALS: dict[str, Callable[[Request, int], Awaitable[None]]] = {
    trials.MAIL: _mail,
    trials.EVENT: _event,
    trials.RELAY: _relay,
}
