"""A network of its own, in which every address there is can be had; and the ordinary one.

Sockets are opened in there and handed out: what is done with them is done here.
"""

import array
import os
import shutil
import socket
import subprocess
import sys

SECONDS = 20


class Ordinary:
    """The machine's own network."""

    command: tuple[str, ...] = ()

    def open_socket(self, family: int, kind: int) -> socket.socket:
        """Open a socket."""
        return socket.socket(family, kind)

    def close(self) -> None:
        """Nothing is left behind."""


class Apart:
    """A network namespace whose loopback has the addresses that it is given."""

    def __init__(self, addresses: list[str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(SECONDS)
        with theirs:
            command = ["unshare", "--user", "--map-root-user", "--net", sys.executable, __file__]
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), *addresses], pass_fds=[theirs.fileno()]
            )
        self._line = ours
        assert self._line.recv(16) == b"begun", "the network could not be made"
        into = f"--target={self._process.pid}"
        self.command = ("nsenter", into, "--user", "--net", "--preserve-credentials")

    def open_socket(self, family: int, kind: int) -> socket.socket:
        """Open a socket in there."""
        self._line.send(array.array("i", [family, kind]).tobytes())
        _, descriptors, _, _ = socket.recv_fds(self._line, 16, 1)
        return socket.socket(family, kind, fileno=descriptors[0])

    def close(self) -> None:
        """End it."""
        self._line.close()
        self._process.wait(SECONDS)


Network = Ordinary | Apart

NO_ADDRESS = "this machine has no address but its own loopback"


def own_address() -> str:
    """The machine's address on its way out; empty where there is none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.43.8", 9))
        except OSError:
            return ""
        return str(asked.getsockname()[0])


def may_be_apart() -> bool:
    """Say whether this machine lets somebody have a network of their own."""
    if not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return False
    asked = ["unshare", "--user", "--map-root-user", "--net", "ip", "link", "set", "lo", "up"]
    return subprocess.run(asked, capture_output=True, check=False).returncode == 0


def _serve(line: socket.socket, addresses: list[str]) -> None:
    _ip("link set lo up")
    for address in addresses:
        _ip(f"address add {address} dev lo{' nodad' if ':' in address else ''}")
    line.send(b"begun")
    while asked := line.recv(16):
        family, kind = array.array("i", asked)
        with socket.socket(family, kind) as opened:
            socket.send_fds(line, [b"socket"], [opened.fileno()])


def _ip(said: str) -> None:
    subprocess.run(["ip", *said.split()], check=True)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as line:
        _serve(line, sys.argv[2:])
    os._exit(0)
