"""The cast's timetable: the usual week, its exceptions, and how a room is booked."""

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, time, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo

from aiohttp.web import Request, Response

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.numbers import integer
from rooms.booking import (
    requests,
    rules,
    slots,
    timetable,
    views,
)
from rooms.booking.rules import Hour
from rooms.ground import refusals
from rooms.lobby import directory
from web.http.forms import Filled, needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.booking.slots import lengths

FORTNIGHT = 14
WEEK = 7
MIDNIGHT, NOON = time(0), time(12)
# What a form of the page does, in the transaction of the cast who is signed in.
Act: TypeAlias = Callable[[Tx, int], Awaitable[None]]
_TIME = re.compile(r"[0-2][0-9]:[0-5][0-9]", re.ASCII)
_DAY = re.compile(r"2[0-9]{3}-[01][0-9]-[0-3][0-9]", re.ASCII)

# In which of the page's forms a refusal of the timetable is told.
FORMS = {
    "hours": ("hours_wrong", "hours_too_many", "no_days", "time_malformed"),
    "off": ("day_past", "changes_too_many", "day_malformed", "hours_wrong"),
    "extra": ("day_past", "changes_too_many", "day_malformed", "hours_wrong", "time_malformed"),
    "booking": ("booking_unknown", "length_out_of_bounds"),
}


async def show_timetable(request: Request) -> Response:
    """Show the timetable of one of the cast's rooms, and what comes in for all of them."""
    async with visit(request) as v:
        return await _page(v, _asked_room(request))


async def add_hours(request: Request) -> Response:
    """Add a stretch to some days of the week; it replaces one that begins at the same time."""
    form, room_id = request[FORM], id_in_path(request, "room_id")

    async def act(tx: Tx, user_id: int) -> None:
        stretches = _stretches(form)
        days = [day for day in range(WEEK) if form.get(f"day{day}") == "1"]
        if not days:
            raise UserError("no_days", N_("曜日を選んでください。"), status=400)
        added = {(day, first): Hour(day, first, last) for day in days for first, last in stretches}
        hours = {
            (hour.weekday, hour.starts): hour for hour in await timetable.hours_of(tx, room_id)
        }
        await timetable.set_hours(tx, room_id, user_id, list((hours | added).values()))

    return await _changed(request, room_id, "hours", act)


async def remove_hour(request: Request) -> Response:
    """Take a stretch out of the usual week; one that is gone already is no error."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    gone = Hour(
        integer(needed(form, "weekday"), 0, WEEK - 1),
        _time(needed(form, "starts")),
        _time(needed(form, "ends")),
    )

    async def act(tx: Tx, user_id: int) -> None:
        hours = await timetable.hours_of(tx, room_id)
        left = [hour for hour in hours if hour != gone]
        await timetable.set_hours(tx, room_id, user_id, left)

    return await _changed(request, room_id, "hours", act)


async def add_day_off(request: Request) -> Response:
    """Let the usual hours of one day not count."""
    form, room_id = request[FORM], id_in_path(request, "room_id")

    async def act(tx: Tx, user_id: int) -> None:
        day = _day(needed(form, "day"))
        await timetable.day_off(tx, request.app[SETTINGS], room_id, user_id, day)

    return await _changed(request, room_id, "off", act)


async def add_extra(request: Request) -> Response:
    """Add a stretch to one day only."""
    form, room_id = request[FORM], id_in_path(request, "room_id")

    async def act(tx: Tx, user_id: int) -> None:
        day = _day(needed(form, "day"))
        for starts, ends in _stretches(form):
            settings = request.app[SETTINGS]
            await timetable.add_extra(tx, settings, room_id, user_id, day, starts, ends)

    return await _changed(request, room_id, "extra", act)


async def remove_change(request: Request) -> Response:
    """Take back an exception."""
    room_id, change_id = id_in_path(request, "room_id"), id_in_path(request, "change_id")
    async with member_transaction(request) as (tx, user):
        await timetable.remove_change(tx, room_id, user.id, change_id)
    return _back(room_id, "changes")


async def set_booking(request: Request) -> Response:
    """Choose whether and how the room is booked, and for how long."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    way = needed(form, "booking")
    shortest = integer(needed(form, "shortest"), 0, rules.LONGEST)
    longest = integer(needed(form, "longest"), 0, rules.LONGEST)

    async def act(tx: Tx, user_id: int) -> None:
        await timetable.set_booking(
            tx, room_id, user_id, booking=way, shortest=shortest, longest=longest
        )

    return await _changed(request, room_id, "booking", act)


async def _changed(request: Request, room_id: int, which: str, act: Act) -> Response:
    """Do what a form of the page wants, or show the page again with what is wrong in that form."""
    form = request[FORM]
    try:
        async with member_transaction(request) as (tx, user):
            await act(tx, user.id)
    except UserError as error:
        if error.code not in FORMS[which]:
            raise
        async with visit(request) as v:
            return await _page(v, room_id, _refused(request, form, which, error))
    return _back(room_id, which)


def _refused(request: Request, form: Mapping[str, str], which: str, error: UserError) -> Filled:
    filled = Filled(reader_locale(request), {f"{which}_{name}": form[name][:40] for name in form})
    filled.errors[which] = translate(filled.locale, error.text, **error.params)
    return filled


async def _page(v: Visit, room_id: int | None, filled: Filled | None = None) -> Response:
    user, settings = v.cast(), v.settings
    rooms = await directory.rooms_of(v.tx, settings, user.id)
    if room_id is not None and room_id not in {one.id for one in rooms}:
        raise refusals.room_unknown()
    if not rooms:
        return v.page("timetable.html", rooms=[], room=None)
    room = next((one for one in rooms if one.id == room_id), rooms[0])
    today = (await clock(v.tx)).astimezone(ZoneInfo(settings.site_zone)).date()
    return v.page(
        "timetable.html",
        422 if filled else 200,
        rooms=rooms,
        room=room,
        booking=await timetable.booking_of(v.tx, room.id),
        hours=await timetable.hours_of(v.tx, room.id),
        changes=await timetable.changes_of(v.tx, settings, room.id),
        days=await slots.days(v.tx, settings, room.id, user.id, v.zone.key, count=FORTNIGHT),
        coming=await views.coming(v.tx, settings, user.id, "cast"),
        open_requests=await requests.open_requests(v.tx, user.id, "cast"),
        lengths=lengths(rules.SHORTEST, rules.LONGEST),
        today=today,
        last_day=today + timedelta(days=365),
        form=filled or Filled(reader_locale(v.request)),
        saved=v.request.query.get("saved") if not filled else None,
    )


def _asked_room(request: Request) -> int | None:
    text = request.query.get("room", "")
    return integer(text, 1) if text else None


def _stretches(form: Mapping[str, str]) -> list[tuple[time, time]]:
    """Return from when until when: from midnight to midnight is a whole day, kept as its halves."""
    starts, ends = _time(needed(form, "starts")), _time(needed(form, "ends"))
    if starts == ends == MIDNIGHT:
        return [(MIDNIGHT, NOON), (NOON, MIDNIGHT)]
    return [(starts, ends)]


def _time(text: str) -> time:
    if text == "24:00":
        return MIDNIGHT
    try:
        if _TIME.fullmatch(text):
            return time.fromisoformat(text)
    except ValueError:
        pass
    raise UserError("time_malformed", N_("時刻を入力してください。"), status=400)


def _day(text: str) -> date:
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise UserError("day_malformed", N_("日付を入力してください。"), status=400)


def _back(room_id: int, saved: str) -> Response:
    return redirect(f"/console/timetable?room={room_id}&saved={saved}#{saved}")
