"""The provider's list against ours: a daily look for what an event never told.

It reports and alarms, and moves no points: those are made by the webhook only. Bills that were paid
are noted (see `points.payments.bills.comparing`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from foundation.database import Database, Tx, clock
from foundation.language import N_, translate
from points.payments import origins
from points.payments.bills import comparing
from points.payments.bills.told import BillHouse
from points.payments.provider import CURRENCY, Intent, Provider, RefundLine
from points.payments.troubles import attended
from points.tables import purchases, refunds
from record.alarms import alarm

# An event may be on its way for some minutes; a konbini payment may be made days after it began.
SETTLING = timedelta(minutes=15)
LOOK_BACK = timedelta(days=8)


@dataclass(frozen=True)
class Difference:
    """One difference. `subject` is the provider's name for what differs."""

    kind: str
    subject: str
    text: str
    details: dict[str, str | int | None] = field(default_factory=dict)

    def said(self, locale: str) -> str:
        """Return the text in a reader's language."""
        return translate(locale, self.text, **self.details)


async def reconcile(
    database: Database, provider: Provider, since: datetime | None = None
) -> list[Difference]:
    """Compare everything since a moment (eight days ago) with the provider, and alarm staff.

    Payments of other shops on the same account are left out. The provider is asked between
    transactions. Raises ProviderError, of which staff were told.
    """
    async with database.transaction() as tx:
        until = await clock(tx) - SETTLING
    since = since or until - LOOK_BACK
    async with attended(database):
        intents = await provider.intents(since, until)
        given_back = await provider.refunds(since, until)
    await comparing.note_listed(database, BillHouse(provider.name, provider.site), intents)
    async with database.transaction() as tx:
        found = await _payments(tx, provider, intents, since, until)
        found += await _refunds(tx, given_back)
        for difference in found:
            await alarm(
                tx, difference.kind, difference.text, difference.subject, **difference.details
            )
    return found


async def _payments(
    tx: Tx, provider: Provider, theirs: Sequence[Intent], since: datetime, until: datetime
) -> list[Difference]:
    names = [intent.id for intent in theirs]
    rows = await tx.execute(
        sa.select(purchases).where(
            purchases.c.provider == provider.name,
            sa.or_(
                purchases.c.intent.in_(names),
                sa.and_(
                    purchases.c.state == "paid",
                    purchases.c.created_at >= since,
                    purchases.c.created_at < until - SETTLING,
                ),
            ),
        )
    )
    ours = {row.intent: row for row in rows}
    found = [
        _compare(intent, ours.get(intent.id))
        for intent in theirs
        if intent.id in ours or origins.may_be_ours(intent.reference, intent.site, provider.site)
    ]
    strangers = [_unheard_of(row) for name, row in ours.items() if name not in set(names)]
    return [difference for difference in found + strangers if difference is not None]


def _compare(intent: Intent, ours: Any) -> Difference | None:
    paid = intent.status == "succeeded"
    if ours is None:
        # What was never paid and is not ours is no matter of the books.
        text = N_("決済サービスに知らない入金があります: %(amount)s %(currency)s")
        return _difference("reconcile_unknown", intent, text) if paid else None
    if paid and ours.state != "paid":
        text = N_("購入 %(purchase)s は支払い済みですが、ポイントが付いていません。")
        return _difference("reconcile_not_credited", intent, text, ours)
    if not paid and ours.state == "paid":
        text = N_("購入 %(purchase)s はこちらでは支払い済み、決済サービスでは %(status)s です。")
        return _difference("reconcile_not_paid", intent, text, ours)
    if paid and (intent.received, intent.currency) != (ours.price_yen, CURRENCY):
        text = N_(
            "購入 %(purchase)s の金額が違います: こちら %(price)s円、"
            "決済サービス %(amount)s %(currency)s"
        )
        return _difference("reconcile_amount", intent, text, ours)
    return None


def _difference(kind: str, intent: Intent, text: str, ours: Any = None) -> Difference:
    details: dict[str, str | int | None] = {
        "amount": intent.received,
        "currency": intent.currency,
        "status": intent.status,
    }
    if ours is not None:
        details |= {"purchase": ours.id, "price": ours.price_yen}
    return Difference(kind, intent.id, text, details)


def _unheard_of(ours: Any) -> Difference | None:
    # Begun just before the stretch, it may stand in the provider's list of the day before.
    text = N_("購入 %(purchase)s の支払いが、決済サービスの一覧に見つかりません。")
    subject = ours.intent or f"purchase {ours.id}"
    return Difference("reconcile_missing", subject, text, {"purchase": ours.id})


async def _refunds(tx: Tx, theirs: Sequence[RefundLine]) -> list[Difference]:
    """A refund that was made stands in both lists, one that failed or was never made in neither.

    Those of other shops on the same account are none of ours.
    """
    paid = await tx.execute(
        sa.select(purchases.c.intent).where(
            purchases.c.intent.in_([line.intent for line in theirs if line.intent])
        )
    )
    sold = set(paid.scalars())
    rows = await tx.execute(
        sa.select(refunds.c.id, refunds.c.amount_yen).where(
            refunds.c.id.in_([line.id for line in theirs]), refunds.c.state == "made"
        )
    )
    ours = {row.id: int(row.amount_yen) for row in rows}
    return [
        Difference(
            "reconcile_refund",
            line.id,
            N_("返金 %(refund)s（%(amount)s円）が、こちらの記録と合いません: %(ours)s"),
            {"refund": line.id, "amount": line.amount, "ours": ours.get(line.id)},
        )
        for line in theirs
        if line.intent in sold
        and ours.get(line.id) != (line.amount if line.status == "succeeded" else None)
    ]
