"""Paying bills by bank: the account to send to, and how much is owed."""

from aiohttp.web import Request, Response

from points.payments.bills import accounts, receipts, shown
from points.tab import limits
from web.http.keys import DATABASE
from web.http.paths import redirect
from web.http.visit import member_transaction, visit
from web.pages.tab.overview import must_be_here
from web.pages.tab.paying import seller

LATEST = 5


async def show(request: Request) -> Response:
    """Show the account, where one was asked for, what is owed, and what came lately."""
    provider = seller(request)
    async with visit(request) as v:
        user = v.member()
        bills, _ = await shown.bills_of(v.tx, user.id)
        must_be_here(v, known=bool(bills))
        came = await receipts.payments_of(v.tx, user.id)
        return v.page(
            "tab_transfer.html",
            account=await accounts.account_of(v.tx, user.id, provider.name),
            owed=sum(one.bill.owed for one in bills),
            came=[one for one in came if one.kind == "transfer"][:LATEST],
            demo=provider.name == "demo",
            used=await limits.is_open(v.tx, user.id),
        )


async def open_account(request: Request) -> Response:
    """Ask the provider for the member's own account; it is the same each time."""
    provider = seller(request)
    async with member_transaction(request) as (_, user):
        pass
    await accounts.open_account(request.app[DATABASE], provider, user.id)
    return redirect("/tab/transfer")
