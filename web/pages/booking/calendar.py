"""Reservations in people's own calendars: a file for one, and a private feed of all."""

from datetime import datetime
from hashlib import sha256
from urllib.parse import urlsplit

from aiohttp.web import HTTPNotFound, HTTPNotModified, Request, Response

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from people.accounts.accounts import User
from people.meeting import calendar_feeds
from rooms.booking import views
from rooms.booking.views import Reservation
from rooms.ground.live import Side
from web.http.keys import DATABASE, SETTINGS, SITE
from web.http.paths import id_in_path
from web.http.visit import (
    Visit,
    member_transaction,
    reader_locale,
    visit,
)
from web.pages.booking import icalendar
from web.pages.booking.icalendar import Event

# How many that are over a feed still holds, so that a cancelled one goes from calendars too.
PAST = 50
TAG_CHARACTERS = 32
UNBOOKED = ("kept", "lapsed")
CALLED_OFF = {
    "cancelled": N_("（キャンセル）"),
    "called_off": N_("（取りやめ）"),
    "declined": N_("（お断り）"),
    "stopped": N_("（終了）"),
}


async def calendar_file(request: Request) -> Response:
    """Send one reservation as a calendar file."""
    reservation_id = id_in_path(request, "reservation_id")
    async with visit(request) as v:
        user = v.member()
        found = await views.reservation(v.tx, v.settings, reservation_id, user.id)
        if found.state in UNBOOKED:
            raise HTTPNotFound
        locale = reader_locale(request, user)
        return _answer(request, locale, [found], f"hitotoki-{found.id}.ics")


async def feed(request: Request) -> Response:
    """Send all of a person's reservations to a program that knows the secret address."""
    settings = request.app[SETTINGS]
    async with request.app[DATABASE].transaction() as tx:
        user = await calendar_feeds.owner(tx, request.match_info["token"])
        if user is None:
            raise HTTPNotFound
        found = await _all(tx, settings, user)
    return _unless_known(request, _answer(request, reader_locale(request, user), found))


async def show_feed(request: Request) -> Response:
    """Tell what the feed is, and since when there is one."""
    async with visit(request) as v:
        return await _page(v)


async def renew_feed(request: Request) -> Response:
    """Make the feed's secret address anew, and show it this one time."""
    async with member_transaction(request) as (tx, user):
        token = await calendar_feeds.renew(tx, user.id)
    async with visit(request) as v:
        return await _page(v, f"{_site(request)}/calendar/{token}.ics")


async def close_feed(request: Request) -> Response:
    """Close the feed: its address is no longer good."""
    async with member_transaction(request) as (tx, user):
        await calendar_feeds.close(tx, user.id)
    async with visit(request) as v:
        return await _page(v)


async def _all(tx: Tx, settings: Settings, user: User) -> list[Reservation]:
    found: list[Reservation] = []
    sides: tuple[Side, ...] = ("caller", "cast") if user.is_cast else ("caller",)
    for side in sides:
        found += await views.coming(tx, settings, user.id, side)
        found += await views.past(tx, settings, user.id, side, 1, PAST)
    return found


def _unless_known(request: Request, answer: Response) -> Response:
    """Send a feed only to a program that has another one; every change of it changes its tag.

    There is no Last-Modified: it would hide what a new name or a lapsed entry changes.
    """
    assert isinstance(answer.body, bytes)
    tag = sha256(answer.body).hexdigest()[:TAG_CHARACTERS]
    known = request.if_none_match or ()
    if any(one.value in (tag, "*") for one in known):
        answer = Response(status=HTTPNotModified.status_code)
    answer.etag = tag
    # Kept by the program that asked and nobody between, and never shown without asking again.
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


def _answer(
    request: Request, locale: str, found: list[Reservation], file: str | None = None
) -> Response:
    site = _site(request)
    events = [_event(one, locale, site) for one in found if one.state not in UNBOOKED]
    name = translate(locale, N_("%(site)sの予約"), site=request.app[SITE].now.name(locale))
    response = Response(
        body=icalendar.calendar(name, events),
        content_type=icalendar.CONTENT_TYPE,
        charset="utf-8",
    )
    if file:
        response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response


def _event(one: Reservation, locale: str, site: str) -> Event:
    url = f"{site}/reservations/{one.id}"
    summary = translate(locale, N_("%(name)sさんとの予約"), name=one.other_name)
    if one.state in CALLED_OFF:
        summary += translate(locale, CALLED_OFF[one.state])
    about = translate(locale, N_("%(room)s（%(n)s分）"), room=one.room_title, n=one.minutes)
    return Event(
        uid=f"reservation-{one.id}@{urlsplit(site).hostname}",
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        summary=summary,
        description=f"{about}\n{url}",
        url=url,
        status="CANCELLED" if one.state in CALLED_OFF else "CONFIRMED",
        sequence=1 if one.state in CALLED_OFF else 0,
        changed_at=_changed_at(one),
    )


def _changed_at(one: Reservation) -> datetime:
    off = one.cancelled_at or one.called_off_at or one.declined_at or one.stopped_at
    return off or one.booked_at or one.created_at


def _site(request: Request) -> str:
    return request.app[SETTINGS].public_url or f"{request.scheme}://{request.host}"


async def _page(v: Visit, address: str | None = None) -> Response:
    return v.page(
        "calendar_feed.html",
        address=address,
        made_at=await calendar_feeds.made_at(v.tx, v.member().id),
    )
