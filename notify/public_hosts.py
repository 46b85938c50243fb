"""Addresses that strangers name: connected to only where they are public, and nowhere in the house.

It is the address itself that is looked at, at the moment of connecting. So a name that stands for
another one the next time, or is a number written as a name, leads nowhere.
"""

import socket
from collections.abc import Callable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from foundation.threads import Threads

HTTPS = 443
MOST_ADDRESSES = 3

# What is given out to the world (RFC 4291, 2.4). All else is somebody's own, or no address yet.
GLOBAL = IPv6Network("2000::/3")
# A gateway would carry it to the IPv4 address within (RFC 6052).
NAT64 = IPv6Network("64:ff9b::/96")
# Public as they look: what protocols have for themselves (also a cloud's word on its machines), the
# way into a tunnel, and the host that a virtual machine of Azure's runs on.
NOT_THE_WORLD = [
    IPv4Network(network) for network in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32")
]

Address = tuple[str, int]
Find = Callable[[str], Sequence[Address]]


class NotPublicError(Exception):
    """A name stands for an address, or is one, to which this site sends nothing."""


def public_addresses(host: str) -> Sequence[Address]:
    """Return where a host is reached by HTTPS; asks the machine's resolver, which may take long.

    Raises NotPublicError if any of it is not public, and OSError where there is none.
    """
    try:
        found = socket.getaddrinfo(host, HTTPS, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError("no name that any server could have") from error
    addresses = [(str(entry[4][0]), HTTPS) for entry in found]
    if not all(is_public(address) for address in addresses):
        raise NotPublicError
    return addresses


def is_public(address: Address) -> bool:
    """Say whether an address is somewhere in the world, and a web server's."""
    host, port = address
    try:
        return port == HTTPS and _is_global(ip_address(host))
    except ValueError:
        return False


def _is_global(number: IPv4Address | IPv6Address) -> bool:
    if isinstance(number, IPv4Address):
        special = number.is_multicast or any(number in network for network in NOT_THE_WORLD)
        return number.is_global and not special
    if number.scope_id is not None:
        return False
    if number in NAT64:
        return _is_global(IPv4Address(int(number) & 0xFFFF_FFFF))
    tunnelled = number.sixtofour or number.teredo
    return number in GLOBAL and number.is_global and not tunnelled


def is_number(host: str) -> bool:
    """Say whether a host is an address and not a name, also in the odd ways to write one."""
    try:
        ip_address(host)
    except ValueError:
        # 0x7f.1, 2130706433: some resolvers take them.
        return host.rstrip(".").rpartition(".")[2][:1].isdigit()
    return True


class PublicResolver(AbstractResolver):
    """Asks where a host is, in threads of its own: a name's server may take long to answer."""

    def __init__(self, find: Find, threads: Callable[[str], Threads]) -> None:
        self._find = find
        self._threads = threads

    async def resolve(
        self, host: str, port: int = 0, family: int = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return where a host is. Raises as `find` does, and CrowdedError."""
        found = await self._threads(host).run(lambda: self._find(host))
        return [_result(host, address) for address in found[:MOST_ADDRESSES]]

    async def close(self) -> None:
        """There is nothing to close."""


def _result(host: str, address: Address) -> ResolveResult:
    number, port = address
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return {
        "hostname": host, "host": number, "port": port,
        "family": family, "proto": 0, "flags": flags,
    }  # fmt: skip


def guarded(allows: Callable[[Address], bool]) -> Callable[[Any], socket.socket]:
    """Return what makes the sockets of a connector: none for an address that is not allowed."""

    def make(wanted: Any) -> socket.socket:
        family, kind, protocol, _, place = wanted
        if not allows((place[0], place[1])):
            raise OSError("not a public address")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made

    return make
