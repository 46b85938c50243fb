"""Rows of the books, as they are locked and passed on. Amounts in points."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class HoldRow:
    """A hold and whose it is, in which `kind` of wallet.

    Of its `points` these were released, paid to the cast or the site.

    `given` of them were given, not bought, and earn `gift_share` percent of a share.
    """

    id: int
    wallet_id: int
    user_id: int
    kind: str
    points: int
    released: int
    share: int
    fee: int
    cast_wallet: int | None
    given: int
    gift_share: int

    @property
    def waits(self) -> int:
        """The points of which nothing was decided."""
        return self.points - self.released - self.share - self.fee


@dataclass(frozen=True)
class PurchaseRow:
    """What was ordered, and the lots that hold its points once it is paid."""

    id: int
    user_id: int
    points: int
    bonus: int
    paid_at: datetime | None
    paid_lot: int | None
    bonus_lot: int | None


@dataclass(frozen=True)
class Paid:
    """What one lot paid (`amount`) of a charged minute, which cost `gross`."""

    minute: int
    gross: int
    share: int
    lot_id: int
    amount: int
    expires_at: datetime
    latest: datetime
