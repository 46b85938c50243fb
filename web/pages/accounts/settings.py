"""Settings: one page from which everything about one's account can be reached."""

from aiohttp.web import Request, Response

from people.accounts import hiding
from people.sign_in import second_factors
from people.telephones import numbers
from rooms.ratings import standing
from web.http.incoming import offered
from web.http.visit import Visit, reader_locale, visit

# Each language in its own words.
LANGUAGES = {"ja": "日本語", "en": "English"}


async def show_settings(request: Request) -> Response:
    """Show the ways to all settings."""
    async with visit(request) as v:
        user = v.member()
        return v.page(
            "settings.html",
            me=user,
            hides=await hiding.hides_address(v.tx, v.settings, user.id),
            proves=await second_factors.has_any(v.tx, user.id),
            languages=[(one, LANGUAGES.get(one, one)) for one in offered(request)],
            chosen=reader_locale(request, user),
            telephone=await _telephone(v),
            standing=await standing.of_caller(v.tx, user.id),
        )


async def _telephone(v: Visit) -> str | None:
    if not v.settings.telephone:
        return None
    tail = await numbers.tail_of(v.tx, v.member().id)
    return numbers.masked(tail) if tail else None
