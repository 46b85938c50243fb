"""Two computers on one machine: network namespaces whose links can be cut, moved and made lossy."""

import contextlib
import os
import random
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from select import select
from struct import pack
from tempfile import TemporaryDirectory

from tests.browser.conftest import CHROMIUM

MOST_LABS = 250
FRAME_BYTES = 65536
SPACES, LINKS = Path("/run/netns"), Path("/sys/class/net")
# What lies in a folder of a namespace's name stands there in /etc (ip-netns(8)).
OWN_ETC = Path("/etc/netns")
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 0x0002, 0x1000


class NoLabError(Exception):
    """This machine or account may not make network namespaces; the text says what failed."""


@dataclass
class Host:
    """A computer of the lab: a namespace with one link to the others.

    `loss` is the share of its packets, in both directions, that get lost on a lossy link.
    """

    number: int
    letter: str
    chromium: str
    lab_number: int
    loss: float = 0.0
    address: int = field(init=False)

    def __post_init__(self) -> None:
        self.address = 11 if self.letter == "a" else 12

    @property
    def space(self) -> str:
        """The namespace's name."""
        return f"hitotoki{self.lab_number}{self.letter}"

    @property
    def port(self) -> str:
        """The machine's end of the link."""
        return f"hl{self.lab_number}{self.letter}"

    @property
    def net(self) -> str:
        """The first three numbers of the lab's addresses."""
        return f"10.77.{self.lab_number}"

    def inside(self, *command: str) -> None:
        """Run a command in the namespace."""
        run_inside(self.space, *command)

    def unplug(self) -> None:
        """Pull the plug: the browser may notice that its link is down."""
        self.inside("ip", "link", "set", "eth0", "down")

    def plug(self) -> None:
        """Put it back."""
        self.inside("ip", "link", "set", "eth0", "up")
        self.inside("ip", "route", "replace", "default", "via", f"{self.net}.1")

    def enter_tunnel(self) -> None:
        """Lose every packet without a word to anybody, as in a tunnel."""
        run("ip", "link", "set", self.port, "nomaster")

    def leave_tunnel(self) -> None:
        """Come out of it."""
        run("ip", "link", "set", self.port, "master", bridge_of(self.lab_number))

    @property
    def way_out(self) -> tuple[str, str]:
        """The namespace and the link through which all goes out."""
        return self.space, "eth0"

    def narrow(self, kbit: int) -> None:
        """Let no more than so many kbit/s go out; what would wait for over 0.4 s is dropped."""
        space, link = self.way_out
        band = ("tbf", "rate", f"{kbit}kbit", "burst", "4kb", "latency", "400ms")
        run_inside(space, "tc", "qdisc", "replace", "dev", link, "root", *band)

    def widen(self) -> None:
        """Let out whatever there is."""
        space, link = self.way_out
        run_inside(space, "tc", "qdisc", "del", "dev", link, "root")

    def move(self) -> None:
        """Get another address, as when a phone leaves the Wi-Fi."""
        old, self.address = self.address, self.address + 20
        self.inside("ip", "addr", "del", f"{self.net}.{old}/24", "dev", "eth0")
        self.inside("ip", "addr", "add", f"{self.net}.{self.address}/24", "dev", "eth0")
        self.inside("ip", "route", "replace", "default", "via", f"{self.net}.1")


@dataclass
class Lab:
    """Hosts `a` and `b`, and this machine between them at `address`."""

    number: int
    hosts: list[Host]

    @property
    def address(self) -> str:
        """Where this machine is to be found from both."""
        return f"10.77.{self.number}.1"


@contextlib.contextmanager
def lab(*, lossy: bool = False) -> Iterator[Lab]:
    """Two hosts, removed at the end. Raises NoLabError where the machine does not allow it."""
    with own_number() as number, TemporaryDirectory(prefix="hitotoki-lab-") as folder:
        hosts = [Host(i, letter, "", number) for i, letter in enumerate("ab")]
        remove(number)
        try:
            # The wires let go before what they lie on is taken away.
            with contextlib.ExitStack() as wires:
                _make(number, hosts, Path(folder), wires, lossy=lossy)
                yield Lab(number, hosts)
        finally:
            remove(number)


