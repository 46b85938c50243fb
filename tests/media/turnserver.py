"""A real coturn, started as production starts it: by deploy/turn.sh, with its own lines."""

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from media.ice import credential, seat_name
from tests.media.network import Network, Ordinary
from tests.media.turn_client import SECONDS, Transport, TurnClient
from tests.notify.mail_server import make_certificate

ROOT = Path(__file__).resolve().parents[2]
LINES = ROOT / "deploy" / "turnserver.conf"
SECRET = "a secret of the tests' own, 32 and more"
SITE = "talk.example"
START_SECONDS = 30
HAS_COTURN = shutil.which("turnserver") is not None
WITHOUT = "coturn is not installed here (Debian: apt-get install coturn)"


@dataclass
class TurnServer:
    """One that runs."""

    network: Network
    address: str
    port: int
    tls_port: int
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def said(self) -> str:
        """All that it has logged."""
        return (self.folder / "log").read_text("utf-8", "replace")

    def client(
        self,
        name: str = "a-seat",
        *,
        transport: Transport = "udp",
        good_for: int = 600,
        secret: str = SECRET,
    ) -> TurnClient:
        """A client with a credential as the site makes them, connected."""
        username, password = credential(secret.encode(), name, int(time.time()) + good_for)
        return self.client_as(username, password, transport)

    def client_as(self, username: str, password: str, transport: Transport = "udp") -> TurnClient:
        """A client with whatever it says, connected."""
        kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        port = self.tls_port if transport == "tls" else self.port
        opened = self.network.open_socket(family, kind)
        client = TurnClient(opened, (self.address, port), username, password, transport)
        client.connect()
        return client

    def stop(self) -> None:
        """End it, and what it began."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(START_SECONDS)


def start(
    folder: Path,
    network: Network | None = None,
    *,
    address: str = "127.0.0.1",
    relay: str = "127.0.0.1",
    public: str | None = None,
    lines: str | None = None,
    options: tuple[str, ...] = (),
) -> TurnServer:
    """Start one that listens on `address`, and relays from `relay`, known to others as `public`."""
    network = network or Ordinary()
    port, tls_port = _free_ports(network, address)
    known = {
        "SITE_HOST": SITE,
        "TURN_SECRET": SECRET,
        "TURN_ADDRESS": public or relay,
        "RELAY_ADDRESS": relay,
        "TURN_LINES": str(_written(folder, lines)),
        "TURN_RUN": str(folder),
        "TURN_CERTIFICATES": str(certified(folder)),
        "TURN_RENEW_SECONDS": "1",
    }
    command = [*network.command, str(ROOT / "deploy" / "turn.sh"), f"--listening-ip={address}"]
    command += [f"--listening-port={port}", f"--tls-listening-port={tls_port}", *options]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            env={"PATH": os.environ["PATH"], **known},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    server = TurnServer(network, address, port, tls_port, folder, process)
    _wait(server)
    return server


def certified(folder: Path) -> Path:
    """Lay a certificate where the proxy lays them, anew where there is one; the place."""
    kept = folder / "certificates" / "some-authority" / SITE
    kept.mkdir(parents=True, exist_ok=True)
    both = make_certificate(folder).read_bytes()
    for ending in ("key", "crt"):
        (kept / f"{SITE}.{ending}").write_bytes(both)
    return folder / "certificates"


def _written(folder: Path, lines: str | None) -> Path:
    if lines is None:
        return LINES
    written = folder / "lines.conf"
    written.write_text(lines)
    return written


def _free_ports(network: Network, address: str) -> tuple[int, int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with (
        network.open_socket(family, socket.SOCK_STREAM) as one,
        network.open_socket(family, socket.SOCK_STREAM) as other,
    ):
        one.bind((address, 0))
        other.bind((address, 0))
        return one.getsockname()[1], other.getsockname()[1]


def _wait(server: TurnServer) -> None:
    """Wait until it listens for TLS, which it does last."""
    ends = time.monotonic() + START_SECONDS
    while time.monotonic() < ends and server.process.poll() is None:
        try:
            server.client(transport="tls").socket.close()
            server.client(transport="tcp").socket.close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    server.stop()
    raise AssertionError(f"coturn did not start in {START_SECONDS} s: {server.said[-2000:]}")


def listen(network: Network, address: str, seconds: float = SECONDS) -> socket.socket:
    """Open a UDP socket on an address, of what somebody inside, or another browser, would hear."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = network.open_socket(family, socket.SOCK_DGRAM)
    opened.settimeout(seconds)
    opened.bind((address, 0))
    return opened


def seat(talk_id: int, side: str) -> str:
    """How the site names a side of a talk to the server."""
    return seat_name(SECRET.encode(), talk_id, side)
