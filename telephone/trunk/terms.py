"""A trunk as an operator describes it: where it is, who we are there, and by which ways."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal, Self

from foundation.settings import Settings

Network = IPv4Network | IPv6Network
JAPAN = "+81"
# Where Debian and most others keep the authorities that machines trust.
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class TrunkTerms:
    """All that the line needs to know; its password is in no text of it."""

    # Host, with its port where it isn't SIP's own.
    server: str
    user: str
    password: str = field(default="", repr=False)
    transport: Literal["udp", "tcp", "tls"] = "udp"
    # How the trunk calls our numbers.
    numbers: tuple[str, ...] = ()
    # Seconds between registrations; 0 where the trunk knows our address.
    # How the trunk wants the numbers that are rung: as one dials at home, or +81….
    writes: Literal["national", "e164"] = "national"
    register_seconds: int = 300
    srtp: bool = False
    certificates: Path = CERTIFICATES
    # Address and port on which we are called, and the address by which the trunk is reached.
    listen: str = "0.0.0.0:5070"
    address: str | None = None
    ports: tuple[int, int] = (20_000, 20_199)
    # Whose calls and speech are taken, besides the server's.
    networks: tuple[Network, ...] = ()
    lines: int = 10
    silence_seconds: int = 4
    stun: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read them from the site's settings, which have a server."""
        assert settings.trunk_server is not None
        password = settings.trunk_password
        return cls(
            server=settings.trunk_server,
            user=settings.trunk_user or settings.trunk_numbers[0],
            password="" if password is None else password.get_secret_value(),
            transport=settings.trunk_transport,
            numbers=settings.trunk_numbers,
            writes=settings.trunk_writes,
            register_seconds=settings.trunk_register_seconds,
            srtp=settings.trunk_srtp,
            certificates=settings.trunk_certificates or CERTIFICATES,
            listen=settings.trunk_listen,
            address=settings.trunk_address,
            ports=settings.trunk_ports,
            networks=tuple(ip_network(text) for text in settings.trunk_networks),
            lines=settings.trunk_lines,
            silence_seconds=settings.trunk_silence_seconds,
            stun=settings.trunk_stun,
        )

    @property
    def host(self) -> str:
        """The server's name without its port."""
        host, _, port = self.server.rpartition(":")
        return host if port.isdigit() and host else self.server

    @property
    def number(self) -> str:
        """Our number that telephones show when we call."""
        return self.numbers[0] if self.numbers else self.user

    def written(self, number: str) -> str:
        """Return a number that is to be rung, as the trunk wants it."""
        if self.writes == "national" and number.startswith(JAPAN):
            return "0" + number.removeprefix(JAPAN)
        if self.writes == "e164" and number.startswith("0"):
            return JAPAN + number[1:]
        return number
