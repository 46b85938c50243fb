"""The relay's UDP sockets, one for each leg and address; both of asyncio's loops know them."""

import asyncio
import ipaddress
import secrets
import socket
from collections.abc import Callable
from typing import Any

from aioice.ice import get_host_addresses

from media.relay.terms import MediaAddress, RelayError

# Some pictures' worth: what waits longer than that is late anyway.
RECEIVE_OCTETS = 256 * 1024
TRIES = 200


def open_socket(address: str, ports: tuple[int, int]) -> socket.socket:
    """Open a socket at a port that is free. Raises RelayError("full")."""
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    first, last = ports
    port = first + secrets.randbelow(last - first + 1)
    for _ in range(min(TRIES, last - first + 1)):
        try:
            opened.bind((address, port))
        except OSError:
            port = port + 1 if port < last else first
            continue
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_OCTETS)
        return opened
    opened.close()
    raise RelayError("full", f"no port of {first}-{last} is free at {address}")


class SocketTransport(asyncio.DatagramTransport):
    """A socket as aioice wants it. What can't be sent at once is dropped: nothing is held."""

    def __init__(self, opened: socket.socket, on_closed: Callable[[], None]) -> None:
        super().__init__({"socket": opened, "sockname": opened.getsockname()})
        self.socket = opened
        self._loop = asyncio.get_running_loop()
        self._on_closed = on_closed

    def listen(self, read: Callable[[], None]) -> None:
        """Call `read` whenever something has come."""
        self._loop.add_reader(self.socket, read)

    def sendto(self, data: Any, addr: Any = None) -> None:
        """Send a packet, or drop it."""
        try:
            self.socket.sendto(data, addr)
        except OSError:
            return

    def is_closing(self) -> bool:
        """Say whether it is closed."""
        return self.socket.fileno() < 0

    def close(self) -> None:
        """Close the socket."""
        if self.is_closing():
            return
        self._loop.remove_reader(self.socket)
        self.socket.close()
        self._loop.call_soon(self._on_closed)

    def abort(self) -> None:
        """Close the socket."""
        self.close()


def own_addresses() -> tuple[MediaAddress, ...]:
    """Return the machine's own addresses; its loopback where it has no other."""
    found = get_host_addresses(use_ipv4=True, use_ipv6=True)
    return tuple(MediaAddress(each, each) for each in found or ["127.0.0.1"])
