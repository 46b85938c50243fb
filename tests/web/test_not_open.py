"""Before the site is open a stranger sees that it will be, and nothing else, by whichever door."""

import pytest
import sqlalchemy as sa
from aiohttp import WSServerHandshakeError
from aiohttp.web import Application

from foundation.database import Database
from foundation.settings import Settings
from record import opening
from tests.web.conftest import Open
from tests.web.scene import SCRIPT, Browser, make_room, make_user
from tests.web.staff.scene import make_staff
from web.http.opening.gate import Gate
from web.routes import routes

# What answers to anybody all the same, and why.
ANSWERS = {
    "/sign-in": "staff come in",
    "/sign-in/second": "their second factor",
    "/healthz": "load balancers ask",
    "/metrics": "to machines that are near",
    "/.well-known/apple-developer-merchantid-domain-association": "Apple asks before the opening",
}


@pytest.fixture
async def closed(owner_database: Database) -> None:
    """Nobody has opened the site."""
    async with owner_database.transaction() as tx:
        await tx.execute(sa.text("DELETE FROM site_opening"))


def addresses(settings: Settings) -> set[tuple[str, str]]:
    """Return the methods and addresses of a site that is no demo, with numbers in their places."""
    app = Application()
    app.add_routes(routes(settings))
    found = {(one.method, one.resource.canonical) for one in app.router.routes() if one.resource}
    return {
        (method, "/".join("1" if "{" in part else part for part in path.split("/")))
        for method, path in found
        if method in ("GET", "POST") and path != "/static"
    }


async def says_closed(browser: Browser, method: str, path: str) -> bool:
    answer = await browser.client.request(method, path, allow_redirects=False)
    return answer.status == 503 and "準備中" in await answer.text()


async def test_a_stranger_finds_every_address_closed(
    closed: None, open_browser: Open, settings: Settings
) -> None:
    everything = settings.model_copy(update={"demo": False, "board": True, "telephone": True})
    browser = await open_browser(demo=False, board=True, telephone=True)
    paths = addresses(everything) | {("GET", "/nowhere"), ("POST", "/nowhere")}
    paths |= {("GET", "/robots.txt"), ("GET", "/sitemap.xml"), ("GET", "/sitemaps/1.xml")}
    assert len(paths) > 300
    open_ones = {
        (method, path) for method, path in paths if not await says_closed(browser, method, path)
    }
    allowed = {
        *ANSWERS, "/sign-in/passkey", "/sign-in/passkey/options", "/sign-out", "/language",
        "/webhooks/payments",
    }  # fmt: skip
    assert {path for _, path in open_ones} <= allowed, open_ones


async def test_a_script_is_told_so_in_its_form(closed: None, open_browser: Open) -> None:
    browser = await open_browser(demo=False)
    answer = await browser.client.get("/", headers=SCRIPT)
    assert answer.status == 503
    assert (await answer.json())["code"] == "not_open"


async def test_no_socket_opens(closed: None, open_browser: Open) -> None:
    browser = await open_browser(demo=False)
    with pytest.raises(WSServerHandshakeError) as refused:
        await browser.client.ws_connect("/socket.io/?EIO=4&transport=websocket")
    assert refused.value.status == 503


async def test_nobody_registers(closed: None, open_browser: Open, database: Database) -> None:
    browser = await open_browser(demo=False)
    answer = await browser.client.post("/sign-up", data={"email": "a@example.jp"})
    assert answer.status == 503
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT count(*) FROM registrations")) == 0


async def test_the_page_tells_engines_to_come_later_and_nothing_of_the_site(
    closed: None, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await make_room(database, await make_user(database, nickname="ないしょ", is_cast=True))
    answer = await browser.get("/")
    page = await answer.text()
    assert answer.headers["Retry-After"] == "3600"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert "ないしょ" not in page
    assert 'lang="en"' in page
    assert "<script" not in page


async def test_a_member_who_signs_in_sees_no_more(
    closed: None, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await browser.sign_in(await make_user(database, is_cast=True), database)
    assert await says_closed(browser, "GET", "/")
    assert await says_closed(browser, "GET", "/console")


async def test_staff_see_the_site_and_are_led_to_the_steps(
    closed: None, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await browser.sign_in(await make_staff(database, "administrator"), database)
    assert (await browser.get("/")).status == 200
    assert (await browser.get("/staff")).headers["Location"] == "/staff/opening"


async def test_support_sees_the_site_but_no_steps(
    closed: None, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await browser.sign_in(await make_staff(database, "support"), database)
    assert (await browser.get("/")).status == 200
    assert (await browser.get("/staff/opening")).status == 404


async def test_a_demo_is_always_open(closed: None, browser: Browser) -> None:
    assert (await browser.get("/")).status == 200


async def test_nothing_opens_before_it_is_ready(
    closed: None, open_browser: Open, database: Database
) -> None:
    browser = await open_browser(demo=False)
    await browser.sign_in(await make_staff(database, "administrator"), database)
    answer = await browser.post("/staff/opening", {"reason": "よい日なので"})
    assert answer.status == 409
    async with database.transaction() as tx:
        assert not await opening.is_open(tx)


async def test_it_is_opened_once_and_that_is_logged(closed: None, database: Database) -> None:
    staff = await make_staff(database, "administrator")
    async with database.transaction() as tx:
        assert await opening.open_site(tx, "よい日なので", actor_id=staff.id)
        assert not await opening.open_site(tx, "もう一度", actor_id=staff.id)
    async with database.transaction() as tx:
        acts = (await tx.execute(sa.text("SELECT act, reason FROM staff_acts"))).all()
    assert [tuple(row) for row in acts] == [("site.open", "よい日なので")]


async def test_what_is_open_stays_open(database: Database) -> None:
    with pytest.raises(Exception, match="permission denied"):
        async with database.transaction() as tx:
            await tx.execute(sa.text("DELETE FROM site_opening"))


async def test_a_process_asks_no_more_once_it_is_open(
    database: Database, settings: Settings
) -> None:
    gate = Gate(settings.model_copy(update={"demo": False}))
    assert await gate.is_open(database)
    await database.close()
    assert await gate.is_open(Database("postgresql://nobody@127.0.0.1:9/none"))


async def test_another_process_learns_of_it_within_a_second(
    closed: None, database: Database, settings: Settings
) -> None:
    now = [0.0]
    gate = Gate(settings.model_copy(update={"demo": False}), lambda: now[0])
    assert not await gate.is_open(database)
    async with database.transaction() as tx:
        await opening.open_site(tx, "よい日なので", actor_id=None)
    now[0] = 0.5
    assert not await gate.is_open(database)
    now[0] = 1.0
    assert await gate.is_open(database)
