"""Warning, suspending and banning people, lifting it, and giving roles."""

from collections.abc import Mapping
from typing import TypedDict

from aiohttp.web import Application, Request, Response

from foundation.errors import UserError
from foundation.language import N_
from foundation.numbers import BIGGEST, integer
from people.accounts.accounts import StaffRole
from people.desk import roles
from rooms.care import role_changes, sanctioning
from rooms.care.stopping import Stopped
from signaling.push import PUSH
from signaling.server import CONNECTIONS
from web.http.forms import needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_transaction


async def warn(request: Request) -> Response:
    """Warn a person in words."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "people.warn") as (tx, actor):
        settings = request.app[SETTINGS]
        await sanctioning.warn(tx, settings, actor.id, user_id, **_given(form))
    return _back(form, user_id, "warned")


async def suspend(request: Request) -> Response:
    """Suspend a person for some days."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "people.suspend") as (tx, actor):
        settings = request.app[SETTINGS]
        days = integer(needed(form, "days"), 1, sanctioning.MOST_DAYS)
        stopped = await sanctioning.suspend(tx, settings, actor.id, user_id, days, **_given(form))
    await _announce(request.app, user_id, stopped)
    return _back(form, user_id, "suspended")


async def ban(request: Request) -> Response:
    """Ban a person."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "people.ban") as (tx, actor):
        settings = request.app[SETTINGS]
        stopped = await sanctioning.ban(tx, settings, actor.id, user_id, **_given(form))
    await _announce(request.app, user_id, stopped)
    return _back(form, user_id, "banned")


async def lift_suspension(request: Request) -> Response:
    """Lift a person's suspension."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "people.suspend") as (tx, actor):
        reason, settings = needed(request[FORM], "reason"), request.app[SETTINGS]
        await sanctioning.lift(tx, settings, actor.id, user_id, "suspension", reason)
    return _back({}, user_id, "lifted")


async def lift_ban(request: Request) -> Response:
    """Lift a person's ban."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "people.ban") as (tx, actor):
        reason, settings = needed(request[FORM], "reason"), request.app[SETTINGS]
        await sanctioning.lift(tx, settings, actor.id, user_id, "ban", reason)
    return _back({}, user_id, "lifted")


async def change_role(request: Request) -> Response:
    """Give a person a role among staff, another one, or none."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "people.role") as (tx, actor):
        form, settings = request[FORM], request.app[SETTINGS]
        role, reason = _role(needed(form, "role")), needed(form, "reason")
        await role_changes.change_role(tx, settings, actor.id, user_id, role, reason)
    return redirect("/staff" if actor.id == user_id else f"/staff/people/{user_id}?done=role")


class _Given(TypedDict):
    reason: str
    words: str
    report_id: int | None


def _given(form: Mapping[str, str]) -> _Given:
    report_id = optional_integer(form.get("report", ""), 1, BIGGEST)
    return _Given(reason=needed(form, "reason"), words=needed(form, "words"), report_id=report_id)


def _role(text: str) -> StaffRole | None:
    if not text:
        return None
    for role in roles.ROLES:
        if role == text:
            return role
    raise UserError("role_unknown", N_("役割を選んでください。"), status=400)


async def _announce(app: Application, user_id: int, stopped: Stopped) -> None:
    await app[PUSH].stopped(stopped)
    # Other processes find it out within some seconds.
    await app[CONNECTIONS].recheck(user_id)


def _back(form: Mapping[str, str], user_id: int, done: str) -> Response:
    report = form.get("report", "")
    if report:
        return redirect(f"/staff/reports/{integer(report, 1)}?done={done}")
    return redirect(f"/staff/people/{user_id}?done={done}")
