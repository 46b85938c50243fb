"""One side of a talk as a recording hears it."""

from media.relay import rtp
from media.relay.flows import Stream
from media.relay.offers import AGAIN, CLOCK_RATES, MediaLine
from media.relay.tally import Tally
from media.relay.terms import Kind, LegKey, Tap


class Hearing:
    """Tells a tap of the packets of one leg, and what they are. Its failures stay its own."""

    def __init__(self, tap: Tap, key: LegKey, lines: dict[Kind, MediaLine], tally: Tally) -> None:
        self._tap, self._key, self._tally = tap, key, tally
        self._ssrcs = {kind: line.ssrc for kind, line in lines.items()}
        self._names: dict[Kind, dict[int, str]] = {
            kind: {each.number: name for name, each in line.formats.items()}
            for kind, line in lines.items()
        }
        self._numbers: dict[Kind, dict[str, int]] = {
            kind: {name: each.number for name, each in line.formats.items()}
            for kind, line in lines.items()
        }
        self._told: dict[Kind, str] = {}

    def hear(self, stream: Stream, packet: bytes, start: int, end: int, at: float) -> None:
        """Hand on a packet that was authenticated.

        Also one with nothing but padding, whose number would be missed; but not from among the
        repetitions, which have numbers of their own.
        """
        name = self._names[stream.kind].get(packet[1] & 127)
        if name is None:
            return
        if stream.repeats:
            name = name.removeprefix(AGAIN)
            number, ssrc = self._numbers[stream.kind].get(name), self._ssrcs[stream.kind]
            if number is None or ssrc is None:
                return
            repeated = rtp.unwrapped(packet, start, end, ssrc, number)
            if repeated is None:
                return
            packet = repeated
        try:
            self._hand_on(stream.kind, name, packet, at)
        except Exception as error:
            self._tally.stumble("tap", error)

    def _hand_on(self, kind: Kind, name: str, packet: bytes, at: float) -> None:
        side = self._key.side
        if self._told.get(kind) != name:
            self._told[kind] = name
            self._tap.codec(side, kind, name, CLOCK_RATES[name], self._key.pair)
        self._tap.packet(side, kind, packet, at)

    def clock(self, stream: Stream | None, ntp: int, clock: int) -> None:
        """Hand on which time belongs to which timestamp of a stream."""
        if stream is None or stream.repeats:
            return
        try:
            self._tap.sender_report(self._key.side, stream.kind, ntp, clock)
        except Exception as error:
            self._tally.stumble("tap", error)
