"""What the telephone says: fixed prompts from files, figures composed of recorded parts."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Protocol, TypeAlias

from media.speech import wave_files
from telephone.port import BYTES_PER_MS
from telephone.prompts import english, japanese
from telephone.prompts.texts import Language, text_of

FOLDER = Path(__file__).parent
# Where a figure or a name meets the words beside it, and between the digits of a code.
GAP, CODE_GAP, PAUSE = (bytes(ms * BYTES_PER_MS) for ms in (60, 450, 250))
_FIGURE = re.compile(r"\{(\w+)\}")
_SPOKEN = re.compile(r"\w")


class Composed(Protocol):
    """How figures of a language are composed."""

    def parts(self, figure: int, counter: str) -> list[str]:
        """Return the parts of a figure with its counter."""

    def clock(self, hour: int, minute: int) -> list[str]:
        """Return the parts of a time of the day."""


PARTS: dict[Language, Composed] = {"ja": japanese, "en": english}


@dataclass(frozen=True)
class SpokenTime:
    """A moment to be told, in the site's time zone, seen from a day there."""

    at: datetime
    today: date


# What stands for a word in braces: yen, points, minutes, key: a figure; code: its digits; when: a
# moment; name: speech (16 bits).
Figure: TypeAlias = int | str | bytes | SpokenTime


class Prompts:
    """The prompts of a site: its operator's own recordings (`own`) before those that come along."""

    def __init__(self, own: Path | None = None) -> None:
        self._own = own
        self._read = lru_cache(maxsize=1024)(self._file)

    def speech(self, name: str, language: Language = "ja", /, **figures: Figure) -> bytes:
        """Return a prompt as speech of 16 bits and 8 kHz.

        Raises KeyError for an unknown prompt or a missing figure, ValueError for a figure that
        can't be spoken.
        """
        said = [
            part if isinstance(part, bytes) else self._figure(part[0], figures[part[0]], language)
            for part in self._pieces(name, language)
        ]
        return GAP.join(said)

    def _pieces(self, name: str, language: Language) -> Iterator[bytes | tuple[str]]:
        for number, piece in enumerate(_FIGURE.split(text_of(name, language))):
            if number % 2:
                yield (piece,)
            elif _SPOKEN.search(piece):
                yield self._read(f"{language}/{name}-{number // 2}.wav")
            elif piece:
                yield PAUSE

    def _figure(self, name: str, figure: Figure, language: Language) -> bytes:
        if isinstance(figure, bytes):
            return figure
        gap = CODE_GAP if name == "code" else b""
        parts = part_names(name, figure, language)
        return gap.join(self._read(f"{language}/parts/{part}.wav") for part in parts)

    def _file(self, path: str) -> bytes:
        own = self._own / path if self._own else None
        return wave_files.read(own if own and own.is_file() else FOLDER / path)


def part_names(name: str, figure: int | str | SpokenTime, language: Language) -> list[str]:
    """Return the recorded parts of which a figure is composed. Raises ValueError."""
    composed = PARTS[language]
    if isinstance(figure, SpokenTime):
        return [*_day(figure), *composed.clock(figure.at.hour, figure.at.minute)]
    if isinstance(figure, str):
        return [f"n-{int(digit)}" for digit in figure]
    if name == "key":
        return [f"key-{figure}" if language == "ja" else f"n-{figure}"]
    return composed.parts(figure, name)


def _day(moment: SpokenTime) -> list[str]:
    day = moment.at.date()
    if day in (moment.today, moment.today + timedelta(days=1)):
        return ["today" if day == moment.today else "tomorrow"]
    return [f"month-{day.month}", f"day-{day.day}"]


speech: Callable[..., bytes] = Prompts().speech
