"""Speech is taken only from where the trunk says that it comes from.

baresip takes RTP from anybody who finds the port, and a stranger's packets would silence the one
who is talking. So the kernel is told to let through to each port packets of certain addresses
only; what a stranger sends to it is dropped before baresip sees it.
"""

import contextlib
import ctypes
import os
import socket
import struct
from collections import OrderedDict
from collections.abc import Iterable
from ipaddress import IPv4Network
from pathlib import Path

from telephone.trunk.trace import Traced

# Linux: setsockopt(SOL_SOCKET, SO_ATTACH_FILTER, struct sock_fprog), classic BPF. The source
# address stands 12 bytes into the packet's network header.
SO_ATTACH_FILTER = 26
_LOAD_SOURCE = (0x20, 0, 0, 0xFFF0_000C)
_AND, _IS_EQUAL, _RETURN = 0x54, 0x15, 0x06
_ALL = 0x0004_0000
MOST_NETWORKS = 60
MOST_CALLS = 500
# An old way to say that one doesn't want to hear anything for a while.
HELD = "0.0.0.0"  # noqa: S104 - compared only


def _program(networks: list[IPv4Network]) -> bytes:
    lines = []
    for network in networks[:MOST_NETWORKS]:
        lines += [
            _LOAD_SOURCE,
            (_AND, 0, 0, int(network.netmask)),
            (_IS_EQUAL, 0, 1, int(network.network_address)),
            (_RETURN, 0, 0, _ALL),
        ]
    lines.append((_RETURN, 0, 0, 0))
    return b"".join(struct.pack("=HBBI", *line) for line in lines)


def _sockets_at(ports: set[int]) -> Iterable[socket.socket]:
    for entry in Path("/proc/self/fd").iterdir():
        try:
            if not str(entry.readlink()).startswith("socket:"):
                continue
            found = socket.socket(fileno=os.dup(int(entry.name)))
        except OSError:
            continue
        with found:
            udp = found.family == socket.AF_INET and found.type == socket.SOCK_DGRAM
            if udp and found.getsockname()[1] in ports:
                yield found


def let_through(port: int, networks: list[IPv4Network]) -> int:
    """Let only `networks` send to a leg's RTP port and its RTCP port; return how many were set."""
    program = ctypes.create_string_buffer(_program(networks))
    address = ctypes.addressof(program)
    option = struct.pack("@HP", (len(program) - 1) // 8, address)
    done = 0
    for found in _sockets_at({port, port + 1}):
        found.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, option)
        done += 1
    return done


class SpeechFilter:
    """Keeps each leg's ports to those addresses that its call named, and to the trunk's own."""

    def __init__(self, networks: tuple[IPv4Network, ...]) -> None:
        self._networks = networks
        # By call: our port, and where the other side's speech comes from.
        self._calls: OrderedDict[str, tuple[int, str]] = OrderedDict()

    def see(self, seen: Traced) -> None:
        """Look at a message for what it says of speech."""
        message = seen.message
        if not message.media_port:
            return
        before = self._calls.get(seen.call_id, (0, ""))
        port, address = before
        if seen.way == "TX":
            port = message.media_port
        elif message.media_address != HELD:
            address = message.media_address
        self._calls[seen.call_id] = (port, address)
        if len(self._calls) > MOST_CALLS:
            self._calls.popitem(last=False)
        if port and address and (port, address) != before:
            with contextlib.suppress(OSError, ValueError):
                let_through(port, [IPv4Network(address), *self._networks])
