"""The TURN server that is shipped: its lines, how it is started, and what both agree on."""

import os
import re
import subprocess
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
    summarize_address_range,
)
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from foundation.settings import Settings
from media.ice import ice_servers

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "deploy" / "turnserver.conf").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
TURN = COMPOSE["services"]["turn"]
SCRIPT = ROOT / "deploy" / "turn.sh"


def denied_ranges() -> list[tuple[IPv4Address, IPv4Address] | tuple[IPv6Address, IPv6Address]]:
    """First and last address of each range that is denied."""
    ranges = []
    for said in re.findall(r"^denied-peer-ip=(\S+)$", LINES, re.MULTILINE):
        first, _, last = said.partition("-")
        ranges.append((ip_address(first), ip_address(last or first)))
    return ranges  # type: ignore[return-value]


DENIED: list[IPv4Network | IPv6Network] = [
    network for first, last in denied_ranges() for network in summarize_address_range(first, last)
]


def is_denied(address: IPv4Address | IPv6Address) -> bool:
    """Whether the lines deny it; `::` and 0.0.0.0/8 coturn denies by itself."""
    return address == IPv6Address("::") or any(address in network for network in DENIED)


def is_special(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is anything but an address that any browser may have."""
    return (
        not address.is_global
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )


@given(st.ip_addresses())
def test_no_special_address_may_be_reached(address: IPv4Address | IPv6Address) -> None:
    assert is_denied(address) or not is_special(address)


@pytest.mark.parametrize("kind", [IPv4Address, IPv6Address])
def test_every_range_that_python_knows_is_denied_from_first_to_last(
    kind: type[IPv4Address] | type[IPv6Address],
) -> None:
    known: Any = kind._constants  # type: ignore[union-attr]
    ranges = [*known._private_networks, known._multicast_network, known._linklocal_network]
    assert len(ranges) > 10
    for network in ranges:
        for address in (network.network_address, network.broadcast_address):
            assert is_denied(address), network


@pytest.mark.parametrize(
    "network",
    [
        "::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64", "5f00::/16", "3fff::/20",
        "2001:db8::/32", "192.88.99.0/24", "168.63.129.16/32", "100.64.0.0/10", "0.0.0.0/8",
    ],
)  # fmt: skip
def test_ranges_that_lead_inside_by_another_name_are_denied(network: str) -> None:
    named = ip_network(network)
    assert is_denied(named.network_address)
    assert is_denied(named.broadcast_address)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.1.2.3",
        "128.0.0.1", "169.253.1.1", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.167.1.1",
        "192.169.1.1", "198.17.1.1", "198.20.1.1", "223.255.255.254", "2001:200::1", "2003::1",
        "2400::1", "2606:4700:4700::1111", "2a00::1", "3ffe::1",
    ],
)  # fmt: skip
def test_everybody_else_is_not(address: str) -> None:
    assert not is_denied(ip_address(address))


def test_no_range_begins_where_coturn_means_any_address() -> None:
    # It would deny all of IPv4 with it.
    assert [first for first, _ in denied_ranges() if first == IPv6Address("::")] == []


def test_the_site_itself_may_not_be_reached_except_the_relay_by_itself() -> None:
    for network in COMPOSE["networks"].values():
        for subnet in network["ipam"]["config"]:
            named = ip_network(subnet["subnet"])
            assert is_denied(named.network_address)
            assert is_denied(named.broadcast_address)
    assert list(TURN["networks"]) == ["turn"]
    assert TURN["environment"]["RELAY_ADDRESS"] == TURN["networks"]["turn"]["ipv4_address"]
    others = [
        name for name, one in COMPOSE["services"].items() if "turn" in one.get("networks", [])
    ]
    assert others == ["turn"]


def test_the_ports_of_the_lines_are_those_that_are_open() -> None:
    listening, tls = _figure("listening-port"), _figure("tls-listening-port")
    first, last = _figure("min-port"), _figure("max-port")
    assert set(TURN["ports"]) == {
        f"{listening}:{listening}",
        f"{listening}:{listening}/udp",
        f"{tls}:{tls}",
        f"0.0.0.0:{first}-{last}:{first}-{last}/udp",
    }
    assert _figure("total-quota") == last - first + 1
    assert 0 < _figure("user-quota") < _figure("total-quota") / 4


def test_browsers_are_sent_where_it_listens() -> None:
    given = {
        name: value.replace("${SITE_HOST}", "talk.example")
        for name, value in COMPOSE["x-web"]["environment"].items()
        if name in ("HITOTOKI_STUN_URLS", "HITOTOKI_TURN_URLS")
    }
    settings = Settings(
        stun_urls=given["HITOTOKI_STUN_URLS"],
        turn_urls=given["HITOTOKI_TURN_URLS"],
        turn_secret="s" * 32,
    )
    stun, turn = ice_servers(settings, 1, "cast")
    listening, tls = _figure("listening-port"), _figure("tls-listening-port")
    assert stun["urls"] == [f"stun:talk.example:{listening}"]
    assert turn["urls"] == [
        f"turn:talk.example:{listening}?transport=udp",
        f"turn:talk.example:{listening}?transport=tcp",
        f"turns:talk.example:{tls}?transport=tcp",
    ]


@pytest.mark.parametrize(
    "line",
    [
        "use-auth-secret", "no-cli", "no-tcp-relay", "no-multicast-peers", "fingerprint",
        "no-software-attribute", "no-dtls",
    ],
)  # fmt: skip
def test_it_is_locked(line: str) -> None:
    assert line in LINES.splitlines()
    for opened in (
        "allow-loopback-peers",
        "allowed-peer-ip",
        "no-auth",
        "cli-password",
        "web-admin",
    ):
        assert not re.search(rf"^{opened}\b", LINES, re.MULTILINE)


def test_it_may_do_nothing_with_its_machine() -> None:
    assert TURN["read_only"] is True
    assert TURN["cap_drop"] == ["ALL"]
    assert TURN["security_opt"] == ["no-new-privileges:true"]
    assert "network_mode" not in TURN
    assert TURN["logging"]["options"]["max-size"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"TURN_SECRET": "short"}, "TURN_SECRET must have 32 characters"),
        ({"TURN_SECRET": ""}, "TURN_SECRET"),
        ({"TURN_ADDRESS": ""}, "TURN_ADDRESS"),
        ({"SITE_HOST": ""}, "SITE_HOST"),
    ],
)
def test_it_does_not_start_half_set_up(change: dict[str, str], said: str, tmp_path: Path) -> None:
    known = {
        "PATH": os.environ["PATH"],
        "SITE_HOST": "talk.example",
        "TURN_ADDRESS": "192.0.43.8",
        "TURN_SECRET": "s" * 32,
        "RELAY_ADDRESS": "172.30.42.2",
        "TURN_RUN": str(tmp_path),
    }
    done = subprocess.run(
        [SCRIPT], env=known | change, capture_output=True, text=True, check=False, timeout=30
    )
    assert done.returncode != 0
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []


def _figure(name: str) -> int:
    found = re.search(rf"^{name}=(\d+)$", LINES, re.MULTILINE)
    assert found
    return int(found[1])
