"""Evidence of talks through the relay: what the media process counts stands in place of what a
browser tells of itself.

A beat stays a sign of life, and says whether the page is looked at and the camera is on. What
arrived at its side is what was passed on to a browser that was proved to be there; what its side
sent is what came from it; and what the other holds of that is what was passed on there. So a caller
who denies pays all the same, a cast who sends nothing earns nothing, and nobody is charged for what
never reached them. Where nothing is known nothing is told.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager

from media.control.messages import LegsCounted
from media.relay.terms import Counts, KindCounts, LegKey
from signaling.guard import Seated
from signaling.protocol import TalkBeat, TalkFlow
from signaling.relayed.talks import RelayedTalks

MOST_LEGS = 20_000
SETTLE_SECONDS = 1.0
LONGEST_AGO_MS = 100_000_000
LONGEST_RTT_MS = 600_000
NOTHING = Counts(KindCounts(), KindCounts(), 0, 0, 0)


class CountedBeats:
    """Puts a media process's counts into beats, each the growth since the last that was written."""

    def __init__(self, relayed: RelayedTalks) -> None:
        self._relayed = relayed
        self._written: OrderedDict[LegKey, Counts] = OrderedDict()
        self._coming: dict[int, set[asyncio.Future[None]]] = {}

    @contextmanager
    def coming(self, talk_id: int) -> Iterator[None]:
        """Let others wait, by `settle`, for a beat that is being looked at."""
        here = asyncio.get_running_loop().create_future()
        coming = self._coming.setdefault(talk_id, set())
        coming.add(here)
        try:
            yield
        finally:
            here.set_result(None)
            coming.discard(here)
            if not coming:
                del self._coming[talk_id]

    async def settle(self, talk_id: int) -> None:
        """Wait until the beats of a talk that are being looked at have been, a second at most."""
        if coming := self._coming.get(talk_id):
            await asyncio.wait(coming, timeout=SETTLE_SECONDS)

    async def look(self, seated: Seated, beat: TalkBeat) -> tuple[TalkBeat, Counts | None]:
        """Return a beat with what is evidence, and the counts in it (None: told by the browser)."""
        way = await self._relayed.way(beat.talk_id, beat.pair)
        if way is not None and way.host is None:
            return beat, None
        leg = LegKey(beat.talk_id, beat.pair, seated.side)
        found = (
            None if way is None or way.host is None else await self._relayed.counts(way.host, leg)
        )
        if found is None or found.own is None:
            return _silent(beat), None
        before = self._written.get(leg, NOTHING)
        return _counted(beat, found, found.own, before), found.own

    def written(self, seated: Seated, beat: TalkBeat, counts: Counts) -> None:
        """Remember what a beat told that is in the books."""
        leg = LegKey(beat.talk_id, beat.pair, seated.side)
        self._written[leg] = counts
        self._written.move_to_end(leg)
        if len(self._written) > MOST_LEGS:
            self._written.popitem(last=False)


def _silent(beat: TalkBeat) -> TalkBeat:
    return beat.model_copy(update={"audio": None, "video": None, "packets": 0, "lost": 0})


def _counted(beat: TalkBeat, found: LegsCounted, own: Counts, before: Counts) -> TalkBeat:
    other = found.other or NOTHING
    pictures = beat.video is not None or own.video.came or own.video.passed
    return beat.model_copy(
        update={
            "audio": _flow(beat.audio, own.audio, other.audio, before.audio),
            "video": _flow(beat.video, own.video, other.video, before.video) if pictures else None,
            "packets": max(0, own.packets - before.packets),
            "lost": max(0, own.lost - before.lost),
            "rtt_ms": min(own.rtt_ms, LONGEST_RTT_MS),
        }
    )


def _flow(
    told: TalkFlow | None, own: KindCounts, other: KindCounts, before: KindCounts
) -> TalkFlow:
    return TalkFlow(
        received=max(0, own.passed - before.passed),
        received_ago_ms=_ago(own.passed_ago_ms),
        sent=max(0, own.came - before.came),
        reported_ago_ms=_ago(other.passed_ago_ms),
        on=True if told is None else told.on,
    )


def _ago(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else min(max(0, milliseconds), LONGEST_AGO_MS)
