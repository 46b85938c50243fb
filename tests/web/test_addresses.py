"""Whose address a request has, and whether the log says so where nobody's own address arrives."""

from collections.abc import Sequence

import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from foundation.database import Database
from foundation.settings import Settings
from web.app import make_app
from web.http.forwarded import MOST_ALIKE, AddressWatch, client_address

Request = tuple[str, str, bool, str | None]

PROXY, GATEWAY = "172.30.41.2", "172.30.41.1"
NETWORKS = ("172.30.41.0/24", "fd41:7:1e::/64")


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, ["198.51.100.9, 203.0.113.7"], "203.0.113.7"),
        (PROXY, ["198.51.100.9", "203.0.113.7"], "203.0.113.7"),
        (PROXY, [f"198.51.100.9, {PROXY}, 203.0.113.7"], "203.0.113.7"),
        (PROXY, ["203.0.113.7, nonsense"], PROXY),
        (PROXY, [","], PROXY),
        ("203.0.113.7", ["198.51.100.9"], "203.0.113.7"),
        ("fd41:7:1e::2", ["2001:db8:1::5"], "2001:db8:1::5"),
        ("::ffff:172.30.41.2", ["2001:db8:1::5"], "2001:db8:1::5"),
        (PROXY, ["::ffff:203.0.113.7"], "203.0.113.7"),
    ],
)
def test_an_address_is_what_a_trusted_proxy_saw(
    peer: str, forwarded: list[str], address: str
) -> None:
    assert client_address(peer, forwarded, NETWORKS) == address


def warnings(watch: AddressWatch, seen: Sequence[Request]) -> list[str]:
    """Let the watch see requests; the warnings that it logs."""
    with capture_logs() as lines:
        for peer, address, forwarded, session in seen:
            watch.see(peer, address, forwarded=forwarded, session=session)
    return [line["event"] for line in lines if line["log_level"] == "warning"]


def test_a_proxy_that_is_not_trusted_is_told_once() -> None:
    seen = [(PROXY, PROXY, True, None)] * (MOST_ALIKE * 3)
    assert warnings(AddressWatch(()), seen) == ["addresses.proxy_not_trusted"]


def test_what_to_set_is_told() -> None:
    watch = AddressWatch(())
    with capture_logs() as lines:
        for _ in range(MOST_ALIKE):
            watch.see(PROXY, PROXY, forwarded=True, session=None)
    (line,) = lines
    assert (line["set"], line["address"]) == (f"HITOTOKI_TRUSTED_PROXIES={PROXY}/32", PROXY)


@pytest.mark.parametrize(
    "seen",
    [
        [(PROXY, PROXY, True, None)] * (MOST_ALIKE - 1),
        [(PROXY, PROXY, False, None)] * (MOST_ALIKE * 3),
        [("8.8.4.4", "8.8.4.4", True, None)] * (MOST_ALIKE * 3),
        [(f"10.0.0.{one}", f"10.0.0.{one}", True, None) for one in range(100)],
    ],
)
def test_without_such_a_proxy_nothing_is_told(
    seen: Sequence[Request],
) -> None:
    assert warnings(AddressWatch(()), seen) == []


def test_a_gateway_before_the_proxy_is_told_once() -> None:
    seen = [(PROXY, GATEWAY, True, f"session {one}") for one in range(MOST_ALIKE * 2)]
    assert warnings(AddressWatch(NETWORKS), seen) == ["addresses.gateway_hides_visitors"]


def test_one_person_at_home_and_people_with_addresses_of_their_own_are_no_gateway() -> None:
    alone = [(PROXY, "192.168.1.5", True, "session")] * (MOST_ALIKE * 3)
    many = [(PROXY, f"8.8.4.{one}", True, f"session {one}") for one in range(100)]
    assert warnings(AddressWatch(NETWORKS), alone + many) == []


async def test_the_site_itself_tells_it(database: Database, settings: Settings) -> None:
    server = TestServer(make_app(settings, database))
    async with TestClient(server) as client:
        with capture_logs() as lines:
            for _ in range(MOST_ALIKE + 5):
                await client.get("/healthz", headers={"X-Forwarded-For": "203.0.113.7"})
    events = [line["event"] for line in lines]
    assert events.count("addresses.proxy_not_trusted") == 1
