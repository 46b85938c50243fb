"""What stands between a client's event and its handler: limits, parsing, errors turned to acks."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from pydantic import ValidationError

from foundation.errors import ProtocolError, UserError
from foundation.language import translate
from foundation.settings import Settings
from rooms.ground.live import Side
from signaling.protocol import Payload

log = structlog.get_logger(__name__)

Ack = dict[str, Any]
P = TypeVar("P", bound=Payload)

HANDLER_SECONDS = 15
MOST_PENDING = 32
MOST_REFUSALS = 500


class TooBusyError(Exception):
    """The site can't take this in just now; the client asks again, and has done nothing wrong."""


@dataclass
class Seated:
    """The talk in which a connection sits, and whether it hides its address from the other side.

    `told` is the newest pair of which it has sent a beat, `proved` the newest with media in one.
    """

    talk_id: int
    side: Side
    seat: str
    hides: bool = False
    told: int = 0
    proved: int = 0

    def awaits(self, pair: int, *, flows: bool) -> bool:
        """Say whether two wait for a beat: before, their pair is dark, or the meter stands."""
        awaited = pair > self.told or (flows and pair > self.proved)
        self.told = max(self.told, pair)
        if flows:
            self.proved = max(self.proved, pair)
        return awaited


@dataclass
class Connection:
    """One browser's connection to this process: who it is and how much it may still ask."""

    sid: str
    user_id: int | None
    locale: str
    address: str
    tokens: float
    seated: Seated | None = None
    token: str | None = field(default=None, repr=False)
    checked_at: float = field(default_factory=time.monotonic)
    watches_directory: bool = False
    typed_at: float = 0.0
    pending: int = 0
    refusals: int = 0
    filled_at: float = field(default_factory=time.monotonic)

    def may_ask(self, settings: Settings) -> bool:
        """Take one token out of the bucket; it fills by `events_per_second`."""
        now = time.monotonic()
        gained = (now - self.filled_at) * settings.events_per_second
        self.tokens = min(settings.events_burst, self.tokens + gained)
        self.filled_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def signed_in(self) -> int:
        """Return the user's id; ProtocolError `not_signed_in` for a visitor."""
        if self.user_id is None:
            raise ProtocolError("not_signed_in")
        return self.user_id


Handler = Callable[[Connection, P], Awaitable[Ack]]


class Guard:
    """Runs handlers for events, so that a bad or a busy client harms only itself."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.connections: dict[str, Connection] = {}

    async def run(
        self, sid: str, event: str, model: type[P], handler: Handler[P], payload: object
    ) -> Ack:
        """Answer one event: the handler's ack, or a refusal with its code."""
        connection = self.connections.get(sid)
        if connection is None:
            return _refusal("not_connected")
        if not connection.may_ask(self._settings):
            return self._refuse(connection, event, "too_fast")
        if connection.pending >= MOST_PENDING:
            return self._refuse(connection, event, "too_many_pending")
        connection.pending += 1
        try:
            return await self._handle(connection, event, model, handler, payload)
        finally:
            connection.pending -= 1

    async def _handle(
        self,
        connection: Connection,
        event: str,
        model: type[P],
        handler: Handler[P],
        payload: object,
    ) -> Ack:
        try:
            parsed = model.model_validate(payload)
            async with asyncio.timeout(HANDLER_SECONDS):
                return {"ok": True} | await handler(connection, parsed)
        except ValidationError:
            return self._refuse(connection, event, "bad_payload")
        except ProtocolError as error:
            if self.connections.get(connection.sid) is not connection:
                # Gone meanwhile, which breaks no rule.
                return _refusal(error.code)
            return self._refuse(connection, event, error.code)
        except UserError as error:
            message = translate(connection.locale, error.text, **error.params)
            return {"ok": False, "code": error.code, "message": message, "params": error.params}
        except TooBusyError:
            return _refusal("too_busy")
        except TimeoutError:
            log.warning("signaling.slow", event_name=event)
            return _refusal("timeout")
        except Exception:
            log.exception("signaling.bug", event_name=event)
            return _refusal("internal")

    def refuse_unknown(self, sid: str, event: str) -> Ack:
        """Refuse an event that the protocol does not know."""
        connection = self.connections.get(sid)
        if connection is None:
            return _refusal("not_connected")
        connection.may_ask(self._settings)
        return self._refuse(connection, event[:40], "unknown_event")

    def _refuse(self, connection: Connection, event: str, code: str) -> Ack:
        connection.refusals += 1
        # Once in a while only: a flood must not become a flood of log lines.
        if connection.refusals in (1, 10, 100, MOST_REFUSALS):
            log.warning(
                "signaling.refused",
                event_name=event,
                code=code,
                user_id=connection.user_id,
                refusals=connection.refusals,
            )
        return _refusal(code)

    def is_hopeless(self, sid: str) -> bool:
        """Say whether a client was refused so often that its connection is better ended."""
        connection = self.connections.get(sid)
        return connection is not None and connection.refusals > MOST_REFUSALS


def _refusal(code: str) -> Ack:
    return {"ok": False, "code": code, "message": "", "params": {}}
