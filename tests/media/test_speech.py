"""Speech for telephones: μ-law there and back, WAV files read strictly, readings by morae."""

import math
import struct
from pathlib import Path

import pytest

from media.speech import kana, mulaw, voice, wave_files
from media.speech.wave_files import UnreadableSpeechError


def test_every_code_of_mulaw_comes_back_as_itself() -> None:
    codes = bytes(range(256))
    # There are two zeros; both are silence.
    assert mulaw.encode(mulaw.decode(codes)).replace(b"\x7f", b"\xff") == codes.replace(
        b"\x7f", b"\xff"
    )


def test_what_is_told_apart_is_as_fine_as_g711_wants() -> None:
    for sample in (-32768, -32000, -9000, -1000, -33, -8, 0, 8, 33, 1000, 9000, 32000, 32767):
        back = struct.unpack("<h", mulaw.decode(mulaw.encode(struct.pack("<h", sample))))[0]
        assert abs(back - sample) <= max(8, abs(sample) / 25), sample
    with pytest.raises(ValueError, match="whole samples"):
        mulaw.encode(b"\0")


def test_wav_files_come_back_and_others_are_refused() -> None:
    codes = bytes(range(101))
    played = wave_files.wav_for_browsers(codes)
    assert wave_files.speech_in(played) == mulaw.decode(codes)
    good = bytearray(played)
    good[24:28] = (44100).to_bytes(4, "little")
    packed = wave_files.packed(codes * 50)
    # Its blocks are said to be shorter than what stands at their beginning.
    damaged = packed[:32] + b"\1\0" + packed[34:]
    wrong: list[bytes] = [b"", b"RIFF", played[:20], bytes(good), b"x" * 2_000_000, damaged]
    for one in wrong:
        with pytest.raises(UnreadableSpeechError):
            wave_files.speech_in(one)


def test_the_houses_own_files_are_a_quarter_as_long_and_sound_alike() -> None:
    tone = b"".join(
        struct.pack("<h", round(6000 * math.sin(math.tau * 440 * at / 8000))) for at in range(8000)
    )
    packed = wave_files.packed(mulaw.encode(tone))
    assert len(packed) < len(tone) / 3.7
    back = wave_files.speech_in(packed)
    assert 0 <= len(back) - len(tone) < 600
    pairs = zip(struct.iter_unpack("<h", tone), struct.iter_unpack("<h", back), strict=False)
    wrong = sum((one[0] - other[0]) ** 2 for one, other in pairs) / 8000
    assert wrong < 18_000_000 / 100


def test_a_reading_is_cut_into_what_has_a_recording() -> None:
    assert kana.morae("ハルカ") == ["ハ", "ル", "カ"]
    assert kana.morae("キョーコ") == ["キョ", "オ", "コ"]
    assert kana.morae("リッキー") == ["リ", "ッ", "キ", "イ"]
    assert kana.morae("ジェーン シュウ") == ["ジェ", "エ", "ン", " ", "シュ", "ウ"]
    assert kana.morae("アァ") == ["ア", "ア"]
    with pytest.raises(KeyError):
        kana.morae("花")


def test_every_mora_has_its_recording_and_all_are_small() -> None:
    for mora in (*kana.PLAIN, *kana.JOINED):
        speech = wave_files.read(kana.FOLDER / kana.file_of(mora))
        assert 800 < len(speech) < 16000, mora
    assert sum(path.stat().st_size for path in kana.FOLDER.iterdir()) < 500_000
    assert len(kana.spelled("ハルカ")) > len(kana.spelled("ハル")) > 1000
    assert kana.spelled("リッカ") != kana.spelled("リカ")


@pytest.mark.skipif(not voice.has_voice(), reason="the voice is not installed here")
async def test_the_voice_speaks_from_a_process_of_its_own() -> None:
    assert len(await voice.speak("ハルカ")) > 2000


async def test_a_voice_that_says_nothing_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "media" / "speech").mkdir(parents=True)
    (tmp_path / "media" / "speech" / "voice.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(voice, "ROOT", tmp_path)
    with pytest.raises(voice.VoiceFailedError):
        await voice.speak("ハルカ")
