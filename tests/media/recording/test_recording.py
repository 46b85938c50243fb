"""What is recorded of a talk: in step, without holes, one file a side."""

import random
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from media.recording.parts import Side
from tests.media.recording.performances import HEIGHT, RATE, WIDTH, Performance, Sent
from tests.media.recording.studio import Studio, describe, watch, worst

CODECS = ["vp8", "h264"]
IN_STEP_SECONDS = 0.04


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "recordings")


def assert_no_missing_second(pictures: list[float], length: float) -> None:
    for second in range(int(length)):
        assert any(second <= at < second + 1 for at in pictures), f"nothing in second {second}"


@pytest.mark.parametrize("codec", CODECS)
async def test_sound_and_picture_are_in_step(studio: Studio, codec: str) -> None:
    recorder = studio.begin()
    describe(recorder, codec)
    performance = Performance(codec=codec)
    await studio.play(recorder, performance.sent())
    (part,) = await studio.stop(recorder)
    assert part.name == f"7-cast-0.{'webm' if codec == 'vp8' else 'mp4'}"
    assert part.media_type == f"video/{'webm' if codec == 'vp8' else 'mp4'}"
    assert part.whole
    assert part.seconds == pytest.approx(4, abs=0.05)
    assert part.begun_at == pytest.approx(performance.begins, abs=0.05)
    seen = watch(studio.files, part.name)
    assert len(seen.pictures) == 4 * RATE
    assert len(seen.flashes) == len(seen.beeps) == 3
    assert worst(seen) <= IN_STEP_SECONDS
    # A finished file knows its length, so that a player can jump.
    assert seen.length == pytest.approx(4, abs=0.1)
    assert not studio.failed


@pytest.mark.parametrize("codec", CODECS)
async def test_a_slow_way_of_the_picture_is_no_offset(studio: Studio, codec: str) -> None:
    recorder = studio.begin()
    describe(recorder, codec)
    slow = Performance(codec=codec, delays={"audio": 0.02, "video": 0.4}, sender_clock=-3e8)
    await studio.play(recorder, slow.sent())
    (part,) = await studio.stop(recorder)
    assert worst(watch(studio.files, part.name)) <= IN_STEP_SECONDS


