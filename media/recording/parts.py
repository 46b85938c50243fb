"""What a file of a recording is called, and what is told of it."""

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Side: TypeAlias = Literal["caller", "cast"]
Kind: TypeAlias = Literal["audio", "video"]
Ending: TypeAlias = Literal["webm", "mp4"]

KINDS: tuple[Kind, ...] = ("audio", "video")
SIDES: tuple[Side, ...] = ("caller", "cast")
NAME = re.compile(r"([1-9][0-9]{0,18})-(caller|cast)-(0|[1-9][0-9]{0,4})\.(webm|mp4)")
# A file that is not locked yet, one that is being written, and one that is being finished: none
# of them can be opened by name.
OPENING = ".opening"
LIVE = ".live"
UNFINISHED = ".new"
MOST_PARTS = 1000


@dataclass(frozen=True)
class PartName:
    """Which part of which side of which recording a file is."""

    recording_id: int
    side: Side
    part: int
    ending: Ending

    def __str__(self) -> str:
        return f"{self.recording_id}-{self.side}-{self.part}.{self.ending}"


@dataclass(frozen=True)
class PartInfo:
    """A file that is complete: nothing more will be written to it.

    `begun_at` is the Unix time of its first sample by the server's clock, `size` counts plain
    bytes. `whole` is False where its end is missing: the process was killed or the disk was full.
    """

    recording_id: int
    side: Side
    part: int
    name: str
    media_type: str
    begun_at: float
    seconds: float
    size: int
    whole: bool


def parsed_name(name: str) -> PartName:
    """Read a file's name. Raises FileNotFoundError for what no part is ever called."""
    if (found := NAME.fullmatch(name)) is None:
        raise FileNotFoundError(name)
    recording_id, side, part, ending = found.groups()
    return PartName(
        int(recording_id),
        "caller" if side == "caller" else "cast",
        int(part),
        "mp4" if ending == "mp4" else "webm",
    )
