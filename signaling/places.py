"""How many sockets there may be: of one person, of visitors from one address, and in all.

Nothing here waits. A socket is counted in the very step in which it is found that it may be, so
that no two can pass for one. Each process counts its own.
"""

from asyncio import Transport
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

from foundation.settings import Settings
from signaling.guard import Connection
from signaling.refusals import FullError

# So many sessions may be waiting to be looked up, and as many more of those that are known.
MOST_PROVING = 500


@dataclass(eq=False)
class SocketPlace:
    """One socket, from its arrival to its end: whose it is, and where it comes from."""

    address: str
    transport: Transport | None = None
    user_id: int | None = None
    token: str | None = field(default=None, repr=False)
    locale: str = "ja"
    engine: str | None = None
    connection: Connection | None = None
    given_up: bool = False


class SocketPlaces:
    """Counts sockets. `sits` says of a place whether somebody sits in a talk there."""

    def __init__(self, settings: Settings, sits: Callable[[SocketPlace], bool]) -> None:
        self._settings = settings
        self._sits = sits
        self._all: set[SocketPlace] = set()
        self._proving: dict[SocketPlace, tuple[str, ...]] = {}
        self._visiting: dict[SocketPlace, tuple[str, ...]] = {}
        self._of_person: dict[int, list[SocketPlace]] = {}
        self._provers: Counter[str] = Counter()
        self._visitors: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._all)

    def arrive(self, place: SocketPlace, token: str | None, *, known: bool = False) -> None:
        """Count a new socket. Raises FullError `server_full`, `address_busy` or `try_again`.

        `token` is of the session that it brings, and that is about to be looked up. `known`: the
        session has a socket here, so its owner needn't queue with strangers of their address.
        """
        if token is None:
            if len(self._all) >= self._settings.socket_connections:
                raise FullError("server_full")
            self._visit(place)
        else:
            if len(self._proving) >= (2 * MOST_PROVING if known else MOST_PROVING):
                raise FullError("try_again")
            most = self._settings.socket_connections_per_person
            bounds = {token: most} if known else self._bounds(place.address)
            self._proving[place] = self._count(self._provers, bounds, "try_again")
        self._all.add(place)

    def settle(self, place: SocketPlace, *, in_talk: bool) -> SocketPlace | None:
        """Count a socket as its person's, or as a visitor's after all, now that this is known.

        Whoever is in a talk is never refused: return the place that gives way, if one must. Raises
        FullError `too_many_windows`, `server_full` or `address_busy` for all others.
        """
        self._uncount(self._provers, self._proving.pop(place, ()))
        full = len(self._all) > self._settings.socket_connections
        if place.user_id is None:
            if full:
                raise FullError("server_full")
            self._visit(place)
            return None
        own = self._of_person.setdefault(place.user_id, [])
        crowded = len(own) >= self._settings.socket_connections_per_person
        if not in_talk and (crowded or full):
            raise FullError("too_many_windows" if crowded else "server_full", place.locale)
        given = self._least_useful(own) if crowded else self._oldest_visitor() if full else None
        own.append(place)
        if given:
            self.leave(given)
            given.given_up = True
        return given

    def leave(self, place: SocketPlace) -> None:
        """Forget a socket; one that is forgotten already stays so."""
        self._all.discard(place)
        self._uncount(self._provers, self._proving.pop(place, ()))
        self._uncount(self._visitors, self._visiting.pop(place, ()))
        if place.user_id is None:
            return
        own = self._of_person.get(place.user_id, [])
        if place in own:
            own.remove(place)
        if not own:
            self._of_person.pop(place.user_id, None)

    def _visit(self, place: SocketPlace) -> None:
        bounds = self._bounds(place.address)
        self._visiting[place] = self._count(self._visitors, bounds, "address_busy")

    def _least_useful(self, own: list[SocketPlace]) -> SocketPlace:
        """The oldest of a person's sockets that has not begun, else that sits in no talk."""
        return min(own, key=lambda place: (self._sits(place), place.connection is not None))

    def _oldest_visitor(self) -> SocketPlace | None:
        return next(iter(self._visiting), None)

    def _count(self, counter: Counter[str], bounds: dict[str, int], code: str) -> tuple[str, ...]:
        if any(counter[key] >= most for key, most in bounds.items()):
            raise FullError(code)
        counter.update(bounds.keys())
        return tuple(bounds)

    def _uncount(self, counter: Counter[str], keys: tuple[str, ...]) -> None:
        for key in keys:
            counter[key] -= 1
            if counter[key] <= 0:
                del counter[key]

    def _bounds(self, address: str) -> dict[str, int]:
        """What an address counts as: itself, or its /64 and its /48, and how many each may have."""
        settings, parsed = self._settings, _parsed(address)
        if parsed is None:
            return {address: settings.socket_unproved_per_ipv4}
        return {
            f"{ip_network((parsed, bits), strict=False)}": most
            for bits, most in (
                (64, settings.socket_unproved_per_ipv6_64),
                (48, settings.socket_unproved_per_ipv6_48),
            )
        }


def _parsed(address: str) -> IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed if isinstance(parsed, IPv6Address) else None
