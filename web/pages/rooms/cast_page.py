"""A cast's public page: who they are, their rooms, when they are there."""

from dataclasses import dataclass

from aiohttp.web import Request, Response

from foundation.errors import UserError
from foundation.language import N_
from people.accounts import accounts
from people.accounts.accounts import User
from people.meeting import favourites, languages, profiles
from people.meeting.profiles import Profile
from rooms.booking import slots
from rooms.lobby import directory
from rooms.ratings import rating_list
from rooms.talk.past import talked
from web.http.paths import id_in_path
from web.http.public_pages.addresses import public
from web.http.shared import shared
from web.http.visit import Visit, visit
from web.pages.casts.share_links import site_of
from web.pages.rooms.sharing import MOST_WORDS, shortened
from writing.letters import offers


@dataclass(frozen=True)
class CastPreview:
    """What messengers and search engines show of a cast's page. `site`: before every path."""

    site: str
    url: str
    text: str
    card: str | None


@shared("lang")
async def cast(request: Request) -> Response:
    """Show a cast to whom no block hides them; one with nothing public to themselves alone."""
    cast_id = id_in_path(request, "cast_id")
    async with visit(request) as v:
        user = await _shown(v, cast_id)
        rooms = await directory.public_rooms_of(v.tx, v.settings, cast_id, v.user_id)
        if not rooms and v.user_id != cast_id:
            raise _unknown()
        profile = await profiles.shown(v.tx, cast_id)
        room_ids = [room.id for room in rooms]
        days = await slots.days_of_cast(v.tx, v.settings, cast_id, room_ids, v.user_id, v.zone.key)
        return v.page(
            "cast.html",
            cast=user,
            rooms=rooms,
            profile=profile,
            languages=languages.NAMES,
            rating_summary=await rating_list.summary(v.tx, cast_id),
            talked=await talked.times(v.tx, cast_id),
            days=days,
            today=days[0].day,
            own=v.user_id == cast_id,
            letters=await offers.shown(v.tx, v.settings, cast_id, v.user_id),
            favourite=await favourites.find(v.tx, v.user_id, cast_id) if v.user_id else None,
            share=_preview(request, user, profile) if rooms else None,
            public=public(request, f"/casts/{cast_id}") if rooms else None,
        )


async def _shown(v: Visit, cast_id: int) -> User:
    found = await accounts.find_user(v.tx, cast_id)
    if found is None or not found.is_cast:
        raise _unknown()
    return found


def _preview(request: Request, user: User, profile: Profile) -> CastPreview:
    site = site_of(request)
    card = f"{site}{profile.card}" if profile.card else None
    text = shortened(profile.text, MOST_WORDS)
    return CastPreview(site, f"{site}/casts/{user.id}", text, card)


def _unknown() -> UserError:
    return UserError("cast_unknown", N_("このキャストは見つかりません。"), status=404)
