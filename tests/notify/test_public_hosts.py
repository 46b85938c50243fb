"""A stranger's name leads to public addresses alone, whatever it stands for at which moment."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

import pytest

from foundation.settings import Settings
from foundation.threads import Threads
from notify.devices import Subscription
from notify.public_hosts import (
    Address,
    NotPublicError,
    PublicResolver,
    guarded,
    is_public,
    public_addresses,
)
from notify.push_client import NO_ANSWER, PushClient, Way
from notify.push_keys import PushKeys
from notify.push_service import PushMessage
from tests.notify.push_house import HOST, Phone, new_keys

MESSAGE = PushMessage("題", "文", "/", "t", "ja", 60)
INSIDE = [
    "0.0.0.0", "10.0.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1",
    "100.64.0.1", "100.100.100.200", "192.0.0.192", "192.88.99.1", "198.18.0.1", "192.0.2.1",
    "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "168.63.129.16",
    "::", "::1", "::10.0.0.1", "::8.8.8.8", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::a00:1", "64:ff9b::7f00:1",
    "64:ff9b:1::808:808", "2002:a00:1::1", "2002:808:808::1", "2001::1", "2001:db8::1",
    "100::1", "5f00::1", "nonsense", "",
]  # fmt: skip
OUTSIDE = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001:82a::200a", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_within_the_house_and_nowhere_is_not_public(address: str) -> None:
    assert not is_public((address, 443))


@pytest.mark.parametrize("address", OUTSIDE)
def test_a_public_address_is_one_at_the_port_of_https_alone(address: str) -> None:
    assert is_public((address, 443))
    for port in (80, 0, 8443, 5432):
        assert not is_public((address, port))


def found_by_the_machine(
    monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]
) -> list[Sequence[str]]:
    """Let the machine's resolver give these answers, one after the other; what is left of them."""
    left = list(answers)

    def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(0, 1, 6, "", (address, 443)) for address in left.pop(0)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return left


@pytest.mark.parametrize("address", INSIDE)
def test_one_address_within_the_house_spoils_a_name(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found_by_the_machine(monkeypatch, ["8.8.8.8", address])
    with pytest.raises(NotPublicError):
        public_addresses(HOST)


def test_a_public_name_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    found_by_the_machine(monkeypatch, OUTSIDE)
    assert public_addresses(HOST) == [(address, 443) for address in OUTSIDE]


async def test_few_addresses_of_a_name_are_tried() -> None:
    resolver = PublicResolver(lambda _: [("8.8.8.8", 443)] * 9, lambda _: Threads("test", 1, 1))
    assert len(await resolver.resolve(HOST)) == 3


def test_no_socket_is_made_for_an_address_within_the_house() -> None:
    make = guarded(is_public)
    with pytest.raises(OSError, match="not a public address"):
        make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 443)))
    with make((socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))) as made:
        assert made.gettimeout() == 0


@pytest.fixture
def keys() -> PushKeys:
    return new_keys()


async def send(way: Way, keys: PushKeys, endpoint: str = f"https://{HOST}/a") -> None:
    """Send to any endpoint, as if it had once been accepted."""
    own = Phone("a").subscription
    device = Subscription(endpoint, own.p256dh, own.auth)
    async with aclosing(PushClient(Settings(), way)) as client:
        await client.send(device, MESSAGE, keys, "mailto:a@talk.example")


class Watch:
    """Notes which addresses were about to be connected to, and allows none."""

    def __init__(self) -> None:
        self.asked: list[Address] = []

    def allows(self, address: Address) -> bool:
        self.asked.append(address)
        return False


async def test_the_address_that_was_looked_at_is_the_one_connected_to(
    keys: PushKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = found_by_the_machine(monkeypatch, ["8.8.8.8"], ["127.0.0.1"])
    watch = Watch()
    way = Way(allows=watch.allows)
    with pytest.raises(NO_ANSWER):
        await send(way, keys)
    assert watch.asked == [("8.8.8.8", 443)]
    assert len(left) == 1, "nobody asked a second time"
    with pytest.raises(NotPublicError):
        await send(way, keys)
    assert len(watch.asked) == 1


async def test_what_a_lying_resolver_finds_is_not_connected_to(keys: PushKeys) -> None:
    came = list[object]()
    server = await asyncio.start_server(lambda *both: came.append(both), "127.0.0.1", 0)
    async with server:
        place = server.sockets[0].getsockname()
        with pytest.raises(NO_ANSWER):
            await send(Way(find=lambda _: [place]), keys)
    assert came == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/a", "https://8.8.8.8/a", "https://[::1]/a", "https://[2606:4700::1111]/",
        "https://[::ffff:127.0.0.1]/a", "https://2130706433/a", "https://0x7f.1/a",
        "https://127.1/a", "https://localhost/a", "http://push.example.com/a", "https:///a",
        "https://push.example.com:8443/a", "https://push.example.com:80/a",
        "https://me:you@push.example.com/a", "https://１２７.0.0.1/a", "ftp://push.example.com/a",
        "https://[::1/a", "",
    ],
)  # fmt: skip
async def test_an_endpoint_that_is_no_name_leads_nowhere(keys: PushKeys, endpoint: str) -> None:
    watch = Watch()
    with pytest.raises(NotPublicError):
        await send(Way(lambda _: [("127.0.0.1", 443)], watch.allows), keys, endpoint)
    assert watch.asked == []


async def test_a_name_that_no_server_could_have_is_just_not_found() -> None:
    with pytest.raises(OSError, match="no name"):
        public_addresses("a" * 70 + ".example")
