"""What is spoken: every prompt has its files, and every figure is read as people read it."""

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from media.speech import mulaw, wave_files
from telephone.prompts import (
    FOLDER,
    Figure,
    Prompts,
    SpokenTime,
    english,
    japanese,
    part_names,
    speech,
)
from telephone.prompts.texts import LANGUAGES, TEXTS, Language, text_of

JST = timezone(timedelta(hours=9))
NAME = bytes(1600)
FIGURES: dict[str, Figure] = {
    "yen": 380, "points": 1500, "minutes": 5, "key": 3, "code": "40817", "name": NAME,
    "when": SpokenTime(datetime(2026, 12, 3, 15, 30, tzinfo=JST), date(2026, 11, 30)),
}  # fmt: skip
READINGS = japanese.readings()


def read(figure: int, counter: str) -> str:
    return "".join(READINGS[part] for part in japanese.parts(figure, counter))


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (0, "ゼロエン"), (1, "イチエン"), (4, "ヨエン"), (14, "ジュウヨエン"),
        (24, "ニジュウヨエン"),
        (7, "ナナエン"), (9, "キュウエン"), (10, "ジュウエン"), (80, "ハチジュウエン"),
        (100, "ヒャクエン"), (300, "サンビャクエン"), (380, "サンビャクハチジュウエン"),
        (600, "ロッピャクエン"), (800, "ハッピャクエン"), (666, "ロッピャクロクジュウロクエン"),
        (1000, "センエン"), (1004, "センヨエン"), (3000, "サンゼンエン"), (8000, "ハッセンエン"),
        (8888, "ハッセンハッピャクハチジュウハチエン"), (10_000, "イチマンエン"),
        (10_001, "イチマンイチエン"), (13_600, "イチマンサンゼンロッピャクエン"),
        (40_000, "ヨンマンエン"), (100_000, "ジュウマンエン"),
        (118_000, "ジュウイチマンハッセンエン"),
        (999_999, "キュウジュウキュウマンキュウセンキュウヒャクキュウジュウキュウエン"),
    ],
)  # fmt: skip
def test_yen_in_japanese(figure: int, reading: str) -> None:
    assert read(figure, "yen") == reading


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (0, "ゼロフン"), (1, "イップン"), (2, "ニフン"), (3, "サンプン"), (4, "ヨンプン"),
        (5, "ゴフン"),
        (6, "ロップン"), (7, "ナナフン"), (8, "ハップン"), (9, "キュウフン"), (10, "ジュップン"),
        (11, "ジュウイップン"), (13, "ジュウサンプン"), (15, "ジュウゴフン"), (20, "ニジュップン"),
        (30, "サンジュップン"), (58, "ゴジュウハップン"), (100, "ヒャップン"),
        (300, "サンビャップン"), (600, "ロッピャップン"), (1000, "センプン"),
        (3000, "サンゼンプン"), (10_000, "イチマンプン"),
    ],
)  # fmt: skip
def test_minutes_in_japanese(figure: int, reading: str) -> None:
    assert read(figure, "minutes") == reading


@pytest.mark.parametrize(
    ("figure", "reading"),
    [
        (1, "イチポイント"), (4, "ヨンポイント"), (8, "ハチポイント"), (10, "ジュッポイント"),
        (50, "ゴジュッポイント"), (300, "サンビャクポイント"), (1500, "センゴヒャクポイント"),
        (3000, "サンゼンポイント"), (20_000, "ニマンポイント"),
    ],
)  # fmt: skip
def test_points_in_japanese(figure: int, reading: str) -> None:
    assert read(figure, "points") == reading


@pytest.mark.parametrize(
    ("moment", "reading"),
    [
        (datetime(2026, 11, 30, 4, 0, tzinfo=JST), "キョウノゴゼンヨジ"),
        (datetime(2026, 12, 1, 19, 30, tzinfo=JST), "アシタノゴゴシチジサンジュップン"),
        (datetime(2026, 12, 2, 0, 5, tzinfo=JST), "ジュウニガツフツカゴゼンレイジゴフン"),
        (datetime(2027, 4, 1, 12, 0, tzinfo=JST), "シガツツイタチゴゴレイジ"),
        (datetime(2027, 7, 20, 9, 1, tzinfo=JST), "シチガツハツカゴゼンクジイップン"),
        (datetime(2027, 9, 24, 14, 0, tzinfo=JST), "クガツニジュウヨッカゴゴニジ"),
    ],
)
def test_moments_in_japanese(moment: datetime, reading: str) -> None:
    names = part_names("when", SpokenTime(moment, date(2026, 11, 30)), "ja")
    assert "".join(READINGS[name] for name in names) == reading


