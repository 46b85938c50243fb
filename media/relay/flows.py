"""Counting what flows, so that neither side's word is needed for it."""

from media.relay.terms import Kind, KindCounts


class KindFlow:
    """One kind of one leg. Moments are seconds of the loop's clock."""

    __slots__ = ("_came", "_came_at", "_passed", "_passed_at", "_passing", "_passing_at")

    def __init__(self) -> None:
        self._came = self._passed = self._passing = 0
        self._came_at: float | None = None
        self._passed_at: float | None = None
        self._passing_at = 0.0

    def come(self, amount: int, now: float) -> None:
        """So much came of this side."""
        self._came += amount
        self._came_at = now

    def send(self, amount: int, now: float) -> None:
        """So much was sent to this side. It does not count yet: it may be gone."""
        self._passing += amount
        self._passing_at = now

    def prove(self, *, kept: bool) -> None:
        """This side has just shown to be there; what it was sent counts where that was in time."""
        if kept and self._passing:
            self._passed += self._passing
            self._passed_at = self._passing_at
        self._passing = 0

    def counts(self, now: float) -> KindCounts:
        """Return the figures up to now."""
        return KindCounts(
            self._came, _ago(self._came_at, now), self._passed, _ago(self._passed_at, now)
        )


def _ago(at: float | None, now: float) -> int | None:
    return None if at is None else max(0, round(1000 * (now - at)))


class Stream:
    """One SSRC that a browser sends, and where it goes; `repeats` one that sends others again."""

    __slots__ = ("_sequence", "_timestamp", "flow", "kind", "repeats", "route", "ssrc")

    def __init__(self, kind: Kind, ssrc: int, flow: KindFlow, *, repeats: bool) -> None:
        self.kind = kind
        self.ssrc = ssrc
        self.flow = flow
        self.repeats = repeats
        self.route: Route | None = None
        self._sequence = 0
        self._timestamp: int | None = None

    def begins(self, sequence: int, timestamp: int) -> bool:
        """Say whether a packet is the first of a picture that is newer than all before it."""
        if timestamp == self._timestamp:
            return False
        if self._timestamp is not None and (sequence - self._sequence) & 0x8000:
            return False
        self._sequence, self._timestamp = sequence, timestamp
        return True


class Route:
    """How a stream reaches the other side: its SSRC, payload types and extensions there."""

    __slots__ = ("flow", "ids", "ssrc", "types")

    def __init__(
        self, ssrc: int, types: dict[int, int], ids: dict[int, int] | None, flow: KindFlow
    ) -> None:
        self.ssrc = ssrc.to_bytes(4, "big")
        self.types = types
        self.ids = ids
        self.flow = flow
