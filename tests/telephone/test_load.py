"""Many calls at once, by sipp: whoever finds a line is answered, all others find it busy."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephone.port import PhoneLeg

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from telephone.trunk.dialogs import Dialogs, left_in
from telephone.trunk.line import TrunkLine
from telephone.trunk.terms import TrunkTerms
from tests.telephone.test_trunk import NUMBER, until

pytestmark = pytest.mark.timeout(240)

LISTEN, SIPP, LINES = 15270, 15271, 20
SCENARIO = Path(__file__).parent / "sipp_caller.xml"


class Sipp:
    """sipp, with some words of its own for this call; a code of 0 says that all went as told."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._folder = folder
        self._words = [
            *words, "-i", "127.0.0.1", "-p", str(SIPP), "-nostdin", "-timeout", "120",
            "-trace_err", "-error_file", str(folder / "errors"),
        ]  # fmt: skip

    async def start(self) -> asyncio.subprocess.Process:
        """Begin; what it shows on its screen is of no use here."""
        program = shutil.which("sipp")
        assert program is not None
        return await asyncio.create_subprocess_exec(
            program, *self._words, cwd=self._folder, stdout=-3, stderr=-3
        )

    def errors(self) -> str:
        """What it has to complain of."""
        found = self._folder / "errors"
        return found.read_text(errors="replace")[:4000] if found.exists() else ""


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[TrunkLine]:
    if shutil.which("sipp") is None:
        pytest.skip("sipp isn't installed here (Debian: sip-tester)")
    terms = TrunkTerms(
        server=f"127.0.0.1:{SIPP}", user=NUMBER, numbers=(NUMBER,), register_seconds=0,
        listen=f"127.0.0.1:{LISTEN}", address="127.0.0.1", ports=(26000, 26199), lines=LINES,
        silence_seconds=60,
    )  # fmt: skip
    with Dialogs(tmp_path / "calls") as dialogs:
        line = await TrunkLine(terms, dialogs.see).open()
        try:
            yield line
        finally:
            await line.close()


async def test_200_calls_within_seconds_are_answered_or_find_it_busy(
    line: TrunkLine, tmp_path: Path
) -> None:
    works: set[asyncio.Task[None]] = set()
    most = [0]

    def taken(leg: PhoneLeg) -> None:
        most[0] = max(most[0], len(line.legs))
        works.add(asyncio.create_task(leg.answer()))

    line.on_incoming = taken
    words = ["-sf", str(SCENARIO), "-s", NUMBER, "-m", "200", "-r", "40", "-l", "200"]
    sipp = Sipp(tmp_path, *words, f"127.0.0.1:{LISTEN}")
    running = await sipp.start()
    code = await asyncio.wait_for(running.wait(), 150)
    assert code == 0, sipp.errors()
    await asyncio.gather(*works, return_exceptions=True)
    assert LINES // 2 < most[0] <= LINES
    assert len(works) < 200
    # Nobody is left on the line, nor in the file by which a killed gateway's calls are ended.
    await until(lambda: not line.legs, 60)
    assert left_in(tmp_path / "calls") == []


async def test_a_hundred_are_rung_as_many_at_once_as_there_are_lines(
    line: TrunkLine, tmp_path: Path
) -> None:
    running = await Sipp(tmp_path, "-sn", "uas").start()
    try:
        places = asyncio.Semaphore(LINES)

        async def ring(number: int) -> bool:
            async with places, await line.dial(f"0901000{number:04}") as leg:
                await asyncio.wait_for(leg.is_answered.wait(), 60)
                await asyncio.sleep(0.2)
                return leg.is_answered.is_set() and not leg.is_over.is_set()

        assert all(await asyncio.gather(*(ring(number) for number in range(100))))
    finally:
        running.terminate()
        await running.wait()
    assert line.legs == []
    assert left_in(tmp_path / "calls") == []
