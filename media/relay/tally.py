"""What the relay has done in all."""

import time

import structlog

from media.relay.terms import RelayTotals

log = structlog.get_logger(__name__)

# A packet over which it stumbles may come a thousand times a second.
_TOLD_EVERY = 60.0


class Tally:
    """Counts, for whoever runs the site."""

    def __init__(self) -> None:
        self.packets = self.octets = self.dropped = self.faults = 0
        self._told_at = float("-inf")

    def stumble(self, where: str, error: Exception) -> None:
        """Note a fault of the relay's own; told once a minute."""
        self.faults += 1
        now = time.monotonic()
        if now - self._told_at >= _TOLD_EVERY:
            self._told_at = now
            log.error("relay stumbled", where=where, faults=self.faults, exc_info=error)

    def totals(self) -> RelayTotals:
        """Return the figures up to now."""
        return RelayTotals(self.packets, self.octets, self.dropped, self.faults)
