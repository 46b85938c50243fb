"""coturn in a namespace of a lab: STUN, and TURN by UDP, TCP and TLS.

Addresses of a lab are private ones, so unlike a site's it denies none.
"""

import base64
import contextlib
import hashlib
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from tests.browser.lab import NoLabError
from tests.notify.mail_server import make_certificate

NAME = "turn.lab.test"
PLAIN_PORT, TLS_PORT = 3478, 443
START_SECONDS, STOP_SECONDS = 20, 5


@dataclass(frozen=True)
class TurnServer:
    """A running one: what its users share with it, and by what browsers know its key."""

    secret: str
    key_hash: str

    @property
    def settings(self) -> dict[str, str]:
        """What tells a site of it."""
        turn = f"turn:{NAME}:{PLAIN_PORT}?transport="
        return {
            "HITOTOKI_STUN_URLS": f"stun:{NAME}:{PLAIN_PORT}",
            "HITOTOKI_TURN_URLS": f"{turn}udp,{turn}tcp,turns:{NAME}:{TLS_PORT}?transport=tcp",
            "HITOTOKI_TURN_SECRET": self.secret,
        }

    @property
    def trust(self) -> str:
        """The flag with which Chromium takes its certificate, which nobody else has signed."""
        return f"--ignore-certificate-errors-spki-list={self.key_hash}"


@contextlib.contextmanager
def turn_server(space: str, addresses: Sequence[str], folder: Path) -> Iterator[TurnServer]:
    """A server in a namespace that has these addresses, of which the first is the relay's.

    Raises NoLabError where coturn is not installed.
    """
    if not shutil.which("turnserver"):
        raise NoLabError("turnserver is not installed")
    certificate = make_certificate(folder)
    server = TurnServer(secrets.token_hex(16), _key_hash(certificate))
    said = folder / "turn.log"
    # A run that is killed takes it along.
    inside = ("ip", "netns", "exec", space, "setpriv", "--pdeathsig", "KILL")
    options = _options(server, addresses, folder, certificate)
    with said.open("wb") as log:
        process = subprocess.Popen([*inside, "turnserver", *options], stdout=log, stderr=log)
    try:
        _wait_for(process, addresses[0], said)
        yield server
    finally:
        _end(process)


def _key_hash(certificate: Path) -> str:
    """By what Chromium knows a certificate's key."""
    public = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    plain = public.public_bytes(serialization.Encoding.DER, form)
    return base64.b64encode(hashlib.sha256(plain).digest()).decode()


def _options(
    server: TurnServer, addresses: Sequence[str], folder: Path, certificate: Path
) -> list[str]:
    return [
        *("-n", "--no-cli", "--simple-log", "--log-file=stdout", "--fingerprint"),
        *(f"--listening-ip={address}" for address in addresses),
        f"--relay-ip={addresses[0]}",
        *(f"--listening-port={PLAIN_PORT}", f"--tls-listening-port={TLS_PORT}", "--no-dtls"),
        *(f"--cert={certificate}", f"--pkey={certificate}"),
        *("--use-auth-secret", f"--static-auth-secret={server.secret}", "--realm=lab.test"),
        *(f"--userdb={folder / 'turn.db'}", f"--pidfile={folder / 'turn.pid'}"),
    ]


def _wait_for(process: subprocess.Popen[bytes], address: str, said: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection((address, TLS_PORT), 1):
            return
        time.sleep(0.1)
    raise RuntimeError(f"coturn did not start: {said.read_text('utf-8', 'replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
