"""A page that lies gets nothing for it; a page that is only unlucky is not taken for a liar."""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Browser, expect

from foundation.database import Database
from tests.browser import apart
from tests.browser.conftest import StartSite, in_one_loop, one_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.test_talk import CAST, ROOM, books_hold, room_title

pytestmark = [pytest.mark.browser, one_talk, pytest.mark.timeout(400)]

CALLER = "健太"
TAMPERED = Path(__file__).with_name("tampered.js")
# The real distances, with beats that come more often: a contradiction needs 9 s to show.
FAIR = {
    "HITOTOKI_DISAGREE_SECONDS": "4",
    "HITOTOKI_SILENCE_SECONDS": "15",
    "HITOTOKI_RETURN_SECONDS": "30",
    "HITOTOKI_MINUTE_SECONDS": "60",
}

Meet = Callable[[], Awaitable[tuple[Person, Person]]]


@in_one_loop()
async def meet(browser: Browser, start_site: StartSite, database: Database) -> Meet:
    """The caller and the cast in a talk, in pages that can be made to lie."""

    async def begin() -> tuple[Person, Person]:
        site = await start_site(**FAIR)
        cast = await Person.arrive(browser, site.url, CAST, PHONE)
        caller = await Person.arrive(browser, site.url, CALLER, PHONE)
        for person in (cast, caller):
            await person.page.add_init_script(path=TAMPERED)
        await cast.stand_by(await room_title(database))
        await caller.enter(ROOM)
        await caller.see("talking", 60)
        await cast.see("talking", 60)
        return caller, cast

    return begin


async def talk(database: Database, what: str) -> object:
    """What stands in the row of the only talk."""
    async with database.transaction() as tx:
        return await tx.scalar(sa.text(f"SELECT {what} FROM talks ORDER BY id DESC LIMIT 1"))


async def shown(person: Person) -> list[str]:
    return list(await person.page.evaluate("window.shown"))


async def test_a_caller_who_denies_what_arrives_gets_no_free_talk(
    meet: Meet, database: Database
) -> None:
    caller, cast = await meet()
    await caller.page.evaluate("window.lie = 'denies'")
    # Both pages say why; the honest side shows itself no longer, but still sees itself.
    veil = "talk-stage [data-part=veil][data-kind=disagree]"
    await cast.page.locator(veil).wait_for(timeout=60 * SECONDS)
    await cast.page.wait_for_function("() => window.lit('video') === false", timeout=30 * SECONDS)
    assert await cast.page.evaluate("window.lit('audio')") is False
    own = "document.querySelector('[data-part=self-video]').srcObject.getVideoTracks()[0]"
    assert await cast.page.evaluate(f"{own}.enabled") is True
    for person in (caller, cast):
        await person.see_account(60)
        account = await person.account()
        assert account["end_reason"] == "reports_disagree"
        assert account["charged_minutes"] == 0
    words = cast.page.locator("body")
    await expect(words).to_contain_text("お互いの受信記録が食い違ったため、通話を終えました")
    await books_hold(database)


async def test_a_cast_who_invents_reports_earns_nothing_by_it(
    meet: Meet, database: Database
) -> None:
    caller, cast = await meet()
    proved = int(str(await talk(database, "connected_ms")))
    await cast.page.evaluate(
        "window.lie = 'invents';"
        "window.connections.at(-1).getSenders().forEach((sender) => sender.replaceTrack(null))"
    )
    await caller.page.locator("talk-stage [data-part=veil]:visible").wait_for()
    await caller.see_account(90)
    account = await caller.account()
    assert account["end_reason"] in ("reports_disagree", "connection_lost")
    assert account["charged_minutes"] == 0
    # Nothing of the time in which nothing was sent was counted.
    assert account["free_ms"] + account["paid_ms"] < proved + 30_000
    assert await talk(database, "(SELECT count(*) FROM charges)") == 0
    await books_hold(database)


async def test_honest_pages_never_contradict_each_other(meet: Meet, database: Database) -> None:
    caller, cast = await meet()
    # The camera is off for a while, and on again.
    await caller.page.locator("[data-part=camera]").click()
    await caller.page.wait_for_timeout(16 * SECONDS)
    await caller.page.locator("[data-part=camera]").click()
    await caller.page.wait_for_timeout(4 * SECONDS)
    # One listens in silence: a muted microphone sends on.
    await cast.page.locator("[data-part=mic]").click()
    await cast.page.wait_for_timeout(12 * SECONDS)
    # The page lies in the background.
    await cast.page.evaluate(
        "Object.defineProperty(document, 'hidden', { value: true });"
        "document.dispatchEvent(new Event('visibilitychange'))"
    )
    await cast.page.wait_for_timeout(12 * SECONDS)
    # A page is held up for longer than a contradiction takes to show.
    await caller.page.evaluate("{ const end = Date.now() + 14000; while (Date.now() < end); }")
    await caller.see("talking", 60)
    await cast.see("talking", 60)
    for person in (caller, cast):
        assert not [seen for seen in await shown(person) if "disagree" in seen]
    assert await talk(database, "disagree_ms") == 0
    await caller.page.wait_for_function("() => window.lit('audio') === true", timeout=30 * SECONDS)
    # Who had muted the microphone is still muted, whatever was dark meanwhile.
    assert await cast.page.evaluate("window.lit('audio')") is False
    await caller.hang_up()
    await caller.see_account()
    assert (await caller.account())["end_reason"] == "caller_left"
    await books_hold(database)


async def test_a_frozen_picture_stops_the_meter_until_both_go_on_by_voice(
    meet: Meet, database: Database
) -> None:
    caller, cast = await meet()
    await caller.page.evaluate("window.lie = 'freezes'")
    for person, kind in ((caller, "frozen"), (cast, "frozen_other")):
        veil = person.page.locator(f"talk-stage [data-part=veil][data-kind={kind}]:visible")
        await veil.wait_for(timeout=60 * SECONDS)
        await expect(veil).to_contain_text("音声だけで続けますか？")
    stands = await caller.value("meter-time")
    await caller.page.get_by_role("button", name="音声だけで続ける").click()
    await expect(caller.page.locator("[data-part=veil-text]")).to_contain_text("返事を待っています")
    assert await caller.value("meter-time") == stands
    await cast.page.get_by_role("button", name="音声だけで続ける").click()
    await caller.see("talking")
    await cast.see("talking")
    # Asked once: nobody is asked for a picture again, though none comes.
    await caller.page.wait_for_timeout(14 * SECONDS)
    assert await caller.page.locator("talk-stage[data-state=talking]").count() == 1
    await caller.hang_up()
    await caller.see_account()
    await expect(caller.page.locator("body")).to_contain_text("映像が止まっていました")
    await cast.see_account()
    await expect(cast.page.locator("body")).to_contain_text("映像が止まっていました")
    await books_hold(database)


async def test_a_bad_line_is_no_lie(start_site: StartSite, database: Database) -> None:
    async with AsyncExitStack() as opened:

        async def prepare(caller: Person, cast: Person) -> None:
            for person in (caller, cast):
                await person.page.add_init_script(path=TAMPERED)

        both = await apart.meet(opened, start_site, database, prepare, lossy=True, **FAIR)
        for loss in (0.05, 0.2):
            both.lab.hosts[1].loss = loss
            await both.caller.page.wait_for_timeout(20 * SECONDS)
        both.lab.hosts[1].loss = 0.0
        await both.caller.see("talking", 60)
        for person in (both.caller, both.cast):
            assert not [seen for seen in await shown(person) if "disagree" in seen]
        assert await talk(database, "disagree_ms") == 0
        assert await talk(database, "ended_at") is None
