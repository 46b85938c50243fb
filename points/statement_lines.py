"""A line of a statement, and the order in which lines stand. Pure: no database."""

from dataclasses import dataclass
from datetime import datetime

# Of rows at one instant, those of a later source come later.
CHARGE, RETURN, TRANSFER = range(3)

# Transfers that come into a wallet and go out of it, of points or of a tab. Those of a tab alone
# are its limit, what is paid of bills, and what is written off.
INCOMING = (
    "grant", "purchase", "bonus", "restore", "correction", "release", "credit", "tab_paid",
    "written_off",
)  # fmt: skip
OUTGOING = (
    "expiry", "refund", "dispute", "receivable", "correction", "hold", "forfeit", "credit_taken",
    "tab_unpaid", "written_off_back",
)  # fmt: skip
TAB_KINDS = ("credit", "credit_taken", "tab_paid", "tab_unpaid", "written_off", "written_off_back")


@dataclass(frozen=True, order=True)
class LinePosition:
    """Where a row stands in the order of a wallet: its instant, source, id and minute.

    The id is a transfer's own, elsewhere the talk's.
    """

    at: datetime
    source: int = -1
    id: int = 0
    minute: int = 0


@dataclass(frozen=True)
class StatementLine:
    """One line: `amount` points came (+) or went (−), and `balance_after` is held then.

    A charge or a return names its talk and the minutes from `first_minute` to `last_minute`, of
    which the first was at `began_at`. What concerns a purchase or a hold names it. `reason` is
    the words of the staff where they moved the points, and an internal word elsewhere. A transfer
    names itself.
    """

    at: datetime
    began_at: datetime
    kind: str
    amount: int
    balance_after: int
    reason: str = ""
    talk_id: int | None = None
    first_minute: int | None = None
    last_minute: int | None = None
    purchase_id: int | None = None
    hold_id: int | None = None
    transfer_id: int | None = None

    @property
    def source(self) -> int:
        """From which table the line comes."""
        return {"charge": CHARGE, "return": RETURN}.get(self.kind, TRANSFER)

    @property
    def begins(self) -> LinePosition:
        """The position of the line's first row."""
        return LinePosition(
            self.began_at, self.source, self.transfer_id or self.talk_id or 0,
            (self.first_minute or 0) if self.kind == "charge" else 0,
        )  # fmt: skip

    @property
    def ends(self) -> LinePosition:
        """The position of the line's last row."""
        return LinePosition(
            self.at, self.source, self.transfer_id or self.talk_id or 0,
            (self.last_minute or 0) if self.kind == "charge" else 0,
        )  # fmt: skip
