"""The categories among which casts choose, and whose licences were seen for them."""

from aiohttp.web import Request, Response

from rooms.offering import categories, licences
from rooms.offering.categories import Written
from signaling.push import PUSH
from web.http.forms import needed
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def show(request: Request) -> Response:
    """Show every category with its form."""
    async with staff_visit(request, "categories") as (v, _):
        return await staff_page(
            v,
            "staff_categories.html",
            categories=await categories.every(v.tx),
            module=categories,
            done=request.query.get("done"),
        )


async def add(request: Request) -> Response:
    """Add a category."""
    form = request[FORM]
    async with staff_transaction(request, "categories") as (tx, user):
        await categories.add(tx, _written(request), needed(form, "reason"), actor_id=user.id)
    return redirect("/staff/categories?done=added")


async def change(request: Request) -> Response:
    """Write a category anew."""
    category_id, form = id_in_path(request, "category_id"), request[FORM]
    async with staff_transaction(request, "categories") as (tx, user):
        reason = needed(form, "reason")
        await categories.change(tx, category_id, _written(request), reason, actor_id=user.id)
    return redirect("/staff/categories?done=changed")


async def move(request: Request) -> Response:
    """Move a category by one place."""
    category_id = id_in_path(request, "category_id")
    async with staff_transaction(request, "categories") as (tx, user):
        way = needed(request[FORM], "way")
        await categories.move(tx, category_id, up=way == "up", actor_id=user.id)
    return redirect(f"/staff/categories#category-{category_id}")


async def retire(request: Request) -> Response:
    """Let nobody choose a category any more, or let them again."""
    category_id, form = id_in_path(request, "category_id"), request[FORM]
    async with staff_transaction(request, "categories") as (tx, user):
        reason, retired = needed(form, "reason"), needed(form, "retired") == "1"
        await categories.retire(tx, category_id, reason, retired=retired, actor_id=user.id)
    return redirect(f"/staff/categories?done={'retired' if retired else 'back'}")


async def give_licence(request: Request) -> Response:
    """Note that a member's licence was checked."""
    user_id, category_id = id_in_path(request, "user_id"), id_in_path(request, "category_id")
    async with staff_transaction(request, "licences") as (tx, user):
        reason, settings = needed(request[FORM], "reason"), request.app[SETTINGS]
        await licences.give(tx, settings, user_id, category_id, reason, actor_id=user.id)
    return redirect(f"/staff/people/{user_id}?done=licence#licences")


async def take_licence(request: Request) -> Response:
    """Take such a mark away; rooms that are public no more are told to everybody."""
    user_id, category_id = id_in_path(request, "user_id"), id_in_path(request, "category_id")
    async with staff_transaction(request, "licences") as (tx, user):
        reason, settings = needed(request[FORM], "reason"), request.app[SETTINGS]
        hidden = await licences.take(tx, settings, user_id, category_id, reason, actor_id=user.id)
    push = request.app[PUSH]
    await push.room_states(hidden)
    await push.places(hidden)
    await push.look_again([user_id])
    return redirect(f"/staff/people/{user_id}?done=licence#licences")


def _written(request: Request) -> Written:
    form = request[FORM]
    return categories.written_of(
        needed(form, "name_ja"),
        needed(form, "name_en"),
        needed(form, "icon"),
        licensed=form.get("licensed") == "1",
    )
