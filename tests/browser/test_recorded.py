"""Two real browsers by the relay, recorded: what flashes and beeps at once does so in the file."""

import asyncio
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from playwright.async_api import Browser, Page

from media.recording.files import RecordingFiles
from media.recording.parts import PartInfo
from media.relay.relay import Relay
from media.relay.terms import LegKey, RelaySettings, Side
from tests.browser.conftest import one_talk
from tests.media.recording.studio import KEY, MEGABYTE, offsets, watch

pytestmark = [pytest.mark.browser, one_talk]
ORIGIN = "https://talk.example/"
SIDES: tuple[Side, Side] = ("caller", "cast")
FLASHES = 6
IN_STEP_SECONDS = 0.04
PAGE = """<!doctype html><canvas id="picture" width="320" height="240"></canvas><script>
let pc, flashes = 0;
async function begin(codec) {
  const sound = new AudioContext();
  await sound.resume();
  const tone = sound.createOscillator(), gain = sound.createGain();
  const end = sound.createMediaStreamDestination();
  gain.gain.value = 0;
  tone.frequency.value = 1000;
  tone.connect(gain).connect(end);
  tone.start();
  const pen = picture.getContext("2d");
  let tick = 0, last = -1;
  setInterval(() => {
    const now = performance.now(), second = Math.floor(now / 1000), on = now % 1000 < 150;
    if (on && second !== last) {
      last = second;
      flashes += 1;
      gain.gain.setValueAtTime(0.9, sound.currentTime);
      gain.gain.setValueAtTime(0, sound.currentTime + 0.1);
    }
    pen.fillStyle = on ? "#fff" : (tick++ % 2 ? "#000" : "#040404");
    pen.fillRect(0, 0, 320, 240);
  }, 16);
  const stream = picture.captureStream(30);
  stream.addTrack(end.stream.getAudioTracks()[0]);
  pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  for (const track of stream.getTracks()) pc.addTrack(track, stream);
  const one = (line) => /packetization-mode=1/.test(line) && /42e01f/.test(line);
  const wanted = ({ mimeType, sdpFmtpLine }) => mimeType === "video/rtx"
    || (mimeType === codec && (codec === "video/VP8" || one(sdpFmtpLine)));
  pc.getTransceivers().find(({ sender }) => sender.track.kind === "video")
    .setCodecPreferences(RTCRtpReceiver.getCapabilities("video").codecs.filter(wanted));
  pc.createDataChannel("notes", { negotiated: true, id: 0 });
}
async function offer() {
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}
</script>"""


async def opened(browser: Browser, codec: str) -> Page:
    """Open a page that flashes and beeps."""
    page = await (await browser.new_context()).new_page()
    await page.route(
        f"{ORIGIN}**", lambda route: route.fulfill(body=PAGE, content_type="text/html")
    )
    await page.goto(ORIGIN)
    await page.mouse.click(10, 10)
    await page.evaluate("(codec) => begin(codec)", codec)
    return page


async def meet(relay: Relay, pages: list[Page], pair: int) -> None:
    """Let both pages connect to the relay."""
    for side, page in zip(SIDES, pages, strict=True):
        answer = await relay.answer(LegKey(1, pair, side), await page.evaluate("offer()"))
        await page.evaluate("(sdp) => pc.setRemoteDescription({ type: 'answer', sdp })", answer)


async def flashed(page: Page, times: int) -> None:
    """Wait until a page has flashed so often from now on."""
    goal = await page.evaluate("flashes") + times
    async with asyncio.timeout(120):
        while await page.evaluate("flashes") < goal:
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("codec", ["video/VP8", "video/H264"])
async def test_sound_and_picture_of_real_browsers_are_in_step(
    browser: Browser, tmp_path: Path, codec: str
) -> None:
    relay = Relay(RelaySettings())
    files = RecordingFiles(tmp_path, KEY, 100 * MEGABYTE)
    parts: list[PartInfo] = []
    failed: list[str] = []
    pages = [await opened(browser, codec) for _ in SIDES]
    recorder = files.begin(
        7, lambda side: relay.ask_key_frame(1, side), parts.append, failed.append
    )
    relay.tap(1, recorder)
    await meet(relay, pages, 1)
    await flashed(pages[0], FLASHES + 4)
    relay.tap(1, None)
    await recorder.stop()
    await relay.close()
    files.close()
    assert failed == []
    assert sorted(part.side for part in parts) == ["caller", "cast"]
    for part in parts:
        assert part.whole
        seen = watch(files, part.name)
        found = offsets(seen)
        assert len(found) >= FLASHES
        # A flash is seen with the picture that follows it: how often one comes is the browser's.
        grain = median(after - at for at, after in pairwise(seen.pictures))
        assert median(abs(one) for one in found) <= IN_STEP_SECONDS + grain, found
