"""baresip's trace of SIP messages, read for what its events leave out.

From which address an INVITE came, that a call was answered with anything at all, where speech is to
come from. The messages hold numbers and credentials, so this logger passes nothing on to others.
"""

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from telephone.trunk.messages import SipMessage

NAME = "baresip.native.sip"
# Calls of which the trace is remembered; the oldest is forgotten first.
MOST_CALLS = 2000


@dataclass(frozen=True)
class Traced:
    """One message that passed, between which addresses (`192.0.2.1:5060`), over what."""

    way: Literal["TX", "RX"]
    transport: str
    local: str
    peer: str
    message: SipMessage

    @property
    def call_id(self) -> str:
        """By which all messages of a call are known."""
        return self.message.head("call-id")

    @property
    def peer_address(self) -> str:
        """The other side's IP address."""
        return self.peer.rpartition(":")[0].strip("[]")


def read(text: str) -> Traced | None:
    """Read a record of the trace; None for what is none."""
    route, _, raw = text.partition("\n")
    parts = route.split()
    if len(parts) < 5 or parts[0] not in ("TX", "RX") or not raw.strip():
        return None
    way: Literal["TX", "RX"] = "TX" if parts[0] == "TX" else "RX"
    return Traced(way, parts[1].upper(), parts[2], parts[4], SipMessage.read(raw))


class Trace(logging.Handler):
    """Reads the trace; `keep` is called at once in baresip's thread, `tell` in the loop's."""

    def __init__(self, keep: Callable[[Traced], None], tell: Callable[[Traced], None]) -> None:
        super().__init__()
        self._keep, self._tell = keep, tell
        self._loop = asyncio.get_running_loop()
        self._invites: OrderedDict[str, asyncio.Future[Traced]] = OrderedDict()
        self._logger = logging.getLogger(NAME)
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        self._logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Take one message; one that can't be read changes nothing."""
        with contextlib.suppress(Exception):
            traced = read(record.getMessage())
            if traced is not None and traced.call_id:
                self._keep(traced)
                self._loop.call_soon_threadsafe(self._arrived, traced)

    def _arrived(self, traced: Traced) -> None:
        if traced.way == "RX" and traced.message.first.startswith("INVITE "):
            invite = self._invite(traced.call_id)
            if not invite.done():
                invite.set_result(traced)
        self._tell(traced)

    def _invite(self, call_id: str) -> asyncio.Future[Traced]:
        found = self._invites.get(call_id)
        if found is None:
            found = self._invites[call_id] = self._loop.create_future()
            if len(self._invites) > MOST_CALLS:
                self._invites.popitem(last=False)
        return found

    async def invite_of(self, call_id: str, seconds: float = 1.0) -> Traced | None:
        """Return the INVITE of a call that came in; None where it wasn't seen."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._invite(call_id))
        return None

    def close(self) -> None:
        """Read no more."""
        self._logger.removeHandler(self)
        super().close()
