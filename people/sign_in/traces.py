"""Where an account is used: keyed hashes of its addresses and browsers, to tell who is one person.

They are compared, never read: nobody learns from them where somebody was. Kept for 90 days.
"""

import hmac
from collections import OrderedDict
from datetime import UTC, date, datetime
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.settings import Settings
from people.sign_in import seals

Kind = Literal["device", "address"]

KEPT_DAYS = 90
# Of one account and day: who changes addresses all the time leaves no more.
MOST_A_DAY = 20
# An address that more accounts share on one day is a company's, a school's or a carrier's.
MOST_SHARING = 10
# What this process has written lately, so that reading pages costs no writes.
MOST_REMEMBERED = 50_000


class TraceBook:
    """Writes each trace once a day, by what this process remembers and else by the table's key."""

    def __init__(self) -> None:
        self._written: OrderedDict[tuple[int, bytes, date], None] = OrderedDict()

    async def note(
        self, tx: Tx, settings: Settings, user_id: int, address: str, device: str | None
    ) -> None:
        """Note from where, and with which browser (its own token), an account is used.

        The last of its transaction: nothing is waited for while a row of another's may be.
        """
        if not seals.can_seal(settings):
            return
        today = datetime.now(UTC).date()
        for kind, mark in marks_of(settings, address, device).items():
            key = (user_id, mark, today)
            if key not in self._written:
                await tx.execute(_NOTE, {"user": user_id, "kind": kind, "mark": mark})
                self._remember(key)

    def _remember(self, key: tuple[int, bytes, date]) -> None:
        self._written[key] = None
        while len(self._written) > MOST_REMEMBERED:
            self._written.popitem(last=False)


_NOTE = sa.text(f"""
INSERT INTO traces (user_id, kind, mark, day)
SELECT :user, :kind, :mark, (clock_timestamp() AT TIME ZONE 'UTC')::date
WHERE (SELECT count(*) FROM traces WHERE user_id = :user AND kind = :kind
  AND day = (clock_timestamp() AT TIME ZONE 'UTC')::date) < {MOST_A_DAY}
ON CONFLICT DO NOTHING
""")  # noqa: S608 - one figure of ours


def marks_of(settings: Settings, address: str, device: str | None) -> dict[Kind, bytes]:
    """Return what may be kept of an address and of a browser's token."""
    found: dict[Kind, bytes] = {}
    line = _line(address)
    if line is not None:
        found["address"] = _mark(settings, "address", line)
    if device is not None:
        found["device"] = _mark(settings, "device", device)
    return found


def _line(address: str) -> str | None:
    """Return the line that an address belongs to (of IPv6 the /64), if it is one of the internet.

    A private one is a proxy's or a gateway's, behind which everybody is alike.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    if not parsed.is_global:
        return None
    if isinstance(parsed, IPv6Address):
        return str(ip_network((parsed, 64), strict=False))
    return str(parsed)


def _mark(settings: Settings, kind: Kind, text: str) -> bytes:
    return hmac.digest(seals.mark_key(settings), f"{kind} {text}".encode(), "sha256")


# The same browser at any time; the same address on the same day, where few share it.
_SHARED = sa.text(f"""
SELECT a.kind FROM traces a JOIN traces b USING (kind, mark)
WHERE a.user_id = :one AND b.user_id = :other AND (a.kind = 'device' OR a.day = b.day
  AND (SELECT count(*) FROM traces c WHERE c.mark = a.mark AND c.day = a.day) <= {MOST_SHARING})
ORDER BY a.kind DESC LIMIT 1
""")  # noqa: S608 - one figure of ours


async def shared(tx: Tx, one: int, other: int) -> Kind | None:
    """Return by what two accounts are linked: a browser that both use, or an address."""
    found: Kind | None = await tx.scalar(_SHARED, {"one": one, "other": other})
    return found


_SWEEP = sa.text("""
DELETE FROM traces WHERE ctid IN (SELECT ctid FROM traces
  WHERE day < (clock_timestamp() AT TIME ZONE 'UTC')::date - :days LIMIT :most)
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` traces that are older; return how many."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
