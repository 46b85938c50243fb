"""What the relay takes for granted of aiortc, aioice and pylibsrtp, in their present versions.

Where one of these fails after an update, `media/relay/inner.py` is what to look at.
"""

import asyncio
import inspect
import sys
from collections.abc import Callable

import pytest
import uvloop
from aioice.ice import Connection, StunProtocol
from aiortc import RTCCertificate, RTCDtlsTransport
from pylibsrtp import _binding

from media.relay.inner import LegConnection, PacketBuffer, Transports
from media.relay.terms import SIDES
from tests.media.relay.conftest import Meeting, until
from tests.media.relay.peer import HOME, rtp_packet

LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("loop", LOOPS, ids=["asyncio", "uvloop"])
def test_a_talk_in_each_of_the_loops(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def talk() -> None:
        meeting = Meeting()
        caller, cast = await meeting.join("caller"), await meeting.join("cast")
        caller.send(rtp_packet(111, 1, 1, caller.names.audio, b"word"))
        await caller.transports.send_notes(b"note")
        await until(lambda: cast.heard and cast.notes)
        await until(lambda: meeting.counts("cast").audio.passed == 4)
        for side in SIDES:
            leg = next(leg for key, leg in meeting.relay._legs.items() if key.side == side)
            # Each of what is overridden was called.
            assert leg.passage.heard
            assert leg._connection._nominated
            await until(lambda leg=leg: leg._rtt > 0)  # type: ignore[misc]
            assert leg._connection._query_consent_task
            assert leg._connection._query_consent_task.done()
        await caller.close()
        await until(lambda: len(meeting.down) == 1)
        await meeting.close()
        assert meeting.relay.totals().faults == 0

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(talk())


@pytest.mark.parametrize(
    "name",
    ["get_component_candidates", "data_received", "check_incoming", "check_complete",
     "respond_error", "query_consent"],
)  # fmt: skip
def test_what_is_overridden_is_there_and_is_called_alike(name: str) -> None:
    theirs = inspect.signature(getattr(Connection, name)).parameters
    ours = inspect.signature(getattr(LegConnection, name)).parameters
    assert list(ours) == list(theirs)


async def test_what_is_read_of_a_connection_is_there() -> None:
    connection = LegConnection((HOME,), (40_000, 59_999), lambda *_: None, lambda *_: None)
    for name in ("_nominated", "_protocols", "_queue", "_local_username"):
        assert hasattr(connection, name)
    assert isinstance(StunProtocol(connection).transactions, dict)
    await connection.close()


async def test_what_waits_for_the_handshake_is_bounded() -> None:
    connection = LegConnection((HOME,), (40_000, 59_999), lambda *_: None, lambda *_: None)
    for _ in range(1000):
        connection.data_received(b"a packet", 1)
    assert connection._queue.qsize() == 64
    await connection.close()


async def test_what_is_taken_of_dtls_is_there() -> None:
    connection = LegConnection((HOME,), (40_000, 59_999), lambda *_: None, lambda *_: None)
    transports = Transports(connection, RTCCertificate.generateCertificate())
    assert transports.ice._connection is connection
    assert {"_rx_srtp", "_tx_srtp"} <= set(vars(transports.dtls))
    for name in ("_register_data_receiver", "_send_data"):
        assert inspect.ismethod(getattr(transports.dtls, name))
    assert "self._data_receiver._handle_data(data)" in inspect.getsource(RTCDtlsTransport)
    await connection.close()


def test_libsrtp_works_in_place() -> None:
    for name in ("srtp_protect", "srtp_unprotect", "srtp_protect_rtcp", "srtp_unprotect_rtcp"):
        assert callable(getattr(_binding.lib, name))
    buffer = PacketBuffer()
    buffer.octets[0] = 7
    assert bytes(_binding.ffi.buffer(buffer.data, 1)) == b"\x07"
    assert sys.getsizeof(buffer.octets) < 4096
