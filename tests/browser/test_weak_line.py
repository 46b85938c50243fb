"""A bad line takes the picture before the voice, says so on both pages, and costs nobody."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.async_api import Locator, expect

from foundation.database import Database
from tests.browser import apart
from tests.browser.apart import Apart
from tests.browser.conftest import StartSite, in_one_loop, other_talk, whole_browser
from tests.browser.lab import Host, NoLabError
from tests.browser.person import SECONDS, Person
from tests.browser.test_fairness import TAMPERED
from tests.browser.test_talk import books_hold

pytestmark = [pytest.mark.browser, whole_browser, other_talk, pytest.mark.timeout(400)]

NARROW_KBIT = 256
# Bytes of speech in three seconds, a quarter of them lost: the fake microphone sends some
# 2 kB a second of its tones.
LEAST_HEARD = 2_000
# A try in vain puts the next one off, so the way up may take this long.
UP_SECONDS = 150
# The distances of a real site, so that a picture has as long to come as it has there.
REAL = {
    "HITOTOKI_SILENCE_SECONDS": "15",
    "HITOTOKI_RETURN_SECONDS": "90",
    "HITOTOKI_MINUTE_SECONDS": "20",
}

# The fake camera is so plain that any line carries it: this picture changes all over, as a face
# before a window of a train does.
LIVELY = """(() => {
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (wanted) => {
    const stream = await real(wanted);
    const [plain] = stream.getVideoTracks();
    if (!plain) return stream;
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
    const pen = canvas.getContext("2d");
    setInterval(() => {
      for (let i = 0; i < 400; i += 1) {
        pen.fillStyle = `hsl(${Math.random() * 360} 60% 50%)`;
        pen.fillRect(Math.random() * 640, Math.random() * 480, 24, 24);
      }
    }, 100);
    stream.removeTrack(plain);
    stream.addTrack(canvas.captureStream(10).getVideoTracks()[0]);
    return stream;
  };
})()"""
HEARD = """async () => {
  const found = [...(await window.connections.at(-1).getStats()).values()];
  const sound = found.filter(({ type, kind }) => type === "inbound-rtp" && kind === "audio");
  return sound.reduce((total, { bytesReceived }) => total + bytesReceived, 0);
}"""
SENDS = """(kind) => window.connections.at(-1).getSenders()
  .find(({ track }) => track?.kind === kind).getParameters().encodings[0]"""
SPEECH = """() => window.connections.at(-1).localDescription.sdp"""

Meet = Callable[..., Awaitable[Apart]]


@in_one_loop()
async def meet(start_site: StartSite, database: Database) -> AsyncIterator[Meet]:
    """Lets two people on two computers meet in a talk; `lossy` lines can lose packets."""
    async with AsyncExitStack() as opened:

        async def begin(*, lossy: bool = False) -> Apart:
            async def prepare(caller: Person, cast: Person) -> None:
                for person in (caller, cast):
                    await person.page.add_init_script(path=TAMPERED)
                await caller.page.add_init_script(LIVELY)

            return await apart.meet(opened, start_site, database, prepare, lossy=lossy, **REAL)

        yield begin


def narrow(host: Host, kbit: int) -> None:
    try:
        host.narrow(kbit)
    except NoLabError as reason:
        pytest.skip(f"no narrow bands here: {reason}")


def own_line(person: Person) -> Locator:
    return person.page.locator("[data-part=own-line]")


def other_line(person: Person) -> Locator:
    return person.page.locator("[data-part=other-line]")


async def hears(person: Person, seconds: float = 3) -> int:
    """Return how many bytes of the other's voice come within some seconds."""
    before = int(await person.page.evaluate(HEARD))
    await person.page.wait_for_timeout(seconds * SECONDS)
    return int(await person.page.evaluate(HEARD)) - before


async def sends(person: Person, kind: str) -> dict[str, Any]:
    found = await person.page.evaluate(SENDS, kind)
    assert isinstance(found, dict)
    return found


