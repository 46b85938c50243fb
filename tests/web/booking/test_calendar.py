"""Calendar files: written as RFC 5545 wants, private, and true to what became of a reservation."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from foundation.database import Database
from foundation.ids import token_hash
from foundation.settings import Settings
from rooms.booking import calling_off, cancelling, reservations
from tests.web.booking.scene import (
    book,
    bookable_room,
    count,
    make_cast,
    move,
    rich,
)
from tests.web.scene import Browser
from web.pages.booking.icalendar import Event, calendar

EVENT = Event(
    uid="reservation-7@talk.example",
    starts_at=datetime(2026, 3, 1, 11, 0, tzinfo=UTC),
    ends_at=datetime(2026, 3, 1, 11, 30, tzinfo=UTC),
    summary="さくらさんとの予約",
    description="本の話",
    url="https://talk.example/reservations/7",
    status="CONFIRMED",
    sequence=0,
    changed_at=datetime(2026, 2, 28, 3, 4, 5, tzinfo=UTC),
)


def lines(file: bytes) -> list[str]:
    """Unfold a calendar file as its readers do."""
    assert file.endswith(b"\r\n")
    return file.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]


def value(file: bytes, name: str) -> str:
    """Return the unescaped value of a property that stands once in an event."""
    found = [line for line in lines(file) if line.startswith(f"{name}:")]
    assert len(found) == 1
    text = found[0].partition(":")[2]
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], text)


def test_an_event_is_written_in_utc_within_its_calendar() -> None:
    written = lines(calendar("予約", [EVENT]))
    assert written[0] == "BEGIN:VCALENDAR"
    assert written[-1] == "END:VCALENDAR"
    for line in (
        "VERSION:2.0",
        "DTSTART:20260301T110000Z",
        "DTEND:20260301T113000Z",
        "DTSTAMP:20260228T030405Z",
        "UID:reservation-7@talk.example",
        "STATUS:CONFIRMED",
        "SEQUENCE:0",
        "URL:https://talk.example/reservations/7",
    ):
        assert line in written
    tokyo = EVENT.starts_at.astimezone()
    assert calendar("予約", [EVENT]) == calendar(
        "予約", [Event(**(vars(EVENT) | {"starts_at": tokyo}))]
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_comes_back_from_lines_of_at_most_75_octets(text: str) -> None:
    file = calendar("予約", [Event(**(vars(EVENT) | {"description": text}))])
    for line in file.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()
    kept = re.sub(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", "", text.replace("\r\n", "\n"))
    assert value(file, "DESCRIPTION") == kept


def test_no_text_can_write_lines_of_its_own() -> None:
    evil = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\rSUMMARY:y\nATTACH:z;,\\"
    for field in ("summary", "description", "uid", "url"):
        written = lines(calendar("予約", [Event(**(vars(EVENT) | {field: evil}))]))
        assert written.count("BEGIN:VEVENT") == 1
        assert not any(line.startswith("ATTACH") for line in written)


async def test_a_reservation_is_sent_as_a_file_to_its_two_people(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database, "みなと,;"), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    uids = set()
    for person, other in ((caller, "みなと,;さん"), (cast, "さくらさん")):
        await browser.sign_in(person, database)
        answer = await browser.get(f"/reservations/{found.id}.ics")
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert "attachment" in answer.headers["Content-Disposition"]
        file = await answer.read()
        assert value(file, "SUMMARY").startswith(other)
        assert value(file, "DTSTART") == f"{found.starts_at:%Y%m%dT%H%M%SZ}"
        assert value(file, "STATUS") == "CONFIRMED"
        uids.add(value(file, "UID"))
    assert len(uids) == 1


async def test_a_kept_time_is_no_event_yet(
    browser: Browser, database: Database, settings: Settings
) -> None:
    caller = await rich(database)
    room_id = await bookable_room(database, await make_cast(database))
    start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=3)
    async with database.transaction() as tx:
        kept = await reservations.keep(tx, settings, room_id, caller.id, start, 30)
    await browser.sign_in(caller, database)
    assert (await browser.get(f"/reservations/{kept.id}.ics")).status == 404


async def renewed(browser: Browser) -> str:
    """Make the feed's address anew and return its path."""
    page = await (await browser.post("/reservations/calendar", {})).text()
    found = re.search(r"https?://[^/]+(/calendar/[A-Za-z0-9_-]{43}\.ics)", page)
    assert found
    return found[1]


