"""What the site's credentials are worth at a real coturn, with the lines that are shipped."""

import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from tests.media import turnserver
from tests.media.turn_client import TCP, RefusedError, Transport, TurnClient
from tests.media.turnserver import HAS_COTURN, LINES, SECRET, SITE, WITHOUT, TurnServer

pytestmark = pytest.mark.skipif(not HAS_COTURN, reason=WITHOUT)
TRANSPORTS: tuple[Transport, ...] = get_args(Transport)
PORTS = range(49160, 49288)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TurnServer]:
    """A TURN server on loopback."""
    started = turnserver.start(tmp_path_factory.mktemp("coturn"))
    yield started
    started.stop()


@contextmanager
def closing(client: TurnClient) -> Iterator[TurnClient]:
    try:
        yield client
    finally:
        client.close()


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_credential_of_the_sites_gets_an_allocation(
    server: TurnServer, transport: Transport
) -> None:
    with closing(server.client(turnserver.seat(7, "cast"), transport=transport)) as client:
        address, port = client.allocate()
        assert (address, port in PORTS) == ("127.0.0.1", True)
        assert client.realm == SITE
        assert client.refresh() == 600


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_credential_that_is_over_made_up_or_of_another_secret_gets_none(
    server: TurnServer, transport: Transport
) -> None:
    good = server.client(transport=transport)
    good.socket.close()
    later = f"{int(time.time()) + 9000}:{good.username.partition(':')[2]}"
    wrong = [
        server.client(transport=transport, good_for=-1),
        server.client(transport=transport, secret="another secret, of another site's"),
        server.client_as(good.username, "guessed", transport),
        server.client_as(later, good.password, transport),
        server.client_as("", "", transport),
        server.client_as("nobody", "", transport),
    ]
    for client in wrong:
        with closing(client), pytest.raises(RefusedError) as refused:
            client.allocate()
        assert refused.value.code == 401


def test_without_a_credential_nothing_is_given_and_the_software_not_named(
    server: TurnServer,
) -> None:
    with closing(server.client()) as client:
        answer = client._ask(3, [])
        assert answer.error_code == 401
        assert "SOFTWARE" not in answer.attributes
        assert "FINGERPRINT" in answer.attributes


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_it_relays_no_tcp(server: TurnServer, transport: Transport) -> None:
    with closing(server.client(transport=transport)) as client:
        with pytest.raises(RefusedError) as refused:
            client.allocate(relay=TCP)
        assert refused.value.code in (403, 442)
        client.allocate()
        assert not client.connects(("192.0.43.8", 443))


def test_a_side_of_a_talk_has_so_many_allocations_however_many_credentials(
    server: TurnServer,
) -> None:
    most = _quota("user-quota")
    name = turnserver.seat(8, "caller")
    held = [server.client(name, good_for=300 + number) for number in range(most)]
    assert len({client.username for client in held}) == most
    try:
        for client in held:
            client.allocate()
        with closing(server.client(name, good_for=600)) as more:
            with pytest.raises(RefusedError) as refused:
                more.allocate()
            assert refused.value.code == 486
        with closing(server.client(turnserver.seat(8, "cast"))) as other:
            other.allocate()
    finally:
        for client in held:
            client.close()
    with closing(server.client(name)) as again:
        _allocate_soon(again)


def test_all_together_have_so_many(tmp_path: Path) -> None:
    lines = LINES.read_text().replace(f"total-quota={_quota('total-quota')}", "total-quota=3")
    small = turnserver.start(tmp_path, lines=lines)
    try:
        held = [small.client(turnserver.seat(number, "cast")) for number in range(4)]
        for client in held[:3]:
            client.allocate()
        with pytest.raises(RefusedError) as refused:
            held[3].allocate()
        assert refused.value.code == 486
        held[0].close()
        _allocate_soon(held[3])
    finally:
        small.stop()


def _allocate_soon(client: TurnClient) -> None:
    """What is given back is free a moment later."""
    ends = time.monotonic() + 30
    while True:
        try:
            client.allocate()
        except RefusedError as refused:
            if refused.code != 486 or time.monotonic() > ends:
                raise
            time.sleep(0.2)
        else:
            return


@pytest.mark.timeout(120)
def test_an_allocation_outlives_its_credential(tmp_path: Path) -> None:
    server = turnserver.start(tmp_path, options=("--allow-loopback-peers",))
    try:
        began = time.monotonic()
        one, other = server.client("one", good_for=5), server.client("other", good_for=5)
        for client in (one, other):
            client.allocate()
        while time.monotonic() - began < 32:
            _talk(one, other)
            time.sleep(4)
        for client in (one, other):
            assert client.refresh() == 600
            late = server.client_as(client.username, client.password)
            with closing(late), pytest.raises(RefusedError) as refused:
                late.allocate()
            assert refused.value.code == 401
    finally:
        server.stop()


def _talk(one: TurnClient, other: TurnClient) -> None:
    """Send each other something through the server, with everything renewed that can be."""
    for sender, hearer in ((one, other), (other, one)):
        hearer.permit(sender.relayed)
        sender.permit(hearer.relayed)
        sender.send(hearer.relayed, b"still here")
        assert hearer.hear() == (sender.relayed, b"still here")
        assert sender.refresh() == 600


def test_a_certificate_that_was_renewed_is_shown_without_a_restart(tmp_path: Path) -> None:
    server = turnserver.start(tmp_path)
    try:
        old = _certificate(server)
        turnserver.certified(tmp_path)
        ends = time.monotonic() + 30
        while _certificate(server) == old and time.monotonic() < ends:
            time.sleep(0.2)
        assert _certificate(server) != old
        assert server.process.poll() is None
    finally:
        server.stop()


def _certificate(server: TurnServer) -> bytes | None:
    client = server.client(transport="tls")
    with client.socket as tls:
        assert isinstance(tls, ssl.SSLSocket)
        return tls.getpeercert(binary_form=True)


def test_every_line_is_one_that_this_coturn_knows(server: TurnServer) -> None:
    assert re.findall(r"(?i).*(?:bad config|unknown|config error|deprecated).*", server.said) == []


def test_what_it_logs_holds_no_secret(server: TurnServer) -> None:
    assert SECRET not in server.said
    arguments = Path(f"/proc/{server.process.pid}/cmdline").read_bytes().decode()
    assert "turnserver" in arguments
    assert SECRET not in arguments


def _quota(name: str) -> int:
    found = re.search(rf"^{name}=(\d+)$", LINES.read_text(), re.MULTILINE)
    assert found
    return int(found[1])
