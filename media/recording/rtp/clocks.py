"""When a frame was taken, by the server's clock: from sender reports, and from arrival before.

All of one browser's streams count by its one clock, so sound and picture keep step however their
packets travelled. Nothing that a browser says moves a frame far from its arrival.
"""

from media.recording.parts import Kind

NTP_SECONDS = 2.0**32
UNIX_EPOCH = 2_208_988_800
# So far a frame's moment may lie from its arrival; farther, the sender has begun anew, or lies.
MOST_AWAY = 5.0
# Reports differ by some milliseconds. What drifts is followed slowly, so that nothing jumps...
SLEW = 0.005
# ... and what differs by more is set right at once: a picture soon, since nobody sees it.
JUMP: dict[Kind, float] = {"audio": 0.2, "video": 0.02}
HALF = 1 << 31
MASK = (1 << 32) - 1


def seconds_of(ntp: int) -> float:
    """Return an NTP time of a report as seconds since 1970."""
    return ntp / NTP_SECONDS - UNIX_EPOCH


class BrowserClock:
    """How far one browser's clock is from the server's; None as long as nothing is known."""

    def __init__(self) -> None:
        self.behind: float | None = None


class StreamClock:
    """The clock of one stream of packets. A count is the stream's own, in seconds."""

    def __init__(self, kind: Kind, rate: int, browser: BrowserClock) -> None:
        self._jump = JUMP[kind]
        self._leads = kind == "audio"
        self._rate = rate
        self._browser = browser
        self._last: int | None = None
        # Between the count and the server's clock.
        self._shift: float | None = None
        self._followed_at: float | None = None
        # What the last report said: the count, and the sender's clock at it.
        self._report: tuple[float, float] | None = None
        self._early: tuple[int, int, float] | None = None

    @property
    def reported(self) -> bool:
        """Whether a report has told the sender's clock."""
        return self._report is not None

    def count(self, timestamp: int) -> float:
        """Return a packet's timestamp as a count that never wraps around."""
        self._last = timestamp if self._last is None else self._nearest(timestamp)
        if self._early is not None:
            (ntp, rtp, came), self._early = self._early, None
            self.report(ntp, rtp, came)
        return self._last / self._rate

    def report(self, ntp: int, rtp: int, came: float) -> None:
        """Take a sender report that `came` at a Unix time."""
        if self._last is None:
            self._early = (ntp, rtp, came)
            return
        count, sender = self._nearest(rtp) / self._rate, seconds_of(ntp)
        first, self._report = self._report is None, (count, sender)
        if self._browser.behind is None or (first and self._leads and self._shift is not None):
            now = came if self._shift is None else count + self._shift
            self._browser.behind = now - sender

    def moment(self, count: float, at: float) -> float:
        """Return the Unix time of a frame that came `at`."""
        wanted = self._wanted(count, at)
        if self._shift is None:
            self._shift = at - count if wanted is None else wanted
        elif wanted is not None:
            self._follow(wanted - self._shift, count)
        self._followed_at = count
        if abs(count + self._shift - at) > MOST_AWAY:
            self._shift, self._report = at - count, None
        return count + self._shift

    def _nearest(self, timestamp: int) -> int:
        last = self._last or 0
        return last + ((timestamp - last + HALF) & MASK) - HALF

    def _wanted(self, count: float, at: float) -> float | None:
        """Return what the last report makes of a count, unless that is far from the arrival."""
        if self._report is None or self._browser.behind is None:
            return None
        reported, sender = self._report
        wanted = sender + self._browser.behind - reported
        return wanted if abs(count + wanted - at) <= MOST_AWAY else None

    def _follow(self, away: float, count: float) -> None:
        if self._shift is None:
            return
        if abs(away) <= self._jump:
            most = SLEW * max(0.0, min(1.0, count - (self._followed_at or count)))
            away = max(-most, min(most, away))
        self._shift += away
