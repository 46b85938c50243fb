"""The packs on sale, for staff to change."""

from collections.abc import Mapping

from aiohttp.web import Request, Response

from foundation.numbers import integer
from points.desk import packs
from points.desk.packs import MOST, EditablePack
from web.http.forms import needed
from web.http.keys import FORM
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def show_packs(request: Request) -> Response:
    """Show every pack with its form."""
    async with staff_visit(request, "packs") as (v, _):
        done = request.query.get("done")
        return await staff_page(v, "staff_packs.html", packs=await packs.all_packs(v.tx), done=done)


async def change_pack(request: Request) -> Response:
    """Change one pack."""
    form = request[FORM]
    async with staff_transaction(request, "packs") as (tx, user):
        changed = _written(form, id_in_path(request, "pack_id"))
        await packs.change(tx, changed, needed(form, "reason"), actor_id=user.id)
    return redirect(f"/staff/packs?done={changed.id}")


async def add_pack(request: Request) -> Response:
    """Offer another pack."""
    form = request[FORM]
    async with staff_transaction(request, "packs") as (tx, user):
        await packs.add(tx, _written(form, 0), needed(form, "reason"), actor_id=user.id)
    return redirect("/staff/packs?done=added")


async def move_pack(request: Request) -> Response:
    """Move a pack by one place."""
    pack_id = id_in_path(request, "pack_id")
    async with staff_transaction(request, "packs") as (tx, user):
        up = needed(request[FORM], "way") == "up"
        await packs.move(tx, pack_id, up=up, actor_id=user.id)
    return redirect(f"/staff/packs#pack-{pack_id}")


def _written(form: Mapping[str, str], pack_id: int) -> EditablePack:
    return EditablePack(
        pack_id,
        points=integer(needed(form, "points"), 1, MOST),
        bonus=integer(needed(form, "bonus"), 0, MOST),
        price_yen=integer(needed(form, "price_yen"), packs.LEAST_YEN, MOST),
        active=form.get("active") == "1",
    )