@pytest.mark.parametrize(
    ("figure", "counter", "said"),
    [
        (0, "yen", "zero yen"), (1, "minutes", "one minute"), (1, "points", "one point"),
        (21, "minutes", "twenty one minutes"), (380, "yen", "three hundred eighty yen"),
        (1000, "points", "one thousand points"), (12_015, "yen", "twelve thousand fifteen yen"),
        (100_000, "yen", "one hundred thousand yen"),
        (999_999, "points", "nine hundred ninety nine thousand nine hundred ninety nine points"),
    ],
)  # fmt: skip
def test_figures_in_english(figure: int, counter: str, said: str) -> None:
    words = english.readings()
    assert " ".join(words[part] for part in english.parts(figure, counter)) == said


def test_moments_in_english() -> None:
    words = english.readings()
    for moment, said in (
        (datetime(2026, 12, 3, 15, 30, tzinfo=JST), "December third at three thirty p m"),
        (datetime(2026, 11, 30, 0, 0, tzinfo=JST), "today at twelve a m"),
    ):
        names = part_names("when", SpokenTime(moment, date(2026, 11, 30)), "en")
        assert " ".join(words[name] for name in names) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_that_can_be_has_its_parts(language: Language) -> None:
    of = {"ja": japanese, "en": english}[language]
    known = of.readings()
    for figure in [*range(1200), *range(9_990, 12_000, 7), *range(90_000, 1_000_000, 1_237)]:
        for counter in ("n", "yen", "points", "minutes"):
            assert {*of.parts(figure, counter)} <= {*known}, figure
    for part in known:
        assert len(wave_files.read(FOLDER / language / "parts" / f"{part}.wav")) > 800, part
    for figure in (-1, 1_000_000):
        with pytest.raises(ValueError, match="999,999"):
            of.parts(figure, "yen")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TEXTS)
def test_every_prompt_is_spoken(name: str, language: Language) -> None:
    said = speech(name, language, **FIGURES)
    # Faster than 12 letters a second nobody follows, slower than 3 nobody wants to.
    assert len(said) > 16_000 * len(text_of(name, language)) / 40
    assert len(said) < 16_000 * 15
    assert max(said) > 0


def test_no_file_is_left_over_and_all_are_small() -> None:
    spoken = {path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.wav")}
    read_now: set[str] = set()
    prompts = Prompts()
    kept = prompts._file

    def noted(path: str) -> bytes:
        read_now.add(path)
        return kept(path)

    prompts._read = noted  # type: ignore[assignment]
    for name in TEXTS:
        for language in LANGUAGES:
            prompts.speech(name, language, **FIGURES)
    left = {path for path in spoken - read_now if "/parts/" not in path}
    assert left == set()
    assert sum((FOLDER / path).stat().st_size for path in spoken) < 3_000_000


def test_an_operators_own_recording_goes_before_ours(tmp_path: Path) -> None:
    own = mulaw.encode(bytes(3200))
    (tmp_path / "ja").mkdir()
    (tmp_path / "ja" / "welcome-0.wav").write_bytes(wave_files.wav_for_browsers(own))
    prompts = Prompts(tmp_path)
    assert prompts.speech("welcome") == bytes(3200)
    assert prompts.speech("welcome", "en") == speech("welcome", "en")
    assert prompts.speech("busy") == speech("busy")


def test_what_does_not_exist_is_said_at_once() -> None:
    with pytest.raises(KeyError):
        speech("no such prompt")
    with pytest.raises(KeyError):
        speech("item", "ja", key=1)
    with pytest.raises(ValueError, match="invalid literal"):
        speech("prove", "ja", code="12a")
