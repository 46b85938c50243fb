"""A mail server that drips, hangs or never says goodbye is left in time, and a mail goes once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiosmtplib
import pytest

from foundation.settings import Settings
from notify import senders
from notify.senders import NOT_SENT, sender_for
from tests.notify.test_senders import FROM, MAIL

SOON = 10.0
GOOD = (b"220 mx\r\n", b"250 mx\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n")


class Server:
    """Says one line after each of the client's, and the content; then it goes on as it is told."""

    def __init__(self, lines: Sequence[bytes], drips: bytes = b"") -> None:
        self.lines, self.drips = lines, drips
        self.port, self.taken = 0, 0
        self.left = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for number, line in enumerate(self.lines):
                writer.write(line)
                if number < len(self.lines) - 1:
                    await reader.readuntil(b"\r\n.\r\n" if line.startswith(b"354") else b"\r\n")
                self.taken += line.startswith(b"354")
            while self.drips and not writer.transport.is_closing():
                writer.write(self.drips)
                await asyncio.sleep(0.02)
            await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.left.set()
            writer.close()


@asynccontextmanager
async def open_server(lines: Sequence[bytes], drips: bytes = b"") -> AsyncIterator[Server]:
    served = Server(lines, drips)
    server = await asyncio.start_server(served.serve, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()


async def send(server: Server, **changed: Any) -> None:
    site = Settings(smtp_url=f"smtp://127.0.0.1:{server.port}", mail_from=FROM)
    async with asyncio.timeout(SOON):
        await sender_for(site.model_copy(update=changed))(MAIL)


@pytest.mark.parametrize("steps", range(len(GOOD) + 1))
async def test_a_server_that_falls_silent_at_any_step_is_left_in_the_end(steps: int) -> None:
    async with open_server(GOOD[:steps] or [b""]) as server:
        with pytest.raises(TimeoutError):
            await send(server, mail_seconds=0.3, mail_step_seconds=30)
        await server.left.wait()


@pytest.mark.parametrize("drips", [b"2", b"250-again\r\n"])
async def test_a_server_that_drips_is_left_in_the_end(drips: bytes) -> None:
    async with open_server(GOOD[:1], drips) as server:
        with pytest.raises(TimeoutError):
            await send(server, mail_seconds=0.3, mail_step_seconds=30)
        with pytest.raises(aiosmtplib.SMTPTimeoutError):
            await send(server, mail_step_seconds=0.3)
        await server.left.wait()


async def test_a_mail_that_was_taken_is_sent_though_nobody_says_goodbye(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(senders, "QUIT_SECONDS", 0.1)
    async with open_server((*GOOD, b"250 taken\r\n")) as server:
        await send(server, mail_seconds=30, mail_step_seconds=30)
        await server.left.wait()
    assert server.taken == 1


async def test_a_farewell_that_makes_no_sense_changes_nothing() -> None:
    async with open_server((*GOOD, b"250 taken\r\n", b"\xff\0 what?\r\n")) as server:
        await send(server)
    assert server.taken == 1


def test_what_ran_out_of_time_is_no_bug() -> None:
    assert issubclass(TimeoutError, NOT_SENT)
