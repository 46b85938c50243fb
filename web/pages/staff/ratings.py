"""Ratings as staff see them: who is linked, what is hidden and why, what casts told of callers."""

from typing import cast, get_args

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from rooms.ground.rating_tables import HIDING_REASONS
from rooms.ratings import hiding, rating_list
from rooms.ratings.rating_list import RatingQueue
from web.http.forms import needed, optional_integer
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.pages.staff.access import staff_page, staff_transaction, staff_visit


async def ratings(request: Request) -> Response:
    """Show ratings, the latest first: all, linked or hidden ones, or those of one member."""
    which = request.query.get("show", "all")
    if which not in get_args(RatingQueue):
        raise HTTPNotFound
    about = optional_integer(request.query.get("user", ""), 1)
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with staff_visit(request, "ratings") as (v, user):
        found = await (
            rating_list.words_for_staff(v.tx, number)
            if which == "words"
            else rating_list.for_staff(v.tx, cast("RatingQueue", which), about, number)
        )
        return await staff_page(
            v,
            "staff_ratings.html",
            which=which,
            about=about,
            ratings=found,
            reasons=HIDING_REASONS,
            me=user.id,
            done=request.query.get("done"),
        )


async def hide(request: Request) -> Response:
    """Hide what a rating says, for a named reason."""
    talk_id, form = id_in_path(request, "talk_id"), request[FORM]
    async with staff_transaction(request, "ratings") as (tx, user):
        named, words = form.get("named", ""), needed(form, "words")
        await hiding.hide(tx, request.app[SETTINGS], talk_id, user.id, named, words)
    return redirect("/staff/ratings?show=hidden&done=hidden")


async def show_again(request: Request) -> Response:
    """Show again what was hidden."""
    talk_id, form = id_in_path(request, "talk_id"), request[FORM]
    async with staff_transaction(request, "ratings") as (tx, user):
        words = needed(form, "words")
        await hiding.show_again(tx, request.app[SETTINGS], talk_id, user.id, words)
    return redirect("/staff/ratings?done=shown")
