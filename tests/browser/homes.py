"""Two homes on one internet: a computer behind a router each, whose rules change while it is used.

    computer a — router a — internet — router b — computer b

On the internet are this machine, where a site answers, and a namespace for a TURN server.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser import coturn
from tests.browser.coturn import TurnServer, turn_server
from tests.browser.lab import (
    OWN_ETC,
    Host,
    Lab,
    bridge_of,
    make_bridge,
    own_number,
    put_browser_on,
    remove,
    run,
    run_inside,
)

SITE = "talk.lab.test"
TURN_HOST = 2


@dataclass(frozen=True)
class Rules:
    """What a router does with what passes it. From outside nothing may begin, whatever they say.

    A `symmetric` one gives every destination another port. `lets_out` are conditions of nft, of
    which a packet to the outside must meet one; without any it may leave. `loss` is the share of
    all packets, in both directions and in per cent, that get lost.
    """

    symmetric: bool = False
    lets_out: tuple[str, ...] = ()
    loss: int = 0

    def __str__(self) -> str:
        ports = "random,fully-random" if self.symmetric else ""
        lets_out = [f'iifname "lan" {condition} accept' for condition in self.lets_out]
        if lets_out:
            lets_out.append('iifname "lan" drop')
        loss = [f"numgen random mod 100 < {self.loss} drop"] if self.loss else []
        return _RULES.format(ports=ports, through="\n    ".join([*loss, *lets_out]))


# Also what comes to the router itself is dropped: taken in, the other's first packet would hold the
# very port that the own side's first packet is to leave from.
_RULES = """
flush ruleset
table inet router {{
  chain leaving {{
    type nat hook postrouting priority srcnat
    oifname "wan" meta nfproto ipv4 masquerade {ports}
  }}
  chain passing {{
    type filter hook forward priority filter
    iifname "wan" ct state new drop
    {through}
  }}
  chain coming {{
    type filter hook input priority filter
    iifname "wan" ct state new drop
  }}
}}
"""

PLAIN = Rules()
SYMMETRIC = Rules(symmetric=True)
NO_UDP = Rules(lets_out=("meta l4proto != udp",))


def only_https(site_port: int) -> Rules:
    """Nothing but TCP to port 443 leaves, for which the site's own port stands here as well."""
    return Rules(lets_out=(f"tcp dport {{ 443, {site_port} }}",))


@dataclass
class Computer(Host):
    """A computer whose only way out is its home's router. Addresses inside are alike everywhere."""

    @property
    def net(self) -> str:
        """The first three numbers of all homes' addresses."""
        return "192.168.77"

    @property
    def router(self) -> str:
        """The router's namespace: `lan` leads to the computer, `wan` to the internet."""
        return f"{self.space}router"

    @property
    def way_out(self) -> tuple[str, str]:
        """All goes out through the router."""
        return self.router, "wan"

    @property
    def outside(self) -> int:
        """Where on the internet the router is: the last number of its addresses."""
        return 11 + self.number

    @property
    def net6(self) -> str:
        """The home's own IPv6 network, which nobody translates."""
        return f"fd77:{self.lab_number}:{self.outside}:"

    def obey(self, rules: Rules) -> None:
        """Let the router do as told from now on."""
        run_inside(self.router, "nft", "-f", "-", given=str(rules))

    @contextlib.contextmanager
    def with_ipv6_only(self) -> Iterator[None]:
        """Have no IPv4 for a while."""
        old, new = f"{self.net}.{self.address}/24", f"{self.net6}:{self.address}/64"
        self.inside("ip", "addr", "del", old, "dev", "eth0")
        self.inside("ip", "addr", "add", new, "dev", "eth0", "nodad")
        self.inside("ip", "-6", "route", "add", "default", "via", f"{self.net6}:1")
        try:
            yield
        finally:
            self.inside("ip", "-6", "route", "del", "default")
            self.inside("ip", "addr", "del", new, "dev", "eth0")
            self.inside("ip", "addr", "add", old, "dev", "eth0")
            self.plug()


