"""What the money of a purchase means for its points: no clock, no database.

The provider tells where the yen are: refunded, held by a dispute, lost to one, or still with the
site. The points follow from that alone, so it doesn't matter in which order it is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

DisputeState = Literal["open", "won", "lost"]


@dataclass(frozen=True)
class Refund:
    """Yen that were given back, and when the provider says they were."""

    yen: int
    at: datetime | None


@dataclass(frozen=True)
class Dispute:
    """Yen that a payer's bank disputes. In an `inquiry` it only asks: the site still has them."""

    yen: int
    at: datetime | None
    inquiry: bool
    state: DisputeState

    @property
    def stage(self) -> int:
        """How far it has come. A dispute never goes back to an earlier stage."""
        if self.inquiry:
            return 0 if self.state == "open" else 1
        return 2 if self.state == "open" else 3


@dataclass(frozen=True)
class Gone:
    """Points of a purchase that its buyer may not keep; `frozen` of them wait for a dispute."""

    points: int
    frozen: int


def gone(price: int, total: int, refunds: Sequence[Refund], disputes: Sequence[Dispute]) -> Gone:
    """Return what must be out of the hands of who bought `total` points (bonus and all) for
    `price` yen.

    `refunds` are those that were made. No yen counts twice: the price is the most, and a refund
    made while a bank asks is the answer to it.
    """
    lost = sum(refund.yen for refund in refunds)
    lost += sum(dispute.yen for dispute in disputes if dispute.state == "lost")
    held = sum(_held(dispute, refunds) for dispute in disputes if dispute.state == "open")
    for_good = points_for(price, total, lost)
    points = points_for(price, total, lost + held)
    return Gone(points, points - for_good)


def points_for(price: int, total: int, yen: int) -> int:
    """Return the points, bonus and all, that `yen` of a price stand for; a part is rounded up."""
    return -(-total * min(yen, price) // price)


def _held(dispute: Dispute, refunds: Sequence[Refund]) -> int:
    if not dispute.inquiry or dispute.at is None:
        return dispute.yen
    answer = sum(r.yen for r in refunds if r.at is not None and r.at >= dispute.at)
    return max(0, dispute.yen - answer)


_ENDS: dict[str, DisputeState] = {"won": "won", "lost": "lost"}
_OPEN = ("needs_response", "under_review", "appeal_needs_response", "appeal_under_review")


def told(subject: Mapping[str, Any], at: datetime | None, *, closed: bool) -> Dispute:
    """Read a dispute as the provider tells it, in an event that says whether it was closed."""
    status, yen = str(subject.get("status")), int(subject["amount"])
    if status.startswith("warning_"):
        return Dispute(yen, at, True, "won" if status == "warning_closed" else "open")
    if status in _ENDS:
        return Dispute(yen, at, False, _ENDS[status])
    if status in _OPEN and not closed:
        return Dispute(yen, at, False, "open")
    if status in ("prevented", "charge_refunded"):
        # It ended before anybody judged: what counts is whether it took money with it.
        return Dispute(yen, at, False, "lost" if _withdrawn(subject) else "won")
    return Dispute(yen, at, False, "lost" if closed else "open")


def _withdrawn(subject: Mapping[str, Any]) -> bool:
    moves = subject.get("balance_transactions") or []
    return sum(int(move.get("amount") or 0) for move in moves if isinstance(move, dict)) < 0
