"""Where one goes on after the registration: to the room from which one came, by its cast's name."""

import pytest

from foundation.database import Database
from tests.web.scene import Browser, give, make_room, make_user


@pytest.mark.parametrize("way", ["", "/enter", "?from=list"])
async def test_who_came_from_a_room_is_led_back_by_its_casts_name(
    browser: Browser, database: Database, way: str
) -> None:
    room = await make_room(database, await make_user(database, nickname="みどり", is_cast=True))
    await browser.sign_in(await make_user(database, nickname="けんじ"), database)
    page = await (
        await browser.get(f"/sign-up/done?next=/rooms/{room}{way.replace('?', '%3F')}")
    ).text()
    assert "みどりさんのルームへ戻る" in page


async def test_whoever_signs_up_from_a_room_does_not_lose_it(
    browser: Browser, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    page = await (await browser.get(f"/rooms/{room}")).text()
    for way in ("sign-up", "sign-in"):
        assert f'href="/{way}?next=/rooms/{room}"' in page
    page = await (await browser.get(f"/sign-in?next=/rooms/{room}")).text()
    assert f'href="/sign-up?next=/rooms/{room}"' in page
    page = await (await browser.get("/guide")).text()
    assert 'href="/sign-up"' in page


async def test_who_has_too_few_points_for_the_room_is_led_to_them_first(
    browser: Browser, database: Database
) -> None:
    cast = await make_user(database, nickname="みどり", is_cast=True)
    room = await make_room(database, cast, rate=70)
    member = await make_user(database, nickname="けんじ")
    await browser.sign_in(member, database)
    done = f"/sign-up/done?next=/rooms/{room}/enter"
    page = await (await browser.get(done)).text()
    assert f'href="/points/buy?need=350&amp;next=/rooms/{room}/enter"' in page
    await give(database, member, 350)
    assert "/points/buy" not in await (await browser.get(done)).text()


@pytest.mark.parametrize("after", ["/rooms/999", "/rooms/9999999999999999999", "/points/buy"])
async def test_any_other_page_is_the_one_before(
    browser: Browser, database: Database, after: str
) -> None:
    await browser.sign_in(await make_user(database, nickname="けんじ"), database)
    page = await (await browser.get(f"/sign-up/done?next={after}")).text()
    assert "もとのページへ" in page
