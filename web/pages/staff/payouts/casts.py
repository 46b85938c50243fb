"""One cast's money as finance staff see it: whose account, the book, stops, category, payouts."""

from aiohttp.web import Request, Response

from payouts import objections
from payouts.banks import reached
from payouts.desk import cast_files, categories, held, stops
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def show(request: Request) -> Response:
    """Show a cast's file; that it was read is noted."""
    user_id = id_in_path(request, "user_id")
    async with staff_visit(request, "payouts") as (v, user):
        file = await cast_files.read(v.tx, v.settings, user_id, user.id)
        desk = await held.desk_of(v.tx, v.settings, user_id)
        proposed = desk.waiting.account_id if desk.waiting else None
        return await staff_page(
            v,
            "staff_payout_cast.html",
            file=file,
            stops=await stops.of_cast(v.tx, user_id),
            held=desk,
            proposed=await reached.proposed(v.tx, v.settings, proposed) if proposed else None,
            me=user.id,
            done=request.query.get("done"),
        )


async def stop(request: Request) -> Response:
    """Hold a cast's payouts."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        reason = needed(request[FORM], "reason")
        await stops.stop(tx, request.app[SETTINGS], user.id, user_id, reason)
    return _back(user_id, "stopped")


async def lift(request: Request) -> Response:
    """Lift that."""
    user_id = id_in_path(request, "user_id")
    async with staff_transaction(request, "payouts") as (tx, user):
        reason = needed(request[FORM], "reason")
        await stops.lift(tx, request.app[SETTINGS], user.id, user_id, reason)
    return _back(user_id, "lifted")


async def change_category(request: Request) -> Response:
    """Put a cast into another category of tax."""
    user_id, form = id_in_path(request, "user_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, user):
        category, reason = needed(form, "category"), needed(form, "reason")
        await categories.change(tx, request.app[SETTINGS], user.id, user_id, category, reason)
    return _back(user_id, "category")


async def answer(request: Request) -> Response:
    """Answer what a cast has against a notice of payment."""
    payout_id, form = id_in_path(request, "payout_id"), request[FORM]
    async with staff_transaction(request, "payouts") as (tx, user):
        text = needed(form, "text")
        await objections.answer(tx, request.app[SETTINGS], user.id, payout_id, text)
    return redirect("/staff/payouts?done=answered")


def _back(user_id: int, done: str) -> Response:
    return redirect(f"/staff/payouts/casts/{user_id}?done={done}")
