"""A reading in katakana, mora by mora: so it is spoken where the site has no voice of its own."""

from functools import lru_cache
from pathlib import Path

from media.speech import mulaw, wave_files

FOLDER = Path(__file__).parent / "kana"
SMALL = "ァィゥェォャュョヮ"
PLAIN = (
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    "ガギグゲゴザジズゼゾダヂヅデドバビブベボパピプペポヴ"
)
# Two letters, one mora.
JOINED = tuple(
    [first + second for first in "キシチニヒミリギジビピ" for second in "ャュョ"]
    + ["シェ", "チェ", "ジェ", "ティ", "ディ", "トゥ", "ドゥ", "ファ", "フィ", "フェ", "フォ"]
    + ["ウィ", "ウェ", "ウォ", "ヴァ", "ヴィ", "ヴェ", "ヴォ", "デュ", "フュ"]
)
VOWELS = {
    "ア": "アカサタナハマヤラワガザダバパァャヮ",
    "イ": "イキシチニヒミリギジヂビピィ",
    "ウ": "ウクスツヌフムユルグズヅブプヴゥュ",
    "エ": "エケセテネヘメレゲゼデベペェ",
    "オ": "オコソトノホモヨロヲゴゾドボポォョ",
}
LONG, STOP, PAUSE = "ー", "ッ", " "
# Of silence, in μ-law: a double consonant, and between two words.
STOP_BYTES, PAUSE_BYTES = 720, 1200
SILENCE = b"\xff"
# Letters that stand alone where they follow none that they go with.
_ALONE = dict(zip(SMALL, "アイウエオヤユヨワ", strict=True))


def morae(reading: str) -> list[str]:
    """Return a reading as morae, each of which has a recording, and marks of silence.

    A long vowel becomes that vowel once more. Raises KeyError for what is no katakana.
    """
    found: list[str] = []
    for letter in reading:
        pair = found[-1] + letter if found else letter
        if letter in SMALL and pair in JOINED:
            found[-1] = pair
        elif letter == LONG:
            found.append(_vowel(found))
        elif letter in (STOP, PAUSE) or letter in PLAIN:
            found.append(letter)
        else:
            found.append(_ALONE[letter])
    return found


def _vowel(before: list[str]) -> str:
    last = before[-1][-1] if before else "ア"
    return next((vowel for vowel, letters in VOWELS.items() if last in letters), "ン")


def spelled(reading: str) -> bytes:
    """Return a reading as speech in μ-law, composed of the recordings of its morae: rough, but
    understood.
    """
    return b"".join(_sound(mora) for mora in morae(reading))


def _sound(mora: str) -> bytes:
    if mora == STOP:
        return SILENCE * STOP_BYTES
    if mora == PAUSE:
        return SILENCE * PAUSE_BYTES
    return _recorded(mora)


@lru_cache(maxsize=256)
def _recorded(mora: str) -> bytes:
    return mulaw.encode(wave_files.read(FOLDER / file_of(mora)))


def file_of(mora: str) -> str:
    """Return the name of a mora's recording: its letters' numbers, for ASCII travels everywhere."""
    return "-".join(f"{ord(letter):x}" for letter in mora) + ".wav"
