"""Who has something to agree to is asked at what is new, and has all the rest without."""

import inspect
import re
import sys
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from record.texts.tables import text_agreements
from tests.record.texts.saved import save
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, give, make_room, make_user
from tests.world import World
from web.app import make_app
from web.http.agreeing.exempt import ALSO, BELOW, ENDINGS, is_exempt

SITE = {"letters": True, "board": True, "telephone": True, "tab": True, "tab_asks": "nothing"}
# What a member has a right to, whatever they agree to.
PROMISED = {
    ("GET", "/settings/withdrawal"), ("POST", "/settings/withdrawal"),
    ("GET", "/settings/data"), ("POST", "/settings/data"),
    ("GET", "/console/payouts"), ("POST", "/console/payouts"),
    ("GET", "/console/payouts/account"), ("POST", "/console/payouts/account"),
    ("GET", "/talks"), ("GET", "/talks/{talk_id}"),
    ("GET", "/talks/{talk_id}/claim"), ("POST", "/talks/{talk_id}/claim"),
    ("GET", "/reservations/{reservation_id}/claim"),
    ("POST", "/reservations/{reservation_id}/claim"),
    ("POST", "/letters/{letter_id}/claim"), ("POST", "/letters/{letter_id}/answer"),
    ("GET", "/console/claims/{claim_id}"), ("POST", "/console/claims/{claim_id}"),
    ("GET", "/contact"), ("POST", "/contact"),
    ("GET", "/reservations"), ("GET", "/reservations/{reservation_id}"),
    ("GET", "/reservations/{reservation_id}/enter"),
    ("POST", "/reservations/{reservation_id}/entry"),
    ("POST", "/reservations/{reservation_id}/cancel"),
    ("POST", "/reservations/{reservation_id}/decline"),
    ("POST", "/calls/{call_id}/stop"), ("POST", "/sign-out"), ("POST", "/tab/orders"),
    ("POST", "/rooms/{about_id}/block"), ("POST", "/talks/{about_id}/report"),
    ("GET", "/terms"), ("GET", "/privacy"), ("GET", "/agreement"), ("POST", "/agreement"),
}  # fmt: skip
# What begins something new.
NEW = {
    ("GET", "/"), ("GET", "/rooms/{room_id}"), ("GET", "/rooms/{room_id}/enter"),
    ("POST", "/rooms/{room_id}/entry"), ("POST", "/rooms/{room_id}/wait"),
    ("POST", "/rooms/{room_id}/book"), ("POST", "/reservations/{reservation_id}/confirm"),
    ("POST", "/rooms/{room_id}/request"), ("POST", "/requests/{request_id}/accept"),
    ("POST", "/rooms/{room_id}/apply"), ("POST", "/rooms/{room_id}/call"),
    ("POST", "/rooms/{room_id}/ask"), ("POST", "/messages/{thread_id}"),
    ("POST", "/casts/{cast_id}/letter/send"), ("GET", "/points/buy"),
    ("POST", "/points/purchases"), ("GET", "/console"), ("POST", "/console/telephone"),
    ("POST", "/console/applications/{talk_application_id}/accept"), ("POST", "/board/new"),
}  # fmt: skip
# Fields that several forms read by a helper of theirs.
COMMON = {"press": "a" * 32, "text": "x", "title": "x", "points": "1", "reply": "", "words": ""}
# Forms with fields of their own kind, refused as malformed before anybody is asked for: nothing
# begins by them, and what they bring when whole passes the same door.
MALFORMED = {
    "/console/rooms", "/console/rooms/{room_id}", "/requests/{request_id}/accept",
    "/console/timetable/{room_id}/hours/remove",
}  # fmt: skip
EN_IDS = re.compile(r"\{[a-z_]+\}")


async def asked(open_browser: Open, database: Database, **given: object) -> tuple[Browser, User]:
    """A site with new terms, and a browser of somebody who has not agreed to them yet."""
    browser, user = await open_browser(**SITE), await make_user(database, **given)
    staff = await make_user(database)
    async with database.transaction() as tx:
        await save(tx, staff.id, body="あたらしい規約", to_agree=True)
    await browser.sign_in(user, database)
    return browser, user


async def test_every_address_but_the_exempt_asks_first(
    open_browser: Open, database: Database
) -> None:
    browser, _ = await asked(open_browser, database, is_cast=True)
    seen, silent = set(), []
    for method, address, handler in routes(browser):
        path = EN_IDS.sub("1", address).replace("{code}", "aaaaaa").replace("1.csv", "2026.csv")
        answer = await browser.client.request(
            method,
            path,
            headers={"Accept": "text/html"},
            allow_redirects=False,
            data={"csrf": await browser.csrf()} | fields(handler) if method == "POST" else None,
        )
        to_it = answer.headers.get("Location", "").startswith("/agreement?")
        if answer.status == 401 and "変更された内容のご確認が必要" in await answer.text():
            to_it = True
        if is_exempt(address):
            assert not to_it, f"{method} {address}"
        elif answer.status in (404, 405, 415, 411) and not to_it:
            continue
        else:
            seen.add((method, address))
            if not to_it and not (answer.status == 400 and address in MALFORMED):
                silent.append(f"{method} {address}: {answer.status}")
    assert not silent, "\n".join(silent)
    assert seen >= NEW, NEW - seen


