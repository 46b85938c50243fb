"""What somebody must have who pays before they are answered, and how it is set aside."""

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from points import ledger, limits, tab
from points.rules import Pays


async def must_be_able_to_pay(
    tx: Tx, settings: Settings, user_id: int, points: int, *, takes_tab: bool, pays: Pays
) -> None:
    """Refuse who owes points, may not spend as many by their own limits, or can't pay them.

    Raises UserError `receivable_open`, `own_limit_reached`, `points_short` (needed, points: what is
    missing), `tab_not_taken`, or those of `tab.must_allow`.
    """
    debt = await ledger.owed(tx, user_id)
    if debt:
        raise UserError(
            "receivable_open",
            N_(
                "返金された購入で使用済みの%(points)sポイントが未精算のため、ご利用いただけません。"
            ),
            points=debt,
        )
    await limits.check_hold(tx, user_id, points)
    if pays == "tab":
        if not (settings.tab and takes_tab):
            raise UserError("tab_not_taken", N_("このキャストは、後払いを受け付けていません。"))
        await tab.must_allow(tx, settings, user_id, points)
    else:
        await _must_have(tx, user_id, points)


async def _must_have(tx: Tx, user_id: int, points: int) -> None:
    missing = points - await ledger.spendable(tx, user_id)
    if missing > 0:
        raise UserError(
            "points_short",
            N_("%(needed)sポイント必要です。あと%(points)sポイント足りません。"),
            needed=points,
            points=missing,
        )


async def set_aside(
    tx: Tx, settings: Settings, user_id: int, points: int, *, key: str, reason: str, pays: Pays
) -> int:
    """Hold so many points, or yen of the tab; return the hold's id. `key` makes it happen once.

    Who calls has asked `must_be_able_to_pay`. Raises UserError `points_short` where a talk that
    runs has spent them meanwhile.
    """
    if pays == "tab":
        await tab.open_tab(tx, settings, user_id)
    try:
        return await ledger.hold(
            tx, user_id, points, key=key, reason=reason, gift_share=settings.gift_share, pays=pays
        )
    except UserError as error:
        if error.code == "points_short":
            await _must_have(tx, user_id, points)
        raise