async def test_a_feed_tells_without_a_cookie_what_stands_and_what_was_called_off(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    await browser.sign_in(caller, database)
    way = await renewed(browser)
    browser.client.session.cookie_jar.clear()
    before = await count(database)
    first = await (await browser.get(way)).read()
    assert value(first, "STATUS") == "CONFIRMED"
    assert await count(database) == before
    async with database.transaction() as tx:
        await cancelling.cancel(tx, settings, found.id, caller.id)
    later = await (await browser.get(way)).read()
    assert value(later, "STATUS") == "CANCELLED"
    assert value(later, "UID") == value(first, "UID")
    assert int(value(later, "SEQUENCE")) > int(value(first, "SEQUENCE"))
    assert value(later, "DTSTAMP") >= value(first, "DTSTAMP")


async def test_a_time_that_was_called_off_late_goes_from_calendars_too(
    browser: Browser, database: Database, settings: Settings, owner_database: Database
) -> None:
    caller = await rich(database)
    found = await book(
        database, settings, await bookable_room(database, await make_cast(database)), caller
    )
    await move(owner_database, found.id, 12 * 60 - 1)
    await browser.sign_in(caller, database)
    before = await (await browser.get(f"/reservations/{found.id}.ics")).read()
    async with database.transaction() as tx:
        await calling_off.call_off(tx, settings, found.id, caller.id)
    after = await (await browser.get(f"/reservations/{found.id}.ics")).read()
    assert (value(before, "STATUS"), value(after, "STATUS")) == ("CONFIRMED", "CANCELLED")
    assert int(value(after, "SEQUENCE")) > int(value(before, "SEQUENCE"))
    assert value(after, "DTSTAMP") >= value(before, "DTSTAMP")


async def test_a_casts_feed_has_both_of_their_sides(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, other = await make_cast(database), await make_cast(database, "よしの")
    mine = await bookable_room(database, cast)
    theirs = await bookable_room(database, other)
    await book(database, settings, mine, await rich(database))
    await book(database, settings, theirs, await rich(database))
    await browser.sign_in(cast, database)
    file = await (await browser.get(await renewed(browser))).read()
    assert lines(file).count("BEGIN:VEVENT") == 1
    await browser.sign_in(other, database)
    file = await (await browser.get(await renewed(browser))).read()
    assert value(file, "SUMMARY").startswith("さくら")


async def test_only_the_hash_of_a_feeds_token_is_kept_and_a_new_one_ends_the_old(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await rich(database), database)
    old = await renewed(browser)
    async with database.transaction() as tx:
        stored = await tx.scalar(sa.text("SELECT token_hash FROM calendar_feeds"))
    assert bytes(stored) == token_hash(old.split("/")[2].removesuffix(".ics"))
    new = await renewed(browser)
    assert (await browser.get(old)).status == 404
    assert (await browser.get(new)).status == 200
    page = await (await browser.get("/reservations/calendar")).text()
    assert new not in page
    await browser.post("/reservations/calendar/close", {})
    assert (await browser.get(new)).status == 404


@pytest.mark.parametrize("token", ["x", "x" * 43, "", "../../x"])
async def test_a_feed_that_isnt_there_is_not_found(browser: Browser, token: str) -> None:
    assert (await browser.get(f"/calendar/{token}.ics")).status == 404


async def test_a_feed_is_made_by_members_and_by_no_mere_look(
    browser: Browser, database: Database
) -> None:
    assert (await browser.get("/reservations/calendar")).headers["Location"].startswith("/sign-in")
    await browser.sign_in(await rich(database), database)
    before = await count(database)
    assert "いまは配信していません" in await (await browser.get("/reservations/calendar")).text()
    assert await count(database) == before


async def test_a_feed_is_sent_again_only_when_something_of_it_has_changed(
    browser: Browser, database: Database, settings: Settings
) -> None:
    cast, caller = await make_cast(database), await rich(database)
    room_id = await bookable_room(database, cast)
    found = await book(database, settings, room_id, caller)
    await browser.sign_in(caller, database)
    way = await renewed(browser)
    first = await browser.get(way)
    known = {"If-None-Match": f'"x", W/{first.headers["ETag"]}'}
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = await browser.get(way, **known)
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    async with database.transaction() as tx:
        await cancelling.cancel(tx, settings, found.id, caller.id)
    changed = await browser.get(way, **known)
    assert changed.status == 200
    assert value(await changed.read(), "STATUS") == "CANCELLED"
    known = {"If-None-Match": changed.headers["ETag"]}
    # What is no change of the reservation's own is one of the feed's all the same.
    await _rename(database, cast.id)
    renamed = await browser.get(way, **known)
    assert value(await renamed.read(), "SUMMARY").startswith("みさき")


async def _rename(database: Database, user_id: int) -> None:
    async with database.transaction() as tx:
        query = sa.text("UPDATE users SET nickname = 'みさき' WHERE id = :user")
        await tx.execute(query, {"user": user_id})
