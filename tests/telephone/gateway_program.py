"""A gateway without a site, for tests that kill it: it does what its standard input says.

`join A B` rings two numbers and joins them, `ring A` rings one, `leave` hangs up all; who rings it
is answered once it was told `answer`. Each thing that happens is a line of JSON.
"""

import asyncio
import json
import os
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from foundation.log import set_up_log
from telephone.port import PhoneLeg
from telephone.supervisor import Supervisor, stop_with_parent
from telephone.trunk.dialogs import Dialogs
from telephone.trunk.line import TrunkLine
from telephone.trunk.orphans import hang_up_all
from telephone.trunk.terms import TrunkTerms


def tell(what: str, **more: object) -> None:
    print(json.dumps({"what": what, **more}), flush=True)


class Program:
    """What it has been told."""

    def __init__(self, line: TrunkLine) -> None:
        self.line = line
        self.answers = False
        self.works: set[asyncio.Task[None]] = set()
        line.on_incoming = lambda leg: self.work(self.incoming(leg))

    def work(self, work: Coroutine[Any, Any, None]) -> None:
        self.works.add(asyncio.create_task(work))

    async def incoming(self, leg: PhoneLeg) -> None:
        tell("incoming", number=leg.number)
        if self.answers:
            await leg.answer()
            tell("answered")

    async def do(self, words: list[str]) -> None:
        if words[0] == "answer":
            self.answers = True
            return
        if words[0] == "leave":
            await asyncio.gather(*(leg.hang_up() for leg in self.line.legs))
            return
        legs = [await self.line.dial(number) for number in words[1:]]
        for leg in legs:
            await leg.rings.wait()
        tell("rings")
        if words[0] == "join":
            for leg in legs:
                await leg.is_answered.wait()
            legs[0].join(legs[1])
            legs[1].join(legs[0])
            tell("joined")
            await asyncio.wait(
                [asyncio.create_task(leg.is_over.wait()) for leg in legs],
                return_when=asyncio.FIRST_COMPLETED,
            )
            await asyncio.gather(*(leg.hang_up() for leg in legs))


async def run(terms: TrunkTerms, file: Path) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    with Dialogs(file) as dialogs:
        line = await TrunkLine(terms, dialogs.see).open()
        while line.away is not None:
            await asyncio.sleep(0.01)
        program = Program(line)
        tell("ready", pid=os.getpid())
        while words := (await reader.readline()).split():
            program.work(program.do([word.decode() for word in words]))


def main() -> None:
    """`gateway_program FILE SERVER LISTEN TRANSPORT CERTIFICATES [supervised]`."""
    set_up_log("console")
    file, server, listen, transport, certificates, *rest = sys.argv[1:]
    terms = TrunkTerms(
        server=server, user="0312345678", password="geheim", numbers=("0312345678",),
        register_seconds=60, lines=200, listen=listen, address="127.0.0.1",
        ports=(22000, 22499) if listen.endswith("080") else (22500, 22599),
        transport=transport, certificates=Path(certificates),  # type: ignore[arg-type]
    )  # fmt: skip
    if rest:
        words = [sys.executable, "-m", "tests.telephone.gateway_program", *sys.argv[1:-1]]
        sys.exit(Supervisor(words, lambda: hang_up_all(Path(file), terms), Path(file)).run())
    stop_with_parent(os.getppid())
    asyncio.run(run(terms, Path(file)))


if __name__ == "__main__":
    main()
