"""The addresses of points: what one has, buying, receipts, and the provider's own address."""

from aiohttp import web

from web.api.webhook import webhook
from web.http.paths import WEBHOOK, number
from web.pages.points import bought, coupon, limits, points, purchases, receipts, statement, usage

PURCHASE = f"/points/purchases/{number('purchase_id')}"
MONTH = "/points/statements/{month}"


def point_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which members see to their points."""
    return [
        web.get("/points", points.points),
        web.get("/points/statement", statement.statement),
        web.get("/points/statement.csv", statement.statement_csv),
        web.get("/points/statement/tab", statement.tab_statement),
        web.get("/points/statements", usage.months),
        # Before the other, which would take its name for a month.
        web.get(f"{MONTH}.csv", usage.month_csv),
        web.get(MONTH, usage.month),
        web.post(MONTH, usage.address),
        web.get("/points/coupon", coupon.show),
        web.post("/points/coupon", coupon.use),
        web.get("/points/limits", limits.show_limits),
        web.post("/points/limits", limits.set_limits),
        web.post("/points/limits/rest", limits.rest),
        web.get("/points/purchases", receipts.purchases),
        web.get(f"{PURCHASE}/receipt", receipts.ask_receipt),
        web.post(f"{PURCHASE}/receipt", receipts.receipt),
        *purchase_routes(),
    ]


def purchase_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which points are bought, and the payment provider's own."""
    return [
        web.get("/points/buy", purchases.packs),
        web.get(f"/points/buy/{number('pack_id')}", purchases.confirm),
        web.get("/points/top-up", purchases.top_up),
        web.post("/points/purchases", purchases.order),
        web.get(PURCHASE, bought.bought),
        web.get(f"{PURCHASE}/pay", purchases.pay),
        web.post("/points/card/forget", purchases.forget_card),
        web.post(WEBHOOK, webhook),
    ]
