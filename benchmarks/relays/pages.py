"""Two pages of a real Chromium that see each other, by the relay or directly."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ORIGIN = "https://talk.example/"
FLAGS = [
    "--use-fake-device-for-media-stream=fps=30", "--use-fake-ui-for-media-stream", "--no-sandbox",
    "--disable-gpu", "--mute-audio", "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows",
]  # fmt: skip
SECONDS = 30
PAGE = """<!doctype html><video id="other" autoplay playsinline width="320"></video><script>
let pc, pending = [];
async function begin(width, height, kbit) {
  const stream = await navigator.mediaDevices.getUserMedia(
    { audio: true, video: { width, height, frameRate: 30 } });
  pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  pc.ontrack = ({ streams: [stream] }) => { other.srcObject = stream; };
  for (const track of stream.getTracks()) {
    const sender = pc.addTrack(track, stream);
    if (track.kind !== "video" || !kbit) continue;
    const parameters = sender.getParameters();
    parameters.encodings[0].maxBitrate = 1000 * kbit;
    parameters.degradationPreference = "maintain-resolution";
    await sender.setParameters(parameters);
  }
  window.notes = [];
  window.channel = pc.createDataChannel("notes", { negotiated: true, id: 0 });
  channel.onmessage = ({ data }) => notes.push(data);
}
const gathered = () => new Promise((done) => {
  if (pc.iceGatheringState === "complete") done();
  pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && done();
  setTimeout(done, 2000);
});
async function offer() {
  await pc.setLocalDescription(await pc.createOffer());
  return pc.localDescription.sdp;
}
async function whole() { await gathered(); return pc.localDescription.sdp; }
async function take(type, sdp) {
  await pc.setRemoteDescription({ type, sdp });
  if (type === "offer") await pc.setLocalDescription();
}
async function look() {
  const all = [...(await pc.getStats()).values()];
  const found = { state: pc.connectionState, at: performance.now(), notes };
  for (const each of all) {
    if (each.type === "inbound-rtp") found["in_" + each.kind] = each;
    if (each.type === "outbound-rtp") found["out_" + each.kind] = each;
    if (each.type === "remote-inbound-rtp") found["reported_" + each.kind] = each;
    if (each.type === "candidate-pair" && each.nominated) found.way = each;
  }
  return found;
}
</script>"""


@dataclass(frozen=True)
class Sight:
    """What one page has of the other's picture over some seconds."""

    frames: float
    seconds: float
    freezes: float
    frozen: float
    width: float
    height: float
    kbit: float
    nacks: float
    pictures_asked: float

    @property
    def fps(self) -> float:
        """Pictures a second."""
        return self.frames / self.seconds


def sight(before: dict[str, Any], after: dict[str, Any]) -> Sight:
    """Compare two looks."""
    one, two = before["in_video"], after["in_video"]

    def grown(name: str) -> float:
        return float(two.get(name, 0) - one.get(name, 0))

    seconds = (after["at"] - before["at"]) / 1000
    return Sight(
        frames=grown("framesDecoded"),
        seconds=seconds,
        freezes=grown("freezeCount"),
        frozen=grown("totalFreezesDuration"),
        width=two.get("frameWidth", 0),
        height=two.get("frameHeight", 0),
        kbit=8 * grown("bytesReceived") / seconds / 1000,
        nacks=grown("nackCount"),
        pictures_asked=two.get("pliCount", 0),
    )


Answer = Callable[[str, str], Awaitable[str]]


@asynccontextmanager
async def pages(size: tuple[int, int], kbit: int) -> AsyncIterator[tuple[Page, Page]]:
    """Open two pages with a camera of that size, each in a browser of its own."""
    async with async_playwright() as playwright:
        opened = []
        browsers = []
        for _ in range(2):
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            browsers.append(browser)
            page = await browser.new_page()
            await page.route(f"{ORIGIN}**", lambda route: route.fulfill(
                body=PAGE, content_type="text/html"))  # fmt: skip
            await page.goto(ORIGIN)
            await page.evaluate("([w, h, kbit]) => begin(w, h, kbit)", [*size, kbit])
            opened.append(page)
        yield opened[0], opened[1]
        for browser in browsers:
            await browser.close()


async def connect(one: Page, other: Page, answer: Answer | None) -> None:
    """Let the two meet: where there is an `answer`, by the server that gives it."""
    if answer:
        for page, side in ((one, "caller"), (other, "cast")):
            sdp = await answer(side, await page.evaluate("offer()"))
            await page.evaluate("(sdp) => take('answer', sdp)", sdp)
    else:
        await one.evaluate("offer()")
        await other.evaluate("(sdp) => take('offer', sdp)", await one.evaluate("whole()"))
        await one.evaluate("(sdp) => take('answer', sdp)", await other.evaluate("whole()"))
    async with asyncio.timeout(SECONDS):
        for page in (one, other):
            while not (await page.evaluate("look()")).get("in_video", {}).get("framesDecoded"):
                await asyncio.sleep(0.1)
