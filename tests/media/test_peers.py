"""Whom a credential reaches: other browsers, and nothing inside.

In a network of its own, where somebody listens on each address that must not be reached. Without
the lines that deny they hear what is sent; with them they don't.
"""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.media import turnserver
from tests.media.network import Apart, may_be_apart
from tests.media.turn_client import RefusedError, TurnClient
from tests.media.turnserver import HAS_COTURN, LINES, WITHOUT, TurnServer, listen

pytestmark = [
    pytest.mark.skipif(not HAS_COTURN, reason=WITHOUT),
    pytest.mark.skipif(
        HAS_COTURN and not may_be_apart(), reason="no network namespaces are allowed here"
    ),
]
# As in compose.yaml: an address of its own, which the world knows by the public one.
RELAY, PUBLIC, RELAY_6 = "172.30.42.2", "192.0.43.8", "2a00:1098::2"
INSIDE = [
    "10.0.0.5", "172.16.0.5", "172.30.41.5", "172.30.42.1", "192.168.0.5", "169.254.169.254",
    "100.64.0.5", "127.0.0.1", "192.0.0.192", "192.0.2.5", "198.18.0.5", "198.51.100.5",
    "203.0.113.5", "168.63.129.16",
]  # fmt: skip
INSIDE_6 = ["::1", "fd00::5", "fd41:7:1e::5", "fd00:ec2::254", "64:ff9b::a00:5", "2002:a00:5::5"]
# Where nobody can listen: no interface, no one address.
ELSEWHERE_6 = ["fe80::5", "ff02::1", "::127.0.0.1", "::", "fec0::5", "2001:db8::5"]
ELSEWHERE = ["0.0.0.0", "0.0.0.5", "224.0.0.1", "255.255.255.255", "240.0.0.5"]
MAPPED = [f"::ffff:{address}" for address in ("127.0.0.1", "10.0.0.5", "169.254.169.254")]
OUTSIDE, OUTSIDE_6 = "193.0.0.9", "2a00:1098::9"


@pytest.fixture(scope="module")
def network() -> Iterator[Apart]:
    """A network in which all of these addresses are somebody's."""
    own = [*INSIDE, *INSIDE_6, OUTSIDE, OUTSIDE_6, RELAY, RELAY_6, PUBLIC]
    apart = Apart([address for address in own if address not in ("127.0.0.1", "::1")])
    yield apart
    apart.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, network: Apart) -> Iterator[TurnServer]:
    """A TURN server with the lines that are shipped, and with an IPv6 relay besides."""
    yield from _started(tmp_path_factory, network, LINES.read_text())


@pytest.fixture(scope="module")
def open_server(tmp_path_factory: pytest.TempPathFactory, network: Apart) -> Iterator[TurnServer]:
    """One without the lines that deny."""
    lines = re.sub(r"^denied-peer-ip=.*\n", "", LINES.read_text(), flags=re.MULTILINE)
    yield from _started(tmp_path_factory, network, lines, "--allow-loopback-peers")


def _started(
    folders: pytest.TempPathFactory, network: Apart, lines: str, *options: str
) -> Iterator[TurnServer]:
    started = turnserver.start(
        folders.mktemp("coturn"),
        network,
        relay=RELAY,
        public=PUBLIC,
        lines=lines,
        options=(f"--relay-ip={RELAY_6}", *options),
    )
    yield started
    started.stop()


@pytest.fixture
def client(server: TurnServer) -> Iterator[TurnClient]:
    """One with a relay of IPv4."""
    opened = server.client(turnserver.seat(1, "cast"))
    yield opened
    opened.close()


def heard(server: TurnServer, client: TurnClient, address: str, listener: str = "") -> bool:
    """Try every way to an address; say whether who listens there hears anything."""
    with listen(server.network, listener or address, 0.5) as inside:
        peer = (address, inside.getsockname()[1])
        for way in (client.permit, client.bind):
            # Whether it is refused in words is asked elsewhere.
            with suppress(RefusedError):
                way(peer)
        client.send(peer, b"a knock")
        try:
            return inside.recv(100) == b"a knock"
        except TimeoutError:
            return False


@pytest.mark.parametrize("address", INSIDE)
def test_nothing_inside_is_reached(server: TurnServer, client: TurnClient, address: str) -> None:
    client.allocate()
    assert not heard(server, client, address)
    _refused(client, address)


