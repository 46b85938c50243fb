"""A web process's connections to the media processes, one each."""

from collections.abc import Callable, Sequence

from aiohttp import ClientSession, ClientTimeout

from media.control.link import MediaLink
from media.hosts import MediaHost

CONNECT_SECONDS = 1.5


class MediaLinks:
    """The connections to all media processes that are there."""

    def __init__(self, secret: str, lost: Callable[[MediaHost], None]) -> None:
        self._secret = secret
        self._lost = lost
        self._links: dict[int, MediaLink] = {}
        self._session: ClientSession | None = None

    def to(self, host: MediaHost) -> MediaLink:
        """Return the connection to a host, made now where there was none."""
        if self._session is None:
            self._session = ClientSession(
                timeout=ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)
            )
        if host.id not in self._links:
            self._links[host.id] = MediaLink(host, self._session, self._secret, self._lost)
        return self._links[host.id]

    async def keep(self, hosts: Sequence[MediaHost]) -> None:
        """Have a connection to each of these, and to no other."""
        for host in hosts:
            self.to(host)
        there = {host.id for host in hosts}
        for gone in [host_id for host_id in self._links if host_id not in there]:
            await self._links.pop(gone).close()

    async def close(self) -> None:
        """End all connections."""
        await self.keep([])
        if self._session is not None:
            await self._session.close()
