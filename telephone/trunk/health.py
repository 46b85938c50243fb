"""How the trunk is, from what it answered: none of it is a question of its own."""

import time
from collections.abc import Callable

from telephone.port import Away, End

# How a call ended that never began, by the trunk's answer to it.
_ENDS = {
    486: End.BUSY, 600: End.BUSY, 603: End.DECLINED,
    408: End.NO_ANSWER, 480: End.NO_ANSWER, 487: End.NO_ANSWER,
}  # fmt: skip
NOT_ALLOWED = 403
# After so many calls in a row that failed by the trunk no more are tried for a while.
MOST_FAILED = 2
AGAIN_SECONDS = 30.0


def code_of(text: str) -> int:
    """Return the status code that a text begins with, 0 where it has none."""
    return int(text[:3]) if text[:3].isdigit() else 0


def end_of(text: str, *, answered: bool) -> End:
    """Return why a leg is over, from baresip's words for it."""
    if text.lower().startswith("rtp stream error"):
        return End.SILENT
    if answered:
        return End.THEY_HUNG_UP
    code = code_of(text)
    if code in _ENDS:
        return _ENDS[code]
    # Without a code nothing was answered; 401 and 407 are told only when our answer was wrong. 403:
    # the contract doesn't let us call there, which is nothing that its owner has missed.
    failed = code == 0 or (code >= 500 and code < 600) or code in (401, 402, NOT_ALLOWED, 407)
    return End.LINE_FAILED if failed else End.UNREACHABLE


def away_by(text: str) -> Away:
    """Return what is the matter with a trunk that answered so, or not at all."""
    code = code_of(text)
    if 500 <= code < 600:
        return Away.UNAVAILABLE
    return Away.REFUSED if 400 <= code < 500 and code != 408 else Away.SILENT


class Health:
    """What is known of a trunk: whether it registered us, and how the last calls went."""

    def __init__(self, registers: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._unregistered = Away.SILENT if registers else None
        # The trunk's own words for it, when it last refused us or failed.
        self.why = ""
        self._failed, self._why, self._until = 0, Away.SILENT, 0.0

    @property
    def away(self) -> Away | None:
        """Why no call can be made; a trunk whose calls failed is tried again after a while."""
        if self._unregistered is not None:
            return self._unregistered
        return self._why if self._now() < self._until else None

    def registered(self) -> None:
        """It knows us."""
        self._unregistered = None

    def not_registered(self, text: str) -> None:
        """It doesn't, and says why, or was silent."""
        self._unregistered, self.why = away_by(text), text

    def call_went_through(self) -> None:
        """A telephone rang, or was busy: the trunk works."""
        self._failed, self._until = 0, 0.0

    def call_failed(self, text: str) -> None:
        """A call failed by the trunk's fault; that one number is refused says nothing of others."""
        self.why = text
        if code_of(text) == NOT_ALLOWED:
            return
        self._failed += 1
        self._why = away_by(text)
        if self._failed >= MOST_FAILED or self._why is Away.SILENT:
            self._until = self._now() + AGAIN_SECONDS
