"""What the door keeps out, and what it tells browsers."""

import itertools
import re

import pytest
import sqlalchemy as sa

from foundation.database import Database
from tests.web.conftest import Open
from tests.web.scene import BROWSER, SCRIPT, Browser, give, make_room, make_user

EVERY_POST = ["/sign-in", "/sign-up", "/sign-out", "/language", "/demo/sign-in", "/rooms/1/entry"]
EVERY_POST += ["/push/devices", "/push/devices/remove", "/rooms/1/wait", "/casts/1/favourite"]
EVERY_POST += ["/casts/1/favourite/tell"]
EVERY_POST += ["/points/purchases", "/points/card/forget", "/demo/pay/1"]
EVERY_POST += ["/talks/1/claim", "/inbox/1", "/inbox/read", "/staff/claims/1/return"]
EVERY_POST += ["/sign-up/confirm", "/sign-up/again", "/sign-up/link", "/forgotten-password"]
EVERY_POST += ["/password-reset", "/email-change", "/settings/email", "/settings/password"]
EVERY_POST += ["/settings/devices/others", "/settings/devices/1"]
EVERY_POST += ["/check/turn"]
EVERY_POST += ["/talks/1/rating", "/talks/1/rating/answer", "/talks/1/caller-rating"]
EVERY_POST += ["/staff/ratings/1/hide", "/staff/ratings/1/show"]
EVERY_POST += ["/console/pause", "/console/pause/stop", "/console/claims/1"]
EVERY_POST += ["/console/talks/1/note"]
EVERY_POST += ["/staff/claims/1/agree", "/staff/people/1/give", "/staff/people/1/correct"]


async def _everything(database: Database) -> dict[str, str]:
    """A fingerprint of each table."""
    async with database.transaction() as tx:
        names = await tx.execute(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        return {
            name: str(
                await tx.scalar(sa.text(f"SELECT md5(string_agg(t::text, '|')) FROM {name} t"))
            )
            for name in names.scalars()
        }


OTHER_SITES = [
    {"Origin": "https://evil.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
]


async def test_a_form_from_another_site_changes_nothing_even_with_a_good_token(
    browser: Browser, database: Database
) -> None:
    await browser.sign_in(await make_user(database), database)
    csrf = await browser.csrf()
    before = await _everything(database)
    for path, headers in itertools.product(EVERY_POST, OTHER_SITES):
        answer = await browser.client.post(path, data={"csrf": csrf}, headers=SCRIPT | headers)
        assert (answer.status, (await answer.json())["code"]) == (403, "other_site"), path
    assert await _everything(database) == before


async def test_a_form_without_this_browsers_token_changes_nothing(
    browser: Browser, open_browser: Open, database: Database
) -> None:
    theirs = await (await open_browser()).csrf()
    await browser.sign_in(await make_user(database), database)
    before = await _everything(database)
    forms: tuple[dict[str, str], ...] = ({}, {"csrf": ""}, {"csrf": "x" * 80}, {"csrf": theirs})
    for path, form in itertools.product(EVERY_POST, forms):
        answer = await browser.client.post(path, data=form or b"", headers=SCRIPT | _FORM)
        assert (answer.status, (await answer.json())["code"]) == (403, "page_outdated")
    assert await _everything(database) == before


_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_visitors_token_is_no_good_after_signing_in(
    browser: Browser, database: Database
) -> None:
    before = await browser.csrf()
    await browser.sign_in(await make_user(database), database)
    answer = await browser.client.post("/sign-out", data={"csrf": before}, headers=SCRIPT)
    assert answer.status == 403


async def test_no_get_changes_anything(browser: Browser, database: Database) -> None:
    user = await make_user(database, is_cast=True)
    room = await make_room(database, await make_user(database, is_cast=True))
    await give(database, user, 10_000)
    await browser.sign_in(user, database)
    before = await _everything(database)
    paths = ["/", f"/rooms/{room}", f"/rooms/{room}/enter", "/talks", "/talks/1", "/console"]
    paths += ["/points", "/points/buy", "/points/buy/1", "/points/top-up", "/guide", "/sign-in"]
    paths += ["/sign-up", "/healthz", "/metrics", *EVERY_POST]
    for path in paths:
        assert (await browser.get(path)).status in (200, 303, 404, 405, 410), path
        await browser.client.head(path, allow_redirects=False)
    after = await _everything(database)
    # Which rooms a member looked at is kept for themselves.
    assert after.pop("room_views") != before.pop("room_views")
    assert after == before


async def test_every_page_says_what_the_browser_may_do(browser: Browser) -> None:
    answer = await browser.get("/guide")
    headers, page = answer.headers, await answer.text()
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["base-uri"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["connect-src"] == f"'self' ws://127.0.0.1:{browser.client.port}"
    nonce = re.fullmatch(r"'self' 'nonce-([A-Za-z0-9_-]{22})'", policy["script-src"])
    assert nonce
    assert f'nonce="{nonce[1]}"' in page
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Server"] == "Hitotoki"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "camera=(self), microphone=(self), display-capture=()" in headers["Permissions-Policy"]
    assert "Strict-Transport-Security" not in headers


async def test_the_nonce_is_new_each_time(browser: Browser) -> None:
    policies = {(await browser.get("/guide")).headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


async def test_errors_carry_the_same_headers(browser: Browser) -> None:
    for path in ("/nowhere", "/?page=x", "/sign-out"):
        headers = (await browser.get(path)).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_over_https_the_browser_is_told_to_stay_there(open_browser: Open) -> None:
    browser = await open_browser(public_url="https://talk.example")
    headers = (await browser.get("/guide")).headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "connect-src 'self' wss://talk.example;" in headers["Content-Security-Policy"]


async def test_a_made_up_host_gets_nothing_into_the_policy(browser: Browser) -> None:
    answer = await browser.client.get("/guide", headers=BROWSER | {"Host": "x; script-src *"})
    assert "script-src *" not in answer.headers.get("Content-Security-Policy", "")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"a=" + b"x" * 100_000, "application/x-www-form-urlencoded", 413),
        (b"{}", "application/json", 415),
        (b"csrf=1", "multipart/form-data; boundary=x", 415),
        (b"a=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"\xff\xfe", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"f%d=1" % n for n in range(60)), "application/x-www-form-urlencoded", 400),
        (b"csrf=1&csrf=2", "application/x-www-form-urlencoded", 400),
    ],
)
async def test_what_no_form_of_ours_sends_is_refused(
    browser: Browser, body: bytes, kind: str, status: int
) -> None:
    answer = await browser.client.post("/language", data=body, headers={"Content-Type": kind})
    assert answer.status == status
    assert (await browser.get("/guide")).status == 200