async def test_without_reports_arrival_counts(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    silent = Performance(reports=False, delays={"audio": 0.02, "video": 0.05})
    await studio.play(recorder, silent.sent())
    (part,) = await studio.stop(recorder)
    assert worst(watch(studio.files, part.name)) <= IN_STEP_SECONDS


async def test_reports_that_come_late_bring_it_in_step(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=8, delays={"audio": 0.02, "video": 0.3})
    late = [
        one for one in performance.sent() if one.report is None or one.at > performance.begins + 4
    ]
    await studio.play(recorder, late)
    (part,) = await studio.stop(recorder)
    seen = watch(studio.files, part.name)
    after = [flash for flash in seen.flashes if flash > 5.5]
    assert len(after) == 2
    for flash in after:
        assert min(abs(flash - beep) for beep in seen.beeps) <= IN_STEP_SECONDS


@pytest.mark.parametrize("lie", [1e6, -1e6, 60.0])
async def test_reports_that_lie_move_nothing_far(studio: Studio, lie: float) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    sent = Performance().sent()
    for one in sent:
        if one.report is not None and one.kind == "video" and one.at > sent[0].at + 2:
            ntp, stamp = one.report
            one.report = (ntp + int(lie * 2**32) & (1 << 64) - 1, stamp)
    await studio.play(recorder, sent)
    (part,) = await studio.stop(recorder)
    assert part.seconds < 10


@pytest.mark.parametrize("codec", CODECS)
async def test_what_is_lost_and_sent_again_is_not_missing(studio: Studio, codec: str) -> None:
    """3 % of the packets come a third of a second later, others twice, all in some disorder."""
    rng = random.Random(1)
    performance = Performance(codec=codec, seconds=8)
    sent = []
    for one in performance.sent():
        if one.packet is not None:
            if rng.random() < 0.03:
                one.at += 0.35
            else:
                one.at += rng.random() * 0.03
            if rng.random() < 0.05:
                sent.append(Sent(one.at + 0.5, one.kind, one.packet))
        sent.append(one)
    recorder = studio.begin()
    describe(recorder, codec)
    await studio.play(recorder, sorted(sent, key=lambda one: one.at))
    (part,) = await studio.stop(recorder)
    seen = watch(studio.files, part.name)
    assert len(seen.pictures) == 8 * RATE
    assert len(seen.sounds) >= 8 * 50 - 1
    assert worst(seen) <= IN_STEP_SECONDS
    # Once at the beginning, and no more: nothing was missing for good.
    assert len(studio.asked) <= 1


@pytest.mark.parametrize("codec", CODECS)
async def test_what_is_lost_for_good_asks_for_a_key_frame(studio: Studio, codec: str) -> None:
    rng = random.Random(2)
    performance = Performance(codec=codec, seconds=8)
    sent = [one for one in performance.sent() if one.packet is None or rng.random() >= 0.03]
    recorder = studio.begin()
    describe(recorder, codec)
    await studio.play(recorder, sent)
    (part,) = await studio.stop(recorder)
    assert len(studio.asked) > 1
    seen = watch(studio.files, part.name)
    # Key frames come once a second here: no second is missing, though pictures are.
    assert_no_missing_second(seen.pictures, 8)
    assert_no_missing_second(seen.sounds, 8)
    assert len(seen.pictures) < 8 * RATE
    assert worst(seen) <= IN_STEP_SECONDS


@pytest.mark.parametrize("codec", CODECS)
async def test_an_interruption_stays_a_gap_in_the_same_file(studio: Studio, codec: str) -> None:
    """A new pair has other senders, numbers, timestamps, and the browser's clock may be another."""
    recorder = studio.begin()
    describe(recorder, codec)
    first = Performance(codec=codec)
    await studio.play(recorder, first.sent())
    describe(recorder, codec, pair=2)
    second = Performance(
        codec=codec,
        begins=first.begins + 20,
        sender_clock=-5000.0,
        numbers=9,
        timestamps=77,
        source=500,
    )
    await studio.play(recorder, second.sent())
    (part,) = await studio.stop(recorder)
    seen = watch(studio.files, part.name)
    assert part.seconds == pytest.approx(24, abs=0.1)
    assert not [at for at in seen.pictures if 4.2 < at < 19.8]
    assert len(seen.pictures) == 2 * 4 * RATE
    assert len(seen.flashes) == 6
    assert worst(seen) <= IN_STEP_SECONDS


async def test_a_muted_side_leaves_a_gap(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=6)
    muted = [
        one
        for one in performance.sent()
        if one.kind != "audio" or not 2.5 < one.at - performance.begins < 3.9
    ]
    await studio.play(recorder, muted)
    (part,) = await studio.stop(recorder)
    seen = watch(studio.files, part.name)
    assert len(seen.pictures) == 6 * RATE
    assert not [at for at in seen.sounds if 2.6 < at < 3.8]
    assert seen.beeps == pytest.approx([1.0, 2.0, 4.0, 5.0], abs=IN_STEP_SECONDS)
    assert seen.flashes == pytest.approx([1.0, 2.0, 3.0, 4.0, 5.0], abs=IN_STEP_SECONDS)


@pytest.mark.parametrize("codec", CODECS)
async def test_a_picture_that_changes_its_size_goes_on(studio: Studio, codec: str) -> None:
    recorder = studio.begin()
    describe(recorder, codec)
    large = Performance(codec=codec, size=(320, 240))
    await studio.play(recorder, large.sent())
    small = Performance(
        codec=codec,
        begins=large.begins + 4,
        numbers=large.numbers + 5000,
        timestamps=large.timestamps + 4 * 90_000,
    )
    describe(recorder, codec, pair=2)
    await studio.play(recorder, small.sent())
    (part,) = await studio.stop(recorder)
    seen = watch(studio.files, part.name)
    assert set(seen.sizes) == {(320, 240), (WIDTH, HEIGHT)}
    assert len(seen.pictures) == 2 * 4 * RATE


async def test_another_codec_begins_another_part(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    first = Performance()
    await studio.play(recorder, first.sent())
    describe(recorder, "h264", pair=2)
    second = Performance(codec="h264", begins=first.begins + 5, numbers=1, timestamps=5, source=9)
    await studio.play(recorder, second.sent())
    parts = await studio.stop(recorder)
    assert [part.name for part in parts] == ["7-cast-0.webm", "7-cast-1.mp4"]
    assert parts[1].begun_at - parts[0].begun_at == pytest.approx(5, abs=0.1)
    for part in parts:
        assert worst(watch(studio.files, part.name)) <= IN_STEP_SECONDS


async def test_a_talk_by_voice_is_sound_alone(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, None)
    await studio.play(recorder, Performance().sent(("audio",)))
    (part,) = await studio.stop(recorder)
    assert (part.media_type, part.name) == ("audio/webm", "7-cast-0.webm")
    seen = watch(studio.files, part.name)
    assert len(seen.beeps) == 3


@pytest.mark.parametrize("codec", CODECS)
async def test_a_picture_that_comes_late_begins_a_part(studio: Studio, codec: str) -> None:
    recorder = studio.begin()
    describe(recorder, codec)
    performance = Performance(codec=codec, seconds=8)
    late = [
        one
        for one in performance.sent()
        if one.kind == "audio" or one.at > performance.begins + 5.5
    ]
    await studio.play(recorder, late)
    parts = await studio.stop(recorder)
    assert [part.media_type.partition("/")[0] for part in parts] == ["audio", "video"]
    seen = watch(studio.files, parts[-1].name)
    # The sound of the first flash came before it, and is in the part before.
    after = seen.flashes[-1]
    assert min(abs(after - beep) for beep in seen.beeps) <= IN_STEP_SECONDS
    assert sum(len(watch(studio.files, part.name).beeps) for part in parts) >= 7


async def test_both_sides_have_files_that_begin_by_the_same_clock(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8", side="caller")
    describe(recorder, "h264", side="cast")
    caller = Performance(sender_clock=-9e6)
    cast = Performance(codec="h264", begins=caller.begins + 0.7)
    both: list[tuple[Side, Sent]] = [("caller", one) for one in caller.sent()]
    both += [("cast", one) for one in cast.sent()]
    for side, one in sorted(both, key=lambda pair: pair[1].at):
        await studio.play(recorder, [one], side=side)
    parts = {part.side: part for part in await studio.stop(recorder)}
    assert parts["cast"].begun_at - parts["caller"].begun_at == pytest.approx(0.7, abs=0.04)


async def test_a_picture_without_key_frames_is_asked_for_some(studio: Studio) -> None:
    """A player can begin nowhere else, and browsers send one at the beginning only."""
    recorder = studio.begin()
    describe(recorder, "vp8")
    performance = Performance(seconds=25)
    sent = performance.sent()
    keys = {one.at for one in sent if one.packet is not None and is_key(one)}
    first = min(keys)
    # What follows a key frame is taken for what follows any other: nothing is decoded here.
    await studio.play(recorder, [one for one in sent if one.at not in keys - {first}])
    await studio.stop(recorder)
    assert len(studio.asked) >= 2


def is_key(one: Sent) -> bool:
    assert one.packet is not None
    return one.kind == "video" and one.packet[20] & 0x10 != 0 and not one.packet[24] & 1


async def test_a_removed_file_is_gone(studio: Studio) -> None:
    recorder = studio.begin()
    describe(recorder, "vp8")
    await studio.play(recorder, Performance().sent())
    (part,) = await studio.stop(recorder)
    assert studio.files.names() == [part.name]
    looked = studio.files.look(part.name)
    assert looked.seconds == pytest.approx(part.seconds, abs=0.05)
    assert replace(looked, seconds=part.seconds) == part
    with closing(studio.files.open(part.name)) as reader:
        assert reader.size == part.size
    studio.files.remove(part.name)
    studio.files.remove(part.name)
    assert studio.files.names() == []
    with pytest.raises(FileNotFoundError):
        studio.files.open(part.name)


@pytest.mark.parametrize("name", ["../7-cast-0.webm", "7-cast-0.webm.live", "/etc/passwd", "", "7"])
def test_only_parts_have_names(studio: Studio, name: str) -> None:
    for verb in (studio.files.open, studio.files.remove, studio.files.look):
        with pytest.raises(FileNotFoundError):
            verb(name)
