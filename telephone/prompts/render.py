"""The tool that makes the files of the fixed prompts: `python -m telephone.prompts.render`.

It wants what a site doesn't: Open JTalk with the voice "Mei" (`pip install pyopenjtalk-plus`) for
Japanese, flite with the voice "slt" (`apt-get install flite`) for English. Both may be used so: see
docs/decisions/spoken.md. How Open JTalk reads a figure is compared with how it is to be read.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from media.speech import kana, mulaw, voice, wave_files
from telephone.prompts import _FIGURE, _SPOKEN, FOLDER, english, japanese
from telephone.prompts.texts import LANGUAGES, TEXTS, text_of

COUNTER_SIGNS = {"n": "", "yen": "円", "points": "ポイント", "minutes": "分"}
KANJI = dict(zip("1234567890", "一二三四五六七八九〇", strict=True))
POWERS = {1: "", 2: "十", 3: "百", 4: "千"}


def main() -> None:
    """Make all files anew."""
    for folder in (kana.FOLDER, *(FOLDER / language for language in LANGUAGES)):
        shutil.rmtree(folder, ignore_errors=True)
    for mora in (*kana.PLAIN, *kana.JOINED):
        _store(kana.FOLDER / kana.file_of(mora), _mora(mora))
    for name, reading in japanese.readings().items():
        _store(FOLDER / "ja" / "parts" / f"{name}.wav", voice.rendered(_written(name, reading)))
    for name, words in english.readings().items():
        _store(FOLDER / "en" / "parts" / f"{name}.wav", _english(words))
    for language in LANGUAGES:
        speak: Callable[[str], bytes] = voice.rendered if language == "ja" else _english
        for name in TEXTS:
            for number, piece in enumerate(_FIGURE.split(text_of(name, language))[::2]):
                if _SPOKEN.search(piece):
                    _store(FOLDER / language / f"{name}-{number}.wav", speak(piece))


def _store(path: Path, codes: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(wave_files.packed(codes))


def _mora(mora: str) -> bytes:
    # Alone it is lengthened; a particle's letter is read as the letter.
    return voice.rendered({"ヲ": "オ", "ヂ": "ジ", "ヅ": "ズ"}.get(mora, mora))


def _written(name: str, reading: str) -> str:
    """Return how a part is written so that it is read right: with kanji, which have an accent."""
    import pyopenjtalk  # noqa: PLC0415 - here alone

    counter, _, place = name.partition("-")
    written = _kanji(counter, place)
    if written and _heard(pyopenjtalk.g2p(written, kana=True)) == _heard(reading):
        return written
    if written:
        # Written in kana it is read right, with a flatter voice.
        sys.stderr.write(f"{name}: {written} is read otherwise than {reading}\n")
    if _heard(pyopenjtalk.g2p(reading, kana=True)) != _heard(reading):
        raise SystemExit(f"{name}: {reading} can't be read")
    return reading


def _kanji(counter: str, place: str) -> str:
    if counter == "key":
        return f"{KANJI[place]}番"
    if counter in ("month", "day", "hour"):
        return f"{place}{ {'month': '月', 'day': '日', 'hour': '時'}[counter] }"
    if counter not in COUNTER_SIGNS or place in ("0", ""):
        return ""
    if place == "man":
        return f"万{COUNTER_SIGNS[counter]}"
    leading = "" if place[0] == "1" and len(place) > 1 else KANJI[place[0]]
    return leading + POWERS[len(place)] + COUNTER_SIGNS[counter]


def _heard(reading: str) -> str:
    """Return a reading with its long vowels written one way."""
    plain = re.sub(r"[’'\s]", "", unicodedata.normalize("NFKC", reading))
    long = re.sub(r"(?<=[ウュユクスツヌフムルグズブプキ])ウ", "ー", plain)
    return re.sub(r"(?<=[オョコソトノホモヨロゴゾドボポ])[ウオ]", "ー", long)


def _english(words: str) -> bytes:
    import numpy as np  # noqa: PLC0415 - here alone

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        command = [
            "flite",
            "-voice",
            "slt",
            "--setf",
            "duration_stretch=0.9",
            "-t",
            words,
            "-o",
            str(path),
        ]
        subprocess.run(command, check=True, timeout=60, capture_output=True)
        wav = path.read_bytes()
    rate = int.from_bytes(wav[24:28], "little")
    samples = np.frombuffer(wav[44:], "<i2").astype(float)
    return mulaw.encode(voice.for_telephones(samples, rate))


if __name__ == "__main__":
    main()
