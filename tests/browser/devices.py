"""Microphones and cameras that can be pulled out, held by a phone call, and put back."""

from playwright.async_api import BrowserContext, Page

# Tracks that a page took are remembered, getUserMedia can be made to refuse or to wait for an
# answer, and the tones that are played are counted.
_HANDS = """(() => {
  const hands = { tracks: [], refuses: null, asks: 0, tones: 0, answer: () => {} };
  let answered = Promise.resolve();
  const devices = navigator.mediaDevices;
  const real = devices.getUserMedia.bind(devices);
  devices.getUserMedia = async (constraints) => {
    hands.asks += 1;
    await answered;
    if (hands.refuses) throw new DOMException('', hands.refuses);
    const stream = await real(constraints);
    hands.tracks.push(...stream.getTracks());
    return stream;
  };
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    hands.tones += 1;
    return start.apply(this, when);
  };
  const living = (kind) =>
    hands.tracks.filter((track) => track.kind === kind && track.readyState === 'live');
  hands.unplug = (kind, refusal) => {
    hands.refuses = refusal;
    for (const track of living(kind)) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
  };
  hands.plug = () => {
    hands.refuses = null;
    devices.dispatchEvent(new Event('devicechange'));
  };
  hands.hold = (kind, muted) => {
    for (const track of living(kind)) {
      Object.defineProperty(track, 'muted', { value: muted, configurable: true });
      track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
    }
  };
  hands.wait = () => { answered = new Promise((answer) => { hands.answer = answer; }); };
  window.hands = hands;
})()"""
ASKS_FROM_THE_START = f"{_HANDS}; window.hands.wait()"


async def lay_hands(context: BrowserContext) -> None:
    """Let every page of a browser have hands on its devices."""
    await context.add_init_script(_HANDS)


async def unplug(page: Page, kind: str, refusal: str = "NotFoundError") -> None:
    """Pull a device out; asking for one fails from now on."""
    await page.evaluate("([kind, refusal]) => hands.unplug(kind, refusal)", [kind, refusal])


async def plug(page: Page) -> None:
    """Put it back; the browser says that its devices have changed."""
    await page.evaluate("hands.plug()")


async def free(page: Page) -> None:
    """Let what was busy be had again; of this no browser says a word."""
    await page.evaluate("hands.refuses = null")


async def hold(page: Page, kind: str, muted: bool) -> None:
    """Let a phone call begin, or end."""
    await page.evaluate("([kind, muted]) => hands.hold(kind, muted)", [kind, muted])


async def tones(page: Page) -> int:
    """Return how many tones the page has played."""
    return int(await page.evaluate("hands.tones"))