def routes(browser: Browser) -> list[tuple[str, str, Any]]:
    """Return every address of the site with its method and handler, but what ends the session."""
    found = {
        (route.method, route.resource.canonical): route.handler
        for route in browser.client.app.router.routes()
        if route.resource and route.method in ("GET", "POST") and not route.get_info().get("prefix")
    }
    leaving = {
        ("POST", "/sign-out"),
        ("POST", "/agreement"),
        ("GET", "/socket.io/"),
        ("POST", "/socket.io/"),
    }
    return [(*one, found[one]) for one in sorted(found.keys() - leaving)]


def fields(handler: Any) -> dict[str, str]:
    """Return a form with every field that a handler's module asks for."""
    source = inspect.getsource(sys.modules[inspect.unwrap(handler).__module__])
    names = re.findall(r'(?:needed|take\w*|shown)\(\s*(?:request\[FORM\]|form), "(\w+)"', source)
    return dict.fromkeys(names[:20], "1") | COMMON


def test_every_right_is_exempt(settings: Settings, database: Database) -> None:
    app = make_app(settings.model_copy(update=SITE), database)
    there = {
        (route.method, route.resource.canonical) for route in app.router.routes() if route.resource
    }
    assert there >= PROMISED | NEW, (PROMISED | NEW) - there
    assert not [one for one in PROMISED if not is_exempt(one[1])]
    assert not [one for one in NEW if is_exempt(one[1])]


def test_no_exemption_is_of_nothing(settings: Settings, database: Database) -> None:
    app = make_app(settings.model_copy(update=SITE | {"demo": True}), database)
    there = {route.resource.canonical for route in app.router.routes() if route.resource}
    assert not [one for one in ALSO if one not in there]
    unused = [one for one in BELOW if not any(f"{a}/".startswith(f"{one}/") for a in there)]
    assert not [one for one in unused if one not in ("/static", "/socket.io")]
    assert all(any(a.endswith(one) for a in there) for one in ENDINGS)


async def test_one_agrees_once_and_goes_on_where_one_was(
    open_browser: Open, database: Database
) -> None:
    browser, user = await asked(open_browser, database)
    room = await make_room(database, await make_user(database, is_cast=True))
    answer = await browser.get(f"/rooms/{room}/enter")
    assert answer.headers["Location"] == f"/agreement?next=/rooms/{room}/enter"
    page = await (await browser.get(answer.headers["Location"])).text()
    assert "料金を変えます。" in page
    assert "あたらしい規約" in page
    [shown] = re.findall(r'name="shown" value="([^"]*)"', page)
    sent = {"shown": shown, "next": f"/rooms/{room}/enter"}
    for _ in range(2):
        done = await browser.post("/agreement", sent)
        assert (done.status, done.headers["Location"]) == (303, f"/rooms/{room}/enter")
    assert (await browser.get(f"/rooms/{room}/enter")).status == 200
    assert (await browser.get("/agreement?next=/points")).headers["Location"] == "/points"
    async with database.transaction() as tx:
        rows = await tx.execute(sa.select(text_agreements.c.user_id))
        assert list(rows.scalars()) == [user.id]


async def test_who_has_not_seen_it_has_not_agreed(open_browser: Open, database: Database) -> None:
    browser, _ = await asked(open_browser, database)
    answer = await browser.post("/agreement", {"shown": "999", "next": "/"})
    assert answer.status == 409
    assert (await browser.get("/")).headers["Location"] == "/agreement?next=/"


async def test_a_script_is_told_where_to_agree(open_browser: Open, database: Database) -> None:
    browser, _ = await asked(open_browser, database)
    answer = await browser.client.get("/points/buy", headers=SCRIPT)
    body = await answer.json()
    assert (answer.status, body["code"]) == (401, "agreement_needed")
    assert body["help"]["url"].startswith("/agreement?next=")


async def test_nobody_is_drawn_away_from_a_talk(open_browser: Open, database: Database) -> None:
    browser, user = await asked(open_browser, database)
    cast = await make_user(database, is_cast=True)
    room = await make_room(database, cast)
    await give(database, user, 3000)
    world = World(database, Settings(), user.id, cast.id, room)
    await world.enter()
    assert (await browser.get("/")).status == 200


async def test_a_visitor_is_asked_nothing_and_staff_work_on(
    open_browser: Open, database: Database
) -> None:
    browser, _ = await asked(open_browser, database)
    assert (await (await open_browser(**SITE)).get("/")).status == 200
    assert (await browser.get("/")).status in (302, 303)


@pytest.mark.parametrize("address", ["/staff", "/staff/claims", "/staff/people/{user_id}"])
def test_staff_pages_ask_for_nothing(address: str) -> None:
    assert is_exempt(address)
    assert not is_exempt("/staffing")
