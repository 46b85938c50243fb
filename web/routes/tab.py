"""The addresses of paying afterwards: the limit, bills and how they are paid."""

from aiohttp import web

from web.http.paths import number
from web.pages.tab import bill_receipts, card, demo, overview, paying, transfer

ORDER = f"/tab/orders/{number('order_id')}"
RECEIPT = f"/tab/payments/{number('payment_id')}/receipt"
DEMO_BILLS = f"/demo/bills/{number('order_id')}"


def tab_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses at which members see to their bills."""
    return [
        web.get("/tab", overview.tab),
        web.get("/tab/limit", overview.show_limit),
        web.post("/tab/card", card.save),
        web.post("/tab/by-itself", overview.choose),
        web.get("/tab/pay", paying.check),
        web.post("/tab/orders", paying.order),
        web.get(ORDER, paying.paid),
        web.get(f"{ORDER}/pay", paying.pay),
        web.get("/tab/transfer", transfer.show),
        web.post("/tab/transfer", transfer.open_account),
        web.get(RECEIPT, bill_receipts.ask_receipt),
        web.post(RECEIPT, bill_receipts.receipt),
    ]


def demo_tab_routes() -> list[web.AbstractRouteDef]:
    """Return the addresses of the demo's card company and bank, on a demo site only."""
    return [
        web.get(DEMO_BILLS, demo.show_card),
        web.post(DEMO_BILLS, demo.act),
        web.get("/demo/card", card.show_demo),
        web.post("/demo/card", card.save_demo),
        web.get("/demo/bank", demo.show_bank),
        web.post("/demo/bank", demo.send),
    ]