async def stopped(database: Database) -> int:
    """Return how often the meter has stopped."""
    stops = sa.text("SELECT count(*) FROM talk_spans WHERE kind = 'interrupted'")
    async with database.transaction() as tx:
        return int(await tx.scalar(stops) or 0)


async def is_whole(both: Apart, database: Database) -> None:
    """Nobody was contradicted, the books hold, and no script broke."""
    async with database.transaction() as tx:
        assert await tx.scalar(sa.text("SELECT disagree_ms FROM talks")) == 0
    await books_hold(database)
    assert both.caller.problems == both.cast.problems == []


async def test_a_narrow_uplink_keeps_the_voice_and_says_why_the_picture_is_small(
    meet: Meet, database: Database
) -> None:
    both = await meet()
    caller, cast = both.caller, both.cast
    host = both.people["caller"][1]
    # The voice is whole: its own spare against loss, and no gaps where somebody is silent.
    for person in (caller, cast):
        speech = str(await person.page.evaluate(SPEECH))
        assert "useinbandfec=1" in speech
        assert "usedtx=1" not in speech
        assert (await sends(person, "audio"))["priority"] == "high"
        await expect(own_line(person)).to_be_hidden()
    await apart.settle(both)
    stops = await stopped(database)

    narrow(host, NARROW_KBIT)
    await expect(own_line(caller)).to_contain_text("上りの回線が弱いため", timeout=60 * SECONDS)
    await expect(other_line(cast)).to_contain_text("相手の回線が弱くなっています")
    await expect(own_line(cast)).to_be_hidden()
    await expect(other_line(caller)).to_be_hidden()
    assert (await sends(caller, "video"))["maxBitrate"] <= 250_000
    assert await hears(cast) > LEAST_HEARD
    assert await hears(caller) > LEAST_HEARD
    for person in (caller, cast):
        await person.see("talking")

    host.widen()
    await expect(own_line(caller)).to_be_hidden(timeout=UP_SECONDS * SECONDS)
    await expect(other_line(cast)).to_be_hidden()
    assert (await sends(caller, "video"))["maxBitrate"] >= 500_000
    assert await cast.sees_the_other_move()
    assert await stopped(database) == stops
    await is_whole(both, database)


async def test_loss_takes_the_picture_when_it_would_take_the_voice(
    meet: Meet, database: Database
) -> None:
    both = await meet(lossy=True)
    caller, cast = both.caller, both.cast
    host = both.people["caller"][1]
    await apart.settle(both)
    stops = await stopped(database)

    host.loss = 0.05
    await apart.settle(both, 15)
    assert await cast.sees_the_other_move()
    await expect(own_line(caller)).not_to_contain_text("声だけ")

    host.loss = 0.25
    await expect(own_line(caller)).to_contain_text("声だけを送っています", timeout=60 * SECONDS)
    await expect(cast.page.locator("[data-part=voice-note]")).to_have_text(
        "回線がよくなると、映像が戻ります"
    )
    await expect(other_line(cast)).to_be_visible()
    assert await caller.page.evaluate("window.lit('video')") is False
    assert await caller.page.evaluate("window.lit('audio')") is True
    assert await hears(cast) > LEAST_HEARD
    # The evidence says it as it is: a picture that is not on.
    await told_that_it_is_off(database)

    host.loss = 0.0
    await expect(own_line(caller)).to_be_hidden(timeout=UP_SECONDS * SECONDS)
    await expect(other_line(cast)).to_be_hidden()
    assert await caller.page.evaluate("window.lit('video')") is True
    assert await cast.sees_the_other_move()
    assert await stopped(database) == stops
    await is_whole(both, database)


async def told_that_it_is_off(database: Database) -> None:
    """Wait for a beat of the caller's that calls the picture off while something of it is sent."""
    beats = sa.text(
        "SELECT count(*) FROM beats WHERE side = 'caller' AND NOT video_on AND video_sent > 0"
    )
    for _ in range(100):
        async with database.transaction() as tx:
            if await tx.scalar(beats):
                return
        await asyncio.sleep(0.2)
    raise AssertionError("no beat called the picture off")
