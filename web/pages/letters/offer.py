"""What a cast asks for an answer to a letter: their switch, price, usual time, how many at once."""

from aiohttp.web import HTTPNotFound, Request, Response

from foundation.errors import UserError
from foundation.numbers import integer
from web.http.forms import Filled
from web.http.keys import FORM, SETTINGS
from web.http.paths import redirect
from web.http.session import cast_only
from web.http.visit import Visit, member_transaction, reader_locale, visit
from writing.letters import offers
from writing.letters.offers import LetterOffer
from writing.letters.tables import LEAST_POINTS, MOST_AT_ONCE, MOST_POINTS

# In which field of the form a refusal is told.
FIELDS = {
    "letter_points_bounds": "points",
    "letter_hours_unknown": "usual_hours",
    "letter_open_bounds": "most_open",
}
BIGGEST = 1_000_000


async def show_offer(request: Request) -> Response:
    """Show what the cast offers, in its form."""
    async with visit(request) as v:
        own = await offers.own(v.tx, _cast(v))
        return _page(v, Filled(reader_locale(request), _values(own)), 200)


def _values(own: LetterOffer) -> dict[str, str]:
    said = {name: str(value) for name, value in vars(own).items() if not isinstance(value, bool)}
    return said | {"accepts": str(int(own.accepts)), "takes_tab": str(int(own.takes_tab))}


def _cast(v: Visit) -> int:
    if not v.settings.letters:
        raise HTTPNotFound
    return v.cast().id


def _page(v: Visit, filled: Filled, status: int) -> Response:
    return v.page(
        "letter_offer.html",
        status,
        form=filled,
        hours=offers.usual_hours(v.settings),
        least=LEAST_POINTS,
        most=MOST_POINTS,
        most_open=MOST_AT_ONCE,
        saved="saved" in v.request.query,
    )


async def save_offer(request: Request) -> Response:
    """Save what the cast offers."""
    form, settings = request[FORM], request.app[SETTINGS]
    filled = Filled(reader_locale(request))
    points = filled.take(form, "points", _figure)
    hours = filled.take(form, "usual_hours", _figure)
    open_ones = filled.take(form, "most_open", _figure)
    for name in ("accepts", "takes_tab"):
        filled.values[name] = form.get(name, "0")
    if points is None or hours is None or open_ones is None:
        return await _again(request, filled)
    accepts, takes_tab = (filled.values[name] == "1" for name in ("accepts", "takes_tab"))
    offer = LetterOffer(accepts, points, hours, open_ones, takes_tab)
    try:
        async with member_transaction(request) as (tx, user):
            if not (settings.letters and user.is_cast):
                raise cast_only()
            await offers.set_own(tx, settings, user.id, offer)
    except UserError as error:
        if error.code not in FIELDS:
            raise
        filled.errors[FIELDS[error.code]] = filled.told(error)
        return await _again(request, filled)
    return redirect("/console/letters?saved=1")


def _figure(text: str) -> int:
    return integer(text.strip().replace(",", ""), 0, BIGGEST)


async def _again(request: Request, filled: Filled) -> Response:
    async with visit(request) as v:
        _cast(v)
        return _page(v, filled, 422)
