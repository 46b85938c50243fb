"""A cast's public page shows what is everybody's to know, and to whom it is."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from people.accounts.tables import blocks, users
from people.meeting.tables import profiles
from rooms.booking import slots
from rooms.ground.tables import rooms
from rooms.lobby import presence
from rooms.talk.past import history, talked
from tests.rooms.booked import Booked
from tests.web.conftest import Open
from tests.web.scene import Browser, make_room, make_user
from tests.world import World


@pytest.fixture
async def cast(database: Database) -> User:
    return await make_user(database, is_cast=True, nickname="さくら")


async def text(browser: Browser, path: str) -> str:
    return await (await browser.get(path)).text()


async def test_everybody_sees_a_cast_with_their_rooms(
    browser: Browser, database: Database, cast: User
) -> None:
    open_room = await make_room(database, cast, rate=80)
    hidden = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).where(rooms.c.id == hidden).values(published=False))
        await tx.execute(
            sa.insert(profiles).values(
                user_id=cast.id, text="京都の<b>町</b>", languages=["en", "ja"]
            )
        )
    page = await text(browser, f"/casts/{cast.id}")
    assert page.count("<h1") == 1
    assert f'href="/rooms/{open_room}"' in page
    assert f'href="/rooms/{hidden}"' not in page
    assert "京都の&lt;b&gt;町&lt;/b&gt;" in page
    assert "¥80" in page
    assert "英語" in page
    assert 'name="description" content="京都の' in page
    assert f'href="/casts/{cast.id}"' in await text(browser, f"/rooms/{open_room}")
    assert f'href="/casts/{cast.id}"' in await text(browser, "/")


async def test_who_offers_nothing_is_nobodys_page_but_their_own(
    browser: Browser, open_browser: Open, database: Database, cast: User
) -> None:
    member = await make_user(database, nickname="けんじ")
    for user in (cast, member):
        assert (await browser.get(f"/casts/{user.id}")).status == 404
    assert (await browser.get("/casts/999999")).status == 404
    own = await open_browser()
    await own.sign_in(cast, database)
    page = await text(own, f"/casts/{cast.id}")
    assert "公開中のルームはありません" in page
    assert "noindex" in page


@pytest.mark.parametrize("state", ["banned_at", "suspended_until"])
async def test_who_may_not_come_in_has_no_page(
    browser: Browser, database: Database, cast: User, state: str
) -> None:
    await make_room(database, cast)
    async with database.transaction() as tx:
        later = sa.func.now() + timedelta(days=1)
        await tx.execute(sa.update(users).where(users.c.id == cast.id).values({state: later}))
    assert (await browser.get(f"/casts/{cast.id}")).status == 404


@pytest.mark.parametrize("blocks_other", ["cast", "member"])
async def test_a_block_hides_the_page(
    open_browser: Open, database: Database, cast: User, blocks_other: str
) -> None:
    await make_room(database, cast)
    member = await make_user(database)
    browser = await open_browser()
    await browser.sign_in(member, database)
    assert (await browser.get(f"/casts/{cast.id}")).status == 200
    pair = (cast.id, member.id) if blocks_other == "cast" else (member.id, cast.id)
    async with database.transaction() as tx:
        await tx.execute(sa.insert(blocks).values(blocker_id=pair[0], blocked_id=pair[1]))
    assert (await browser.get(f"/casts/{cast.id}")).status == 404


async def test_the_languages_are_the_casts_to_choose(
    open_browser: Open, database: Database, cast: User
) -> None:
    browser = await open_browser()
    await browser.sign_in(cast, database)
    form = {"text": "…", "topics": "", "language-ko": "1", "language-ja": "1", "language-xx": "1"}
    assert (await browser.post("/console/profile", form)).status == 303
    async with database.transaction() as tx:
        assert await tx.scalar(sa.select(profiles.c.languages)) == ["ja", "ko"]
    page = await text(browser, "/console/profile")
    assert page.count(" checked") == 2
    # What was ticked stays beside a text that is too long.
    refused = await browser.post("/console/profile", form | {"text": "あ" * 1001})
    assert refused.status == 422
    assert (await refused.text()).count(" checked") == 2


async def test_a_favourite_is_made_on_the_page(
    open_browser: Open, database: Database, cast: User
) -> None:
    await make_room(database, cast)
    browser = await open_browser()
    await browser.sign_in(await make_user(database), database)
    form = {"on": "1", "next": f"/casts/{cast.id}"}
    answer = await browser.post(f"/casts/{cast.id}/favourite", form)
    assert answer.headers["Location"] == f"/casts/{cast.id}"
    assert 'aria-pressed="true"' in await text(browser, f"/casts/{cast.id}")


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, (0, False)), (9, (9, False)), (10, (10, True)), (19, (10, True)), (99, (90, True)),
     (100, (100, True)), (250, (200, True)), (1000, (1000, True))],
)  # fmt: skip
def test_talks_are_told_in_round_figures(number: int, shown: tuple[int, bool]) -> None:
    found = talked.rounded(number)
    assert (found.times, found.at_least) == shown


async def test_only_talks_with_a_paid_minute_count(database: Database, settings: Settings) -> None:
    world = await World.of(database, settings, points=3000)

    async def times() -> int:
        async with database.transaction() as tx:
            return (await talked.times(tx, world.cast)).times

    async def leave() -> None:
        async with database.transaction() as tx:
            await history.leave(tx, settings, world.talk, world.caller)

    await world.enter()
    await world.beat()
    await world.talk_for(10)
    await leave()
    assert await times() == 0
    async with database.transaction() as tx:
        await presence.open_standby(tx, world.cast, world.room)
    await world.enter()
    await world.beat()
    await world.talk_for(70)
    assert await times() == 0
    await leave()
    assert await times() == 1


async def test_what_a_cast_does_elsewhere_is_not_in_their_timetable(
    database: Database, owner_database: Database, settings: Settings
) -> None:
    """U14: neither the reader's own bookings nor the cast's as somebody's caller."""
    world = await Booked.open(database, owner_database, settings)
    await world.book(10)

    async def kinds(cast: int, viewer: int | None) -> list[str]:
        async with database.transaction() as tx:
            found = await slots.days_of_cast(tx, settings, cast, [world.room], viewer, "UTC")
        return [part.kind for day in found for part in day.stretches]

    assert "taken" in await kinds(world.cast, None)
    # The same hours of somebody else, whom the caller of that booking looks at.
    other = await world.another("みどり")
    assert "taken" not in await kinds(other, world.caller)
    # And of the caller themself, were they a cast: then they are just not there.
    of_caller = await kinds(world.caller, None)
    assert "taken" not in of_caller
    assert len(of_caller) > len(await kinds(other, None))
