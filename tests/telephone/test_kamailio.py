"""The line by a trunk that others wrote: kamailio, with digest, over UDP, TCP and TLS."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from telephone.port import End, PhoneLeg
from tests.telephone.certificates import certify
from tests.telephone.phone import Phone
from tests.telephone.sounds import share, tone

pytest.importorskip("baresip", reason="baresip has no wheel for this machine")

from telephone.trunk.line import TrunkLine
from telephone.trunk.terms import TrunkTerms
from tests.telephone.test_trunk import answered, over, until

PLAIN, SECURE = 15160, 15161
NUMBER = "0312345678"


@pytest.fixture
async def kamailio(tmp_path: Path) -> AsyncIterator[Path]:
    program = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")
    if program is None or not list(Path("/usr/lib").glob("**/kamailio/modules/tls.so")):
        pytest.skip("kamailio and its module for TLS aren't installed here (Debian has both)")
    certify(tmp_path)
    text = (Path(__file__).parent / "kamailio.cfg").read_text()
    for word, value in (("FOLDER", tmp_path), ("PLAIN", PLAIN), ("SECURE", SECURE)):
        text = text.replace(word, str(value))
    (tmp_path / "kamailio.cfg").write_text(text)
    words = ["-f", "kamailio.cfg", "-DD", "-E", "-m", "32", "-M", "8", "-Y", str(tmp_path)]
    with (tmp_path / "log").open("w") as log:
        running = subprocess.Popen([program, *words], cwd=tmp_path, stdout=log, stderr=log)
        await _listens(PLAIN)
        await _listens(SECURE)
        yield tmp_path
        running.terminate()
        await asyncio.to_thread(running.wait)


async def _listens(port: int) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                return


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
async def test_calls_both_ways_are_spoken_on_and_hung_up(kamailio: Path, transport: str) -> None:
    terms = TrunkTerms(
        server=f"127.0.0.1:{SECURE if transport == 'tls' else PLAIN}", user=NUMBER,
        password="geheim", numbers=(NUMBER,), register_seconds=60, listen="127.0.0.1:15170",
        address="127.0.0.1", ports=(25000, 25199), transport=transport,  # type: ignore[arg-type]
        certificates=kamailio / "trunk.pem",
    )  # fmt: skip
    line = await TrunkLine(terms).open()
    try:
        await _calls(line)
    finally:
        await line.close()


async def _calls(line: TrunkLine) -> None:
    taken: list[PhoneLeg] = []
    line.on_incoming = taken.append
    await until(lambda: line.away is None)
    async with Phone(6501, tone(440)) as a, Phone(6502, tone(880)) as b, Phone(6503) as c:
        first, second = await asyncio.gather(answered(line, a), answered(line, b))
        first.join(second)
        second.join(first)
        await asyncio.gather(a.hears(15), b.hears(15))
        heard = await asyncio.gather(a.hears(50), b.hears(50))
        assert share(heard[0], 880) > 0.7
        assert share(heard[1], 440) > 0.7
        await a.press("7")
        assert await asyncio.wait_for(first.digits.get(), 10) == "7"
        b.hang_up()
        assert await over(second) is End.THEY_HUNG_UP
        await first.hang_up()
        await a.until("BYE")
        c.call(NUMBER, ("127.0.0.1", PLAIN))
        await until(lambda: taken)
        assert (taken[0].number, taken[0].called) == (c.number, NUMBER)
        await taken[0].answer()
        await c.until("200 INVITE")
        await taken[0].hang_up()
        await c.until("BYE")
