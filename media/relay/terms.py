"""The words of the relay, which its users share."""

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

Side: TypeAlias = Literal["caller", "cast"]
Kind: TypeAlias = Literal["audio", "video"]
SIDES: tuple[Side, Side] = ("caller", "cast")
KINDS: tuple[Kind, Kind] = ("audio", "video")


def other(side: Side) -> Side:
    """Return the other side."""
    return "cast" if side == "caller" else "caller"


@dataclass(frozen=True)
class LegKey:
    """One browser's connection to the relay."""

    talk_id: int
    pair: int
    side: Side


@dataclass(frozen=True)
class KindCounts:
    """What a leg has moved of one kind since it began: bytes of sound, or frames of the picture.

    `came` is of this side itself. `passed` is of the other side's, passed on to this one, and only
    what this side's browser has proved afterwards to have been there for. The ages are those of
    the last of each; None: never.
    """

    came: int = 0
    came_ago_ms: int | None = None
    passed: int = 0
    passed_ago_ms: int | None = None


@dataclass(frozen=True)
class Counts:
    """What a leg has moved. `packets` were sent to this side, of which its browser misses `lost`.

    `lost` is the browser's own word, and good for showing only. `rtt_ms`: to this browser and
    back; 0 while unknown.
    """

    audio: KindCounts
    video: KindCounts
    packets: int
    lost: int
    rtt_ms: int


@dataclass(frozen=True)
class RelayTotals:
    """What the relay has done since it began. `dropped`: not passed on, for whatever reason.

    `faults` are packets over which the relay itself stumbled: each is a bug.
    """

    packets: int
    octets: int
    dropped: int
    faults: int


@dataclass(frozen=True)
class MediaAddress:
    """Where browsers reach the relay: what it listens on, and what they are told of it."""

    bound: str
    announced: str

    @classmethod
    def read(cls, text: str) -> "MediaAddress":
        """Read `ADDRESS`, or `BOUND=ANNOUNCED` where a network translates between the two."""
        bound, _, announced = text.partition("=")
        return cls(bound.strip(), (announced or bound).strip())


@dataclass(frozen=True)
class RelaySettings:
    """The relay's bounds. Without `addresses` it takes the machine's own.

    `proved_seconds`: what is passed on counts where the leg proves itself within that time.
    `silent_seconds`: a leg that gives no sign of life is down, and `alone_seconds`: one to which
    the other side does not come.
    `most_kbit`: what one leg may send, in kbit/s; more is dropped.
    """

    addresses: tuple[MediaAddress, ...] = ()
    ports: tuple[int, int] = (40_000, 49_999)
    most_legs: int = 200
    connect_seconds: float = 30.0
    silent_seconds: float = 6.0
    alone_seconds: float = 300.0
    proved_seconds: float = 3.0
    most_kbit: int = 8_000


class RelayError(Exception):
    """An offer that was not taken.

    `full`: there are as many legs as may be. `bad_offer`: it is none, or nothing of it fits the
    other side's. `stale`: a newer pair, or this very leg, is there already.
    """

    def __init__(self, code: Literal["full", "bad_offer", "stale"], why: str = "") -> None:
        super().__init__(f"{code}: {why}" if why else code)
        self.code = code


class Tap(Protocol):
    """What hears a talk. Called in the loop: it must return at once, and hold within a bound."""

    def codec(self, side: Side, kind: Kind, name: str, clock_rate: int, pair: int) -> None:
        """Say what comes from now on: "vp8", "h264" or "opus"; anew at each pair."""

    def packet(self, side: Side, kind: Kind, packet: bytes, at: float) -> None:
        """Hand over an RTP packet, decrypted; one sent again stands as it was. `at`: Unix time."""

    def sender_report(self, side: Side, kind: Kind, ntp: int, rtp: int) -> None:
        """Say which NTP time (64 bit) belongs to which RTP timestamp."""
