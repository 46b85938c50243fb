"""A member's view history: theirs to see, to erase and to switch off."""

from foundation.database import Database
from tests.web.scene import Browser, make_room, make_user


async def test_a_room_that_was_looked_at_is_listed_until_it_is_erased(
    browser: Browser, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    await browser.sign_in(await make_user(database), database)
    assert "まだ履歴はありません" in await (await browser.get("/viewed")).text()
    await browser.get(f"/rooms/{room}")
    assert f'href="/rooms/{room}"' in await (await browser.get("/viewed")).text()
    answer = await browser.post("/viewed/erase", {"room": str(room)})
    assert (answer.status, answer.headers["Location"]) == (303, "/viewed")
    assert f'href="/rooms/{room}"' not in await (await browser.get("/viewed")).text()


async def test_switched_off_nothing_is_kept(browser: Browser, database: Database) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    await browser.sign_in(await make_user(database), database)
    await browser.get(f"/rooms/{room}")
    assert (await browser.post("/viewed/keep", {"on": "0"})).status == 303
    await browser.get(f"/rooms/{room}")
    page = await (await browser.get("/viewed")).text()
    assert "表示履歴を残していません" in page
    assert f'href="/rooms/{room}"' not in page
    await browser.post("/viewed/keep", {"on": "1"})
    await browser.get(f"/rooms/{room}")
    assert f'href="/rooms/{room}"' in await (await browser.get("/viewed")).text()


async def test_a_visitor_signs_in_first(browser: Browser) -> None:
    assert (await browser.get("/viewed")).headers["Location"] == "/sign-in?next=/viewed"
    answer = await browser.post("/viewed/erase", {"room": "1"})
    assert answer.status in (302, 303)
    assert "/sign-in" in answer.headers["Location"]


async def test_favourites_show_the_next_time_and_their_count(
    browser: Browser, database: Database
) -> None:
    cast = await make_user(database, is_cast=True)
    await make_room(database, cast, rate=120, waiting=False)
    await browser.sign_in(await make_user(database), database)
    await browser.post(f"/casts/{cast.id}/favourite", {"on": "1"})
    for path in ("/favourites", "/favourites?sort=added"):
        page = await (await browser.get(path)).text()
        assert "1人" in page
        assert "¥120" in page
        assert "予定はありません" in page
