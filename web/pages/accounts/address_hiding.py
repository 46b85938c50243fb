"""Whether the other side of a talk may learn the member's IP address."""

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_
from people.accounts import hiding
from web.http.forms import flag
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.visit import member_transaction, visit


async def show_hiding(request: Request) -> Response:
    """Show what the other side learns, and the switch. Raises UserError (404) without a relay."""
    _must_be_possible(request)
    async with visit(request) as v:
        user = v.member()
        return v.page(
            "address_hiding.html",
            hides=await hiding.hides_address(v.tx, v.settings, user.id),
            always=v.settings.hide_addresses == "all",
            saved="saved" in request.query,
        )


async def set_hiding(request: Request) -> Response:
    """Remember whether to hide. Raises UserError (404) without a relay."""
    _must_be_possible(request)
    wish = flag(request[FORM].get("hide", "0"))
    async with member_transaction(request) as (tx, user):
        await hiding.set_hiding(tx, user.id, wish)
    return redirect("/settings/address?saved=1")


def _must_be_possible(request: Request) -> None:
    if not request.app[SETTINGS].may_hide:
        raise UserError("page_unknown", N_("ページが見つかりません"), status=404)
