"""Whose request it is: the address of the visitor, not of a proxy, and not one they made up."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import structlog

log = structlog.get_logger(__name__)

# A longer chain than any real one is not read to its end.
MOST_HOPS = 20
UNKNOWN = "unknown"
# So many forwarded requests, all from one private address, and it is a proxy that isn't trusted.
# So many different sessions at one private address, and it is a gateway that hides them.
MOST_ALIKE = 20
MOST_PEERS = 1000


def client_address(peer: str | None, forwarded: Sequence[str], trusted: Iterable[str]) -> str:
    """Return the visitor's address.

    `forwarded` are the `X-Forwarded-For` headers, in order. Each proxy appends who spoke to it, so
    the list is read from its right end, and only for as long as the speaker is a trusted proxy.
    """
    address = _parse(peer)
    hops = [hop for header in forwarded for hop in header.split(",")][-MOST_HOPS:]
    networks = [_network(each) for each in trusted]
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
    return address.is_loopback or any(address in _network(each) for each in trusted)


class AddressWatch:
    """Notices, once, that the visitors' own addresses don't reach the site."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._trusted = trusted
        self._peers: dict[str, int] | None = {}
        self._sessions: dict[str, set[int]] | None = {}

    def see(self, peer: str | None, address: str, *, forwarded: bool, session: str | None) -> None:
        """Look at a request: who spoke to us, and whom we take for the visitor."""
        if not forwarded or (self._peers is None and self._sessions is None):
            return
        if peer is not None and not _is_among(peer, self._trusted):
            self._see_ignored(peer)
        elif session is not None:
            self._see_believed(address, session)

    def _see_ignored(self, peer: str) -> None:
        """A forwarded header that isn't believed: of whom are the first ones?"""
        if self._peers is None or not _is_private(peer):
            return
        self._peers[peer] = self._peers.get(peer, 0) + 1
        if sum(self._peers.values()) < MOST_ALIKE:
            return
        if len(self._peers) == 1:
            log.warning(
                "addresses.proxy_not_trusted",
                address=peer,
                text="All visitors seem to have this address, which is a proxy's: limits that "
                "count by address hold for all of them together.",
                set=f"HITOTOKI_TRUSTED_PROXIES={ip_network(peer)}",
            )
        self._peers = None

    def _see_believed(self, address: str, session: str) -> None:
        """A header of a trusted proxy: does it name one private address for many people?"""
        if self._sessions is None or not _is_private(address):
            return
        seen = self._sessions.setdefault(address, set())
        seen.add(hash(session))
        if len(seen) >= MOST_ALIKE:
            log.warning(
                "addresses.gateway_hides_visitors",
                address=address,
                text="Many people come from this private address: the proxy itself does not see "
                "theirs. See IPv6 in docs/operating.md.",
            )
        if len(seen) >= MOST_ALIKE or len(self._sessions) >= MOST_PEERS:
            self._sessions = None


def one_visitor(address: str) -> str:
    """Return what limits count as one visitor: an IPv4 address, or the /64 of an IPv6 one.

    Whoever has an IPv6 line has a whole /64 of addresses.
    """
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return address


def _is_among(address: str, networks: Sequence[str]) -> bool:
    parsed = _parse(address)
    return any(parsed in _network(each) for each in networks if parsed)


@lru_cache(maxsize=64)
def _network(text: str) -> IPv4Network | IPv6Network:
    # The settings' few, asked for at every request.
    return ip_network(text, strict=False)


def _is_private(address: str) -> bool:
    parsed = _parse(address)
    return parsed is not None and parsed.is_private


def _parse(text: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address((text or "").strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