@pytest.mark.parametrize("address", INSIDE)
def test_without_the_lines_that_deny_it_would_be(open_server: TurnServer, address: str) -> None:
    client = open_server.client(turnserver.seat(2, "cast"))
    client.allocate()
    assert heard(open_server, client, address)
    client.close()


@pytest.mark.parametrize("address", INSIDE_6)
def test_nothing_inside_is_reached_by_ipv6(
    server: TurnServer, client: TurnClient, address: str
) -> None:
    client.allocate(ipv6=True)
    assert not heard(server, client, address)
    _refused(client, address)


@pytest.mark.parametrize("address", INSIDE_6)
def test_by_ipv6_it_would_be_too(open_server: TurnServer, address: str) -> None:
    client = open_server.client(turnserver.seat(2, "cast"))
    client.allocate(ipv6=True)
    assert heard(open_server, client, address)
    client.close()


@pytest.mark.parametrize("address", MAPPED)
def test_nor_as_ipv4_written_as_ipv6(server: TurnServer, client: TurnClient, address: str) -> None:
    client.allocate(ipv6=True)
    assert not heard(server, client, address, address.removeprefix("::ffff:"))
    _refused(client, address)


@pytest.mark.parametrize("address", MAPPED)
def test_coturn_itself_would_permit_that(open_server: TurnServer, address: str) -> None:
    # Whether it arrives then is the kernel's affair, and which address the relay is bound to.
    client = open_server.client(turnserver.seat(2, "cast"))
    client.allocate(ipv6=True)
    client.permit((address, 53))
    client.close()


@pytest.mark.parametrize("address", [*ELSEWHERE, *ELSEWHERE_6])
def test_nobodys_addresses_are_refused(client: TurnClient, address: str) -> None:
    client.allocate(ipv6=":" in address)
    _refused(client, address)


def _refused(client: TurnClient, address: str) -> None:
    for way in (client.permit, client.bind):
        with pytest.raises(RefusedError) as refused:
            way((address, 53))
        assert refused.value.code == 403


@pytest.mark.parametrize("address", [OUTSIDE, OUTSIDE_6])
def test_another_browser_is_reached_and_answers(
    server: TurnServer, client: TurnClient, address: str
) -> None:
    relayed = client.allocate(ipv6=":" in address)
    with listen(server.network, address) as browser:
        peer = (address, browser.getsockname()[1])
        client.permit(peer)
        client.send(peer, b"hello")
        data, source = browser.recvfrom(100)
        assert data == b"hello"
        # The world knows the relay by its public address.
        assert relayed[0] == (RELAY_6 if ":" in address else PUBLIC)
        assert source[:2] == (RELAY_6 if ":" in address else RELAY, relayed[1])
        browser.sendto(b"and you", source)
        assert client.hear() == (peer, b"and you")


def test_who_has_no_permission_says_nothing(server: TurnServer, client: TurnClient) -> None:
    _, port = client.allocate()
    with listen(server.network, OUTSIDE) as stranger:
        stranger.sendto(b"a call", (RELAY, port))
        client.socket.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.hear()


def test_two_who_both_hide_meet(server: TurnServer, client: TurnClient) -> None:
    other = server.client(turnserver.seat(1, "caller"))
    client.allocate()
    other.allocate()
    assert client.relayed[0] == other.relayed[0] == PUBLIC
    for one, peer in ((client, other), (other, client)):
        one.permit(peer.relayed)
    client.send(other.relayed, b"hello")
    assert other.hear() == (client.relayed, b"hello")
    other.send(client.relayed, b"and you")
    assert client.hear() == (other.relayed, b"and you")
    other.close()


def test_what_else_listens_on_the_public_address_is_not_reached(
    server: TurnServer, client: TurnClient
) -> None:
    """The site's own address is, for a peer, the relay's: where there is nothing but the relay."""
    client.allocate()
    with listen(server.network, PUBLIC, 0.5) as elsewhere:
        peer = elsewhere.getsockname()[:2]
        with server.network.open_socket(socket.AF_INET, socket.SOCK_DGRAM) as relay:
            relay.bind((RELAY, peer[1]))
            relay.settimeout(5)
            client.permit(peer)
            client.send(peer, b"a knock")
            assert relay.recv(100) == b"a knock"
        with pytest.raises(TimeoutError):
            elsewhere.recv(100)