@dataclass
class Homes(Lab):
    """The computers `a` and `b`, and the TURN server between them."""

    computers: list[Computer]
    turn: TurnServer

    @property
    def address6(self) -> str:
        """Where this machine is to be found by IPv6."""
        return f"{net6_of(self.number)}:1"


@contextlib.contextmanager
def homes() -> Iterator[Homes]:
    """Two homes, removed at the end. Raises NoLabError where the machine does not allow it."""
    with own_number() as number, TemporaryDirectory(prefix="hitotoki-homes-") as folder:
        remove(number)
        try:
            computers = [Computer(i, letter, "", number) for i, letter in enumerate("ab")]
            _make_internet(number)
            for computer in computers:
                _make_home(computer)
                _name_servers(computer)
                put_browser_on(computer, Path(folder))
            addresses = [f"10.77.{number}.{TURN_HOST}", f"{net6_of(number)}:{TURN_HOST}"]
            with turn_server(turn_space(number), addresses, Path(folder)) as turn:
                yield Homes(number, [*computers], computers, turn)
        finally:
            remove(number)


def net6_of(number: int) -> str:
    """The IPv6 network of a lab's internet, without its last colon."""
    return f"fd77:{number}:0:"


def turn_space(number: int) -> str:
    """The TURN server's namespace."""
    return f"hitotoki{number}turn"


def _make_internet(number: int) -> None:
    make_bridge(number)
    address6 = f"{net6_of(number)}:1/64"
    run("ip", "addr", "add", address6, "dev", bridge_of(number), "nodad")
    space, port = turn_space(number), f"hl{number}turn"
    run("ip", "netns", "add", space)
    run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
    run("ip", "link", "set", port, "master", bridge_of(number), "up")
    _open_link(space, "eth0", f"10.77.{number}.{TURN_HOST}", f"{net6_of(number)}:{TURN_HOST}")
    run_inside(space, "ip", "link", "set", "lo", "up")
    # Without one coturn relays to nobody.
    run_inside(space, "ip", "route", "add", "default", "via", f"10.77.{number}.1")


def _open_link(space: str, link: str, address: str, address6: str) -> None:
    run_inside(space, "ip", "addr", "add", f"{address}/24", "dev", link)
    run_inside(space, "ip", "addr", "add", f"{address6}/64", "dev", link, "nodad")
    run_inside(space, "ip", "link", "set", link, "up")


def _make_home(home: Computer) -> None:
    number = home.lab_number
    for space in (home.router, home.space):
        run("ip", "netns", "add", space)
        run_inside(space, "ip", "link", "set", "lo", "up")
    lan = ("lan", "netns", home.router, "type", "veth", "peer", "name", "eth0", "netns", home.space)
    run("ip", "link", "add", *lan)
    run("ip", "link", "add", home.port, "type", "veth", "peer", "name", "wan", "netns", home.router)
    run("ip", "link", "set", home.port, "master", bridge_of(number), "up")
    _open_link(home.router, "lan", f"{home.net}.1", f"{home.net6}:1")
    outside, outside6 = f"10.77.{number}.{home.outside}", f"{net6_of(number)}:{home.outside}"
    _open_link(home.router, "wan", outside, outside6)
    for forwarding in ("net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"):
        run_inside(home.router, "sysctl", "-qw", f"{forwarding}=1")
    home.obey(PLAIN)
    home.inside("ip", "addr", "add", f"{home.net}.{home.address}/24", "dev", "eth0")
    home.plug()
    for to_home in ((), ("ip", "netns", "exec", turn_space(number))):
        run(*to_home, "ip", "route", "add", f"{home.net6}:/64", "via", outside6)


def _name_servers(home: Computer) -> None:
    """Let a home know the site and the TURN server by name, by both kinds of addresses."""
    own = OWN_ETC / home.space
    own.mkdir(parents=True)
    named = {SITE: 1, coturn.NAME: TURN_HOST}
    nets = (f"10.77.{home.lab_number}.", f"{net6_of(home.lab_number)}:")
    # With a dot, too: so Chromium asks for STUN servers, and for TURN servers by UDP.
    lines = [f"{net}{host} {name} {name}.\n" for name, host in named.items() for net in nets]
    (own / "hosts").write_text("127.0.0.1 localhost\n" + "".join(lines))
