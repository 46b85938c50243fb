"""Whose request it is: the address of the visitor, not of a proxy, and not one they made up."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# A longer chain than any real one is not read to its end.
MOST_HOPS = 20
UNKNOWN = "unknown"


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Iterable[str]) -> str:
    """Return the visitor's address.

    `forwarded` are the `X-Forwarded-For` headers, in order. Each proxy appends who spoke to it, so
    the list is read from its right end, and only for as long as the speaker is a trusted proxy.
    """
    address = _parse(peer)
    hops = [hop for header in forwarded for hop in header.split(",")][-MOST_HOPS:]
    networks = [ip_network(network, strict=False) for network in trusted]
    while address and hops and any(address in network for network in networks):
        before = _parse(hops.pop())
        if before is None:
            break
        address = before
    return str(address) if address else UNKNOWN


def is_near(peer: str | None, trusted: Iterable[str]) -> bool:
    """Say whether the other end of the connection is this machine or a trusted network."""
    address = _parse(peer)
    if address is None:
        return False
    return address.is_loopback or any(address in ip_network(n, strict=False) for n in trusted)


def one_visitor(address: str) -> str:
    """Return what limits count as one visitor: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has an IPv6 line has a whole /64 of addresses.
    """
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address


def _parse(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
