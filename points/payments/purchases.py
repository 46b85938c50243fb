"""Purchases: what can be bought, an order of it, and where that order stands.

Nothing here makes points. Only `events` does, when the provider says that it was paid.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from foundation.row_types import typed_locked
from points import limits
from points.payments import payers, wishes
from points.payments.payers import Card
from points.payments.provider import ProviderName
from points.payments.ways import Method
from points.payments.wishes import Occasion, PayWish
from points.tables import packs, purchases
from record.site import doors

PurchaseState = Literal["created", "paid", "failed", "canceled"]

LONGEST_PRESS = 64


@dataclass(frozen=True)
class Pack:
    """Points on offer, with the points added for free, for a price in yen, tax included."""

    id: int
    points: int
    bonus: int
    price_yen: int

    @property
    def total(self) -> int:
        """All points that the buyer gets."""
        return self.points + self.bonus

    @property
    def shown(self) -> str:
        """What the buyer was shown, so that they never pay for anything else."""
        return f"{self.points}-{self.bonus}-{self.price_yen}"


@dataclass(frozen=True)
class Purchase:
    """One order of points. `intent` is what the provider calls it, once it was asked."""

    id: int
    user_id: int
    points: int
    bonus: int
    price_yen: int
    provider: ProviderName
    intent: str | None
    method: Method | None
    state: PurchaseState
    created_at: datetime
    paid_at: datetime | None

    @property
    def total(self) -> int:
        """All points that the buyer gets."""
        return self.points + self.bonus

    @property
    def reference(self) -> str:
        """What the provider is told to write beside the payment.

        The moment in it tells this purchase from one of the same number in another database that
        sells through the same account.
        """
        moment = int(self.created_at.timestamp()) * 1_000_000 + self.created_at.microsecond
        return f"{self.id}:{moment}"


_REFERENCE = re.compile(r"([1-9][0-9]{0,17}):[0-9]{1,20}")
_COLUMNS = tuple(purchases.c[name] for name in Purchase.__dataclass_fields__)


async def offered(tx: Tx) -> list[Pack]:
    """Return the packs on offer, in their order."""
    rows = await tx.execute(_PACKS.order_by(packs.c.position, packs.c.id))
    return [Pack(**row) for row in rows.mappings()]


async def pack(tx: Tx, pack_id: int) -> Pack:
    """Return a pack on offer. Raises UserError `pack_unknown` (404)."""
    row = (await tx.execute(_PACKS.where(packs.c.id == pack_id))).mappings().one_or_none()
    if row is None:
        raise UserError("pack_unknown", N_("このポイントは、いま販売していません。"), status=404)
    return Pack(**row)


_PACKS = sa.select(packs.c.id, packs.c.points, packs.c.bonus, packs.c.price_yen).where(
    packs.c.active
)


async def start(
    tx: Tx,
    user_id: int,
    pack_id: int,
    press: str,
    *,
    shown: str,
    provider: ProviderName,
    save_card: bool = False,
    with_saved_card: bool = False,
    occasion: Occasion | None = None,
) -> Purchase:
    """Order a pack at the price in our own table; the same `press` finds the same order again.

    Raises UserError: `not_confirmed` (403) until the buyer's e-mail is; `pack_unknown`;
    `offer_changed` where the pack is no longer what the buyer was `shown`; `press_reused` for the
    press of another order; `card_unknown`; `no_method` where none takes such a price; and what the
    buyer's own limits refuse.
    """
    occasion = occasion or Occasion()
    known = await of_press(tx, user_id, press)
    if known is None:
        # From here on one order at a time: of two at once, the second sees what the first took of
        # the buyer's limits. Or it is the same press, and finds the order.
        await limits.lock(tx, user_id)
        known = await of_press(tx, user_id, press)
    wanted = None if known else await pack(tx, pack_id)
    if wanted is not None:
        # Whoever is in a talk, or has left word for when they are, goes on.
        if not (occasion.staying or occasion.absent):
            await doors.must_be_open(tx)
        if not await _is_confirmed(tx, user_id):
            raise not_confirmed()
        await _must_be_allowed(tx, user_id, wanted, shown)
        card = await payers.must_have_card(tx, user_id, provider) if with_saved_card else None
        wish = _wish(occasion, wanted, card, save_card=save_card)
        known = await _order(tx, user_id, wanted, press, provider, wish)
    assert known
    if shown != f"{known.points}-{known.bonus}-{known.price_yen}":
        raise UserError("press_reused", N_("この購入はすでに受け付けました。"))
    return known


async def _is_confirmed(tx: Tx, user_id: int) -> bool:
    """Say whether a buyer's e-mail address is confirmed."""
    return bool(await tx.scalar(_CONFIRMED, {"user": user_id}))


_CONFIRMED = sa.text("SELECT confirmed_at IS NOT NULL FROM users WHERE id = :user")


def not_confirmed() -> UserError:
    """Return the refusal of an order before the buyer's e-mail is confirmed."""
    return UserError("not_confirmed", N_("メールアドレスの確認が済むと購入できます。"), status=403)


async def _must_be_allowed(tx: Tx, user_id: int, wanted: Pack, shown: str) -> None:
    if shown != wanted.shown:
        raise UserError(
            "offer_changed", N_("内容が変わりました。もう一度確かめてからお申し込みください。")
        )
    await limits.check_purchase(tx, user_id, wanted.points)


