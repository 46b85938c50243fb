"""What a caller must have to enter a room, and so also to wait for one."""

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from points import ledger, limits, tab
from points import rules as prices
from points.rules import Pays
from record.site import doors
from rooms.ground import refusals

# The longest end that a talk may have: a day.
LONGEST_MINUTES = 1440


async def must_pay_entry(
    tx: Tx,
    settings: Settings,
    caller_id: int,
    rate: int,
    *,
    takes_tab: bool = False,
    pays: Pays | None = None,
) -> int | None:
    """Refuse who owes points, can't pay the entry, or may not by their own limits.

    `pays` is how they want to pay; None is either way, on the tab where the room `takes_tab`.
    Returns how many minutes the limits allow, as `must_be_within_limits`. Raises UserError
    `receivable_open`, `points_short` (needed, points), `own_limit_reached`, `tab_not_taken` or
    those of `tab.must_allow`.
    """
    await must_owe_nothing(tx, caller_id)
    needed = prices.entry_points(rate, settings.entry_minutes)
    if pays == "tab":
        await must_allow_tab(tx, settings, caller_id, needed, takes_tab=takes_tab)
    elif pays == "points" or await tab_refusal(tx, settings, caller_id, needed, takes_tab):
        await must_afford(tx, caller_id, rate, settings.entry_minutes)
    return await must_be_within_limits(tx, caller_id, rate)


async def must_allow_tab(
    tx: Tx, settings: Settings, caller_id: int, needed: int, *, takes_tab: bool
) -> None:
    """Refuse what can't be paid afterwards: the room doesn't take it, or the tab allows no more."""
    if not takes_tab:
        raise tab.tab_not_taken()
    await doors.must_be_open(tx, "tab")
    await tab.must_allow(tx, settings, caller_id, needed)


async def tab_refusal(
    tx: Tx, settings: Settings, caller_id: int, needed: int, takes_tab: bool
) -> UserError | None:
    """Return why so many yen can't be paid afterwards, or None where they can."""
    if not takes_tab or not settings.tab:
        return tab.tab_not_taken()
    return (await tab.state_of(tx, settings, caller_id)).refusal(needed)


async def wallet_of(tx: Tx, settings: Settings, caller_id: int, pays: Pays) -> int:
    """Return the wallet that pays so; a tab is opened at its first use."""
    if pays == "tab":
        return await tab.open_tab(tx, settings, caller_id)
    return await ledger.open_wallet(tx, caller_id)


async def must_owe_nothing(tx: Tx, caller_id: int) -> None:
    """Refuse a caller who owes points for a purchase whose money went back."""
    debt = await ledger.owed(tx, caller_id)
    if debt:
        raise refusals.receivable_open(debt)


async def must_afford(tx: Tx, caller_id: int, rate: int, minutes: int = 1) -> None:
    """Refuse a caller who can't pay so many minutes."""
    needed = prices.entry_points(rate, minutes)
    missing = needed - await ledger.spendable(tx, caller_id)
    if missing > 0:
        raise refusals.points_short(needed, missing)


async def must_be_within_limits(tx: Tx, caller_id: int, rate: int) -> int | None:
    """Return how many minutes the caller's own limits allow, at least one; None: any number."""
    minutes = await limits.spendable_minutes(tx, caller_id, rate)
    if minutes == 0:
        raise UserError(
            "own_limit_reached", N_("ご自身で設定した利用上限に達しているため、入室できません。")
        )
    return None if minutes is None else min(minutes, LONGEST_MINUTES)