@contextlib.contextmanager
def own_number() -> Iterator[int]:
    """A number that no other lab on this machine has: labs of parallel tests never meet."""
    for number in range(1, MOST_LABS):
        with socket.socket(socket.AF_UNIX) as claim:
            try:
                claim.bind(f"\0hitotoki-lab-{number}")
            except OSError:
                continue
            yield number
            return
    raise NoLabError("too many labs")


def bridge_of(number: int) -> str:
    """The lab's bridge."""
    return f"hl{number}"


def _make(
    number: int, hosts: list[Host], folder: Path, wires: contextlib.ExitStack, *, lossy: bool
) -> None:
    make_bridge(number)
    for host in hosts:
        run("ip", "netns", "add", host.space)
        if lossy:
            wires.enter_context(_lossy_wire(host))
        else:
            ends = ("type", "veth", "peer", "name", "eth0", "netns", host.space)
            run("ip", "link", "add", host.port, *ends)
        run("ip", "link", "set", host.port, "master", bridge_of(number), "up")
        host.inside("ip", "addr", "add", f"{host.net}.{host.address}/24", "dev", "eth0")
        host.inside("ip", "link", "set", "lo", "up")
        host.plug()
        put_browser_on(host, folder)


def make_bridge(number: int) -> None:
    """Make the lab's bridge, on which this machine has the address that ends in 1."""
    bridge = bridge_of(number)
    run("ip", "link", "add", bridge, "type", "bridge")
    run("ip", "addr", "add", f"10.77.{number}.1/24", "dev", bridge)
    run("ip", "link", "set", bridge, "up")


def put_browser_on(host: Host, folder: Path) -> None:
    """Write the program that starts Chromium on a host.

    The whole one: the light form has no camera for an origin that is only said to be safe.
    """
    program = folder / f"chromium-{host.letter}"
    program.write_text(f'#!/bin/sh\nexec ip netns exec {host.space} {CHROMIUM} "$@"\n')
    program.chmod(0o755)
    host.chromium = str(program)


def remove(number: int) -> None:
    """Take a lab away, also what a killed run of the same number left behind."""
    for link in LINKS.glob(f"hl{number}[a-z]*"):
        _try("ip", "link", "del", link.name)
    for space in SPACES.glob(f"hitotoki{number}[a-z]*"):
        _try("ip", "netns", "del", space.name)
    for folder in OWN_ETC.glob(f"hitotoki{number}[a-z]*"):
        shutil.rmtree(folder)
    _try("ip", "link", "del", bridge_of(number))


@contextlib.contextmanager
def _lossy_wire(host: Host) -> Iterator[None]:
    """A link through this process, which drops what `host.loss` says: kernels without netem."""
    far = f"hx{host.lab_number}{host.letter}"
    ends = [_tap(host.port), _tap(far)]
    run("ip", "link", "set", far, "netns", host.space, "name", "eth0")
    stop, told = os.pipe()
    carrier = threading.Thread(target=_carry, args=(ends, stop, host), daemon=True)
    carrier.start()
    try:
        yield
    finally:
        os.write(told, b".")
        carrier.join()
        for end in (*ends, stop, told):
            os.close(end)


def _tap(name: str) -> int:
    try:
        end = os.open("/dev/net/tun", os.O_RDWR)
        ioctl(end, TUNSETIFF, pack("16sH", name.encode(), IFF_TAP | IFF_NO_PI))
    except OSError as error:
        raise NoLabError(f"no tap devices: {error}") from error
    return end


def _carry(ends: list[int], stop: int, host: Host) -> None:
    chance = random.Random(host.number)
    while True:
        ready, _, _ = select([*ends, stop], [], [])
        if stop in ready:
            return
        for end in ready:
            frame = os.read(end, FRAME_BYTES)
            if chance.random() >= host.loss:
                # A link that is down takes nothing.
                with contextlib.suppress(OSError):
                    os.write(ends[1 - ends.index(end)], frame)


def run_inside(space: str, *command: str, given: str | None = None) -> None:
    """Run a command in a namespace; NoLabError with its own words where it fails."""
    run("ip", "netns", "exec", space, *command, given=given)


def run(*command: str, given: str | None = None) -> None:
    """Run a command, which reads what is given; NoLabError with its own words where it fails."""
    try:
        subprocess.run(command, input=given, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoLabError(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        raise NoLabError(f"{' '.join(command)}: {error.stderr.strip()}") from error


def _try(*command: str) -> None:
    with contextlib.suppress(NoLabError):
        run(*command)