def _wish(occasion: Occasion, wanted: Pack, card: Card | None, *, save_card: bool) -> PayWish:
    """Say how an order is to be charged, as far as it is known before the provider is asked."""
    methods = occasion.methods(wanted.price_yen)
    if not methods or (card is not None and "card" not in methods):
        raise no_method()
    return PayWish(
        methods=methods,
        saved_card=card.id if card else None,
        save_card=save_card and card is None and "card" in methods,
        customer=card.customer if card else None,
        site=occasion.site,
        absent=occasion.absent,
        back=occasion.back,
        need=occasion.need,
    )


def no_method() -> UserError:
    """Return the refusal of a price that can be paid in no way that there is just now."""
    return UserError(
        "no_method",
        N_("この金額のお支払いに使える方法が、いまありません。ほかの数量をお選びください。"),
    )


async def _order(
    tx: Tx, user_id: int, wanted: Pack, press: str, provider: ProviderName, wish: PayWish
) -> Purchase | None:
    made = await tx.scalar(
        insert(purchases)
        .values(
            user_id=user_id,
            points=wanted.points,
            bonus=wanted.bonus,
            price_yen=wanted.price_yen,
            provider=provider,
            press=press,
        )
        .on_conflict_do_nothing(index_elements=["user_id", "press"])
        .returning(purchases.c.id)
    )
    if made is not None:
        await wishes.note(tx, int(made), wish)
    return await of_press(tx, user_id, press)


async def of_press(tx: Tx, user_id: int, press: str) -> Purchase | None:
    """Return what a press of a member's began, if anything."""
    return await _one(tx, purchases.c.user_id == user_id, purchases.c.press == press)


async def must_be_payable(tx: Tx, purchase: Purchase) -> None:
    """Refuse to open the payment of an order which the buyer's limits have come to forbid.

    Raises what `limits.check_purchase` does.
    """
    if purchase.state != "paid" and purchase.method != "konbini":
        await limits.lock(tx, purchase.user_id)
        await limits.check_purchase(tx, purchase.user_id, purchase.points, beside=purchase.id)


async def find(tx: Tx, purchase_id: int, user_id: int) -> Purchase:
    """Return a member's own purchase. Raises UserError `purchase_unknown` (404)."""
    found = await _one(tx, purchases.c.id == purchase_id, purchases.c.user_id == user_id)
    if found is None:
        raise UserError("purchase_unknown", N_("この購入は見つかりません。"), status=404)
    return found


async def of_intent(tx: Tx, intent: str, reference: str | None) -> Purchase | None:
    """Return the purchase of a provider's payment, locked until the transaction ends.

    A payment that we have not yet noted (its answer was lost) is found by what the provider was
    told at the beginning: our own reference of the purchase.
    """
    found = await _one(tx, purchases.c.intent == intent, lock=True)
    ours = _REFERENCE.fullmatch(reference or "")
    if found is not None or ours is None:
        return found
    found = await _one(tx, purchases.c.id == int(ours[1]), lock=True)
    return found if found is not None and found.reference == reference else None


async def is_known(tx: Tx, intent: str | None, reference: str | None) -> bool:
    """Say whether a payment is of a purchase of ours, by the provider's name or our reference."""
    by_name = sa.select(purchases.c.id).where(purchases.c.intent == intent)
    if intent and await tx.scalar(by_name) is not None:
        return True
    ours = _REFERENCE.fullmatch(reference or "")
    found = await _one(tx, purchases.c.id == int(ours[1])) if ours else None
    return found is not None and found.reference == reference


def is_reference(text: object) -> bool:
    """Say whether a text is such a reference as this product writes beside its payments."""
    return isinstance(text, str) and _REFERENCE.fullmatch(text) is not None


async def note_intent(tx: Tx, purchase_id: int, intent: str) -> bool:
    """Note what the provider calls a purchase; False where it is known by another name."""
    noted = await tx.scalar(
        sa.update(purchases)
        .where(
            purchases.c.id == purchase_id,
            sa.func.coalesce(purchases.c.intent, intent) == intent,
        )
        .values(intent=intent)
        .returning(purchases.c.id)
    )
    return noted is not None


async def note_state(tx: Tx, purchase_id: int, state: PurchaseState) -> None:
    """Note how far a purchase is. One that is paid stays paid, whatever arrives late."""
    await tx.execute(
        sa.update(purchases)
        .where(purchases.c.id == purchase_id, purchases.c.state != "paid")
        .values(state=state)
    )


async def note_paid(tx: Tx, purchase_id: int) -> bool:
    """Note that a purchase is paid, now; False where it was already."""
    paid = await tx.scalar(
        sa.update(purchases)
        .where(purchases.c.id == purchase_id, purchases.c.state != "paid")
        .values(state="paid", paid_at=sa.func.clock_timestamp())
        .returning(purchases.c.id)
    )
    return paid is not None


async def note_method(tx: Tx, purchase_id: int, method: Method) -> None:
    """Note how a purchase is paid."""
    await tx.execute(
        sa.update(purchases).where(purchases.c.id == purchase_id).values(method=method)
    )


async def _one(tx: Tx, *where: Any, lock: bool = False) -> Purchase | None:
    query = sa.select(*_COLUMNS).where(*where)
    rows = await locks.lock(tx, query) if lock else (await tx.execute(query)).all()
    found = typed_locked(Purchase, rows)
    return found[0] if found else None
