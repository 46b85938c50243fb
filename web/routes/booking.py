"""The addresses of reservations: booking a time, one's reservations, the cast's timetable."""

from aiohttp import web

from web.http.paths import number, secret
from web.pages.booking import (
    booking,
    calendar,
    requests,
    reservation_claims,
    reservations,
    reserved_entry,
    timetable,
)
from web.pages.site import time_zone

ROOM = f"/rooms/{number('room_id')}"
RESERVATION = f"/reservations/{number('reservation_id')}"
REQUEST = f"/requests/{number('request_id')}"
TIMETABLE = f"/console/timetable/{number('room_id')}"
CHANGE = f"{TIMETABLE}/changes/{number('change_id')}"


def booking_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which times are booked and asked for."""
    return [
        web.get(f"{ROOM}/book", booking.choose_time),
        web.post(f"{ROOM}/book", booking.keep_time),
        web.get(f"{RESERVATION}/confirm", booking.show_confirm),
        web.post(f"{RESERVATION}/confirm", booking.confirm),
        web.post(f"{RESERVATION}/let-go", booking.let_go),
        web.get(f"{ROOM}/request", requests.show_ask),
        web.post(f"{ROOM}/request", requests.ask),
        web.get(REQUEST, requests.show_request),
        web.post(f"{REQUEST}/accept", requests.accept),
        web.post(f"{REQUEST}/refuse", requests.refuse),
        web.post(f"{REQUEST}/withdraw", requests.withdraw),
        web.get("/time-zone", time_zone.show_time_zone),
        web.post("/time-zone", time_zone.set_time_zone),
        *reservation_routes(),
        *calendar_routes(),
        *timetable_routes(),
    ]


def reservation_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of one's reservations, and of the talk in one."""
    return [
        web.get("/reservations", reservations.show_reservations),
        web.get(RESERVATION, reservations.show_reservation),
        web.get(f"{RESERVATION}/cancel", reservations.show_cancel),
        web.post(f"{RESERVATION}/cancel", reservations.cancel),
        web.post(f"{RESERVATION}/call-off", reservations.call_off),
        web.post(f"{RESERVATION}/early", reserved_entry.agree_early),
        web.post(f"{RESERVATION}/ring", reservations.ring),
        web.get(f"{RESERVATION}/decline", reservations.show_decline),
        web.post(f"{RESERVATION}/decline", reservations.decline),
        web.get(f"{RESERVATION}/claim", reservation_claims.show_claim),
        web.post(f"{RESERVATION}/claim", reservation_claims.send_claim),
        web.get(f"{RESERVATION}/enter", reserved_entry.show_entry),
        web.post(f"{RESERVATION}/entry", reserved_entry.begin),
    ]


def calendar_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses for people's own calendars; a feed's token is its whole key."""
    return [
        web.get(f"{RESERVATION}.ics", calendar.calendar_file),
        web.get(f"/calendar/{secret('token')}.ics", calendar.feed),
        web.get("/reservations/calendar", calendar.show_feed),
        web.post("/reservations/calendar", calendar.renew_feed),
        web.post("/reservations/calendar/close", calendar.close_feed),
    ]


def timetable_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which a cast says when and how they can be booked."""
    return [
        web.get("/console/timetable", timetable.show_timetable),
        web.post(f"{TIMETABLE}/hours", timetable.add_hours),
        web.post(f"{TIMETABLE}/hours/remove", timetable.remove_hour),
        web.post(f"{TIMETABLE}/off", timetable.add_day_off),
        web.post(f"{TIMETABLE}/extra", timetable.add_extra),
        web.post(f"{CHANGE}/remove", timetable.remove_change),
        web.post(f"{TIMETABLE}/booking", timetable.set_booking),
    ]
