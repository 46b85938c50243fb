"""Applying to talk, as the caller: the form, what has become of it, and once more."""

from typing import Any

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import translate
from foundation.numbers import integer
from foundation.pages import LAST_PAGE
from points import ledger
from points.rules import entry_points
from rooms.applying import applying, may_apply, views
from rooms.calling import applied
from rooms.ground.applying_tables import LONGEST_WORDS
from rooms.lobby import by_medium, directory
from web.http.forms import Filled, needed, optional_integer
from web.http.help import help_for
from web.http.keys import FORM, SETTINGS
from web.http.paths import id_in_path, redirect
from web.http.visit import Visit, member_transaction, reader_locale, visit
from web.pages.applying.announcing import announce
from web.pages.points import paying
from web.pages.points.paying import REFUSED_TAB, pays_of
from web.pages.telephone.own_telephone import medium_shown, own_telephone

SHOWN_TEXT = 2000
USUAL_MINUTES = 30
# Where in the form a refusal belongs; what isn't named stands above it.
FIELDS = {"text_too_long": "words", "application_minutes": "minutes"}
ABOVE = (
    "points_short", "own_limit_reached", "receivable_open", "application_elsewhere",
    "room_open_now", "applications_full", "applications_today", "rate_changed",
    "already_in_talk", "no_applications", "room_without_telephone", "telephone_needed",
    *REFUSED_TAB,
)  # fmt: skip


async def show_form(request: Request) -> Response:
    """Show the form: how long one can wait, and a word for the cast."""
    room_id = id_in_path(request, "room_id")
    filled = Filled(reader_locale(request), {"medium": request.query.get("medium", "browser")})
    async with visit(request) as v:
        return await _form(v, room_id, filled)


async def apply(request: Request) -> Response:
    """Apply; where the caller has applied elsewhere, they are asked first whether to give it up."""
    form, room_id = request[FORM], id_in_path(request, "room_id")
    minutes, words = integer(needed(form, "minutes"), 1, 1000), needed(form, "words")
    medium, pays = by_medium.medium_of(form.get("medium", "browser")), pays_of(form)
    try:
        async with member_transaction(request) as (tx, user):
            made, changed = await applying.apply(
                tx,
                request.app[SETTINGS],
                room_id,
                user.id,
                minutes,
                words,
                seen_rate=optional_integer(form.get("rate", ""), 1),
                replaces=optional_integer(form.get("replaces", ""), 1),
                medium=medium,
                pays=pays,
            )
    except UserError as error:
        if error.code == "application_exists":
            return redirect(f"/applications/{error.params['application_id']}")
        if error.code not in (*FIELDS, *ABOVE):
            raise
        shown = {"words": words[:SHOWN_TEXT], "minutes": str(minutes), "medium": medium}
        filled = Filled(reader_locale(request), shown | {"pays": pays})
        async with visit(request) as v:
            return await _form(v, room_id, filled, error)
    await announce(request, changed)
    return redirect(f"/applications/{made.id}?done=applied")


async def show_all(request: Request) -> Response:
    """Show the member's applications: the one that isn't over, and those that are."""
    number = integer(request.query.get("page", "1"), 1, LAST_PAGE)
    async with visit(request) as v:
        user = v.member()
        return v.page(
            "own_applications.html",
            live=await views.live_of_caller(v.tx, user.id),
            over=await views.over(v.tx, user.id, "caller", number, v.settings.page_size),
            count=await views.number_over(v.tx, user.id, "caller"),
        )


async def show(request: Request) -> Response:
    """Show an application to its caller; its cast has all of theirs on one page."""
    application_id = id_in_path(request, "talk_application_id")
    async with visit(request) as v:
        return await _page(v, application_id)


async def withdraw(request: Request) -> Response:
    """Take one's application back."""
    application_id = id_in_path(request, "talk_application_id")
    try:
        async with member_transaction(request) as (tx, user):
            changed = await applying.withdraw(tx, request.app[SETTINGS], application_id, user.id)
    except UserError as error:
        if error.code != "application_answered":
            raise
        # It is over already: its page says how.
        return redirect(f"/applications/{application_id}")
    await announce(request, changed)
    return redirect(f"/applications/{application_id}?done=withdrawn")


async def apply_again(request: Request) -> Response:
    """Apply anew with one press, as in an application that is over."""
    form, application_id = request[FORM], id_in_path(request, "talk_application_id")
    try:
        async with member_transaction(request) as (tx, user):
            made, changed = await applying.apply_again(
                tx,
                request.app[SETTINGS],
                application_id,
                user.id,
                seen_rate=optional_integer(form.get("rate", ""), 1),
                replaces=optional_integer(form.get("replaces", ""), 1),
            )
    except UserError as error:
        if error.code == "application_exists":
            return redirect(f"/applications/{error.params['application_id']}")
        if error.code not in ABOVE:
            raise
        async with visit(request) as v:
            return await _page(v, application_id, error)
    await announce(request, changed)
    return redirect(f"/applications/{made.id}?done=applied")


async def _form(
    v: Visit, room_id: int, filled: Filled, refusal: UserError | None = None
) -> Response:
    user = v.member()
    detail = await directory.room_detail(v.tx, v.settings, room_id, user.id)
    mine = await views.live_of_caller(v.tx, user.id)
    if mine is not None and mine.room_id == room_id and refusal is None:
        return redirect(f"/applications/{mine.id}")
    medium, taken = await medium_shown(v, room_id, filled.values)
    rate = detail.card.rate + by_medium.line_fee(v.settings, medium)
    needed_points = entry_points(rate, v.settings.entry_minutes)
    takes_tab = detail.card.takes_tab and medium == "telephone"
    asked = filled.values.get("pays", "")
    return v.page(
        "apply.html",
        refusal.status if refusal else 200,
        room=detail,
        medium=medium,
        calls_taken=taken,
        rate=rate,
        ways=await paying.choice(v, needed_points, takes_tab=takes_tab, asked=asked),
        telephone=await own_telephone(v.tx, user.id),
        next=f"/rooms/{room_id}/apply?medium={medium}",
        elsewhere=mine,
        choices=may_apply.CHOICES,
        usual=USUAL_MINUTES,
        spendable=await ledger.spendable(v.tx, user.id),
        form=filled,
        most=LONGEST_WORDS,
        refusal=_place(v.request, filled, refusal),
    )


def _place(request: Request, filled: Filled, refusal: UserError | None) -> dict[str, Any] | None:
    """Note a refusal beside its field, or return it to stand above the form."""
    # The question whether to give up the other one is part of the form.
    if refusal is None or refusal.code == "application_elsewhere":
        return None
    text = translate(filled.locale, refusal.text, **refusal.params)
    if refusal.code in FIELDS:
        filled.errors[FIELDS[refusal.code]] = text
        return None
    return {"code": refusal.code, "text": text, "help": help_for(request, refusal)}


async def _page(v: Visit, application_id: int, refusal: UserError | None = None) -> Response:
    user = v.member()
    try:
        found = await views.one(v.tx, application_id, user.id, "caller")
    except UserError:
        await views.one(v.tx, application_id, user.id, "cast")
        return redirect(f"/console/applications#application-{application_id}")
    return v.page(
        "application.html",
        refusal.status if refusal else 200,
        one=found,
        elsewhere=await views.live_of_caller(v.tx, user.id),
        telephone=await own_telephone(v.tx, user.id),
        call_id=await applied.call_of(v.tx, found.id),
        refusal=_place(v.request, Filled(reader_locale(v.request)), refusal),
        done=v.request.query.get("done"),
    )
