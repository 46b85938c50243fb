"""From which addresses the trunk calls us: those of its server's name, and those that it told."""

import asyncio
import math
import socket
import time
from ipaddress import ip_address, ip_network

import structlog

from telephone.trunk.terms import Network, TrunkTerms

log = structlog.get_logger(__name__)

# How long an answer of the name service is good for here.
FRESH_SECONDS = 60.0
ASK_SECONDS = 5.0


class TrunkAddresses:
    """The trunk's networks; names are asked for again every minute."""

    def __init__(self, terms: TrunkTerms) -> None:
        self._terms = terms
        self._found: tuple[Network, ...] = ()
        self._asked = -math.inf
        self._asking = asyncio.Lock()

    async def networks(self) -> tuple[Network, ...]:
        """Return them; while the name service is silent, those that it knew last."""
        async with self._asking:
            if time.monotonic() - self._asked >= FRESH_SECONDS:
                await self._ask()
                self._asked = time.monotonic()
        return (*self._terms.networks, *self._found)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                answers = await asyncio.get_running_loop().getaddrinfo(
                    self._terms.host.strip("[]"), None, type=socket.SOCK_DGRAM
                )
            self._found = tuple({ip_network(str(answer[4][0])) for answer in answers})
        except (OSError, TimeoutError):
            log.warning("telephone.trunk_name_unknown")

    async def has(self, address: str) -> bool:
        """Say whether an IP address is the trunk's."""
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return any(known in network for network in await self.networks())
