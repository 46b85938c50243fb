"""The page for those who might offer talks: what about, what one earns, how to begin."""

from dataclasses import dataclass

from aiohttp.web import Request, Response

from foundation.settings import Settings
from people.accounts.accounts import User
from points.rules import share_of
from web.http.shared import shared
from web.http.visit import reader_locale, visit
from web.pages.site.reading import cost

RATES = (80, 100, 200)
HOUR = 60


@dataclass(frozen=True)
class EarnedHour:
    """An hour with one caller at so many points a minute: what is paid, and what is whose."""

    rate: int
    gross: int
    net: int

    @property
    def fee(self) -> int:
        """What the site keeps."""
        return self.gross - self.net


def earned_hour(settings: Settings, rate: int) -> EarnedHour:
    """Return what an hour comes to; the share is of each minute, as the books reckon it."""
    gross = cost(settings, rate, HOUR)
    return EarnedHour(rate, gross, gross // rate * share_of(rate, settings.fee_percent))


@shared()
async def offer(request: Request) -> Response:
    """Show what offering talks is like."""
    async with visit(request) as v:
        earned = [earned_hour(v.settings, rate) for rate in RATES]
        return v.page(
            "offer.html",
            text=f"{reader_locale(request)}/offer.html",
            earned=earned,
            minutes=earned[0].gross // earned[0].rate,
            start=_start(v.settings, v.user),
            anyone=_anyone(v.settings),
        )


def _start(settings: Settings, user: User | None) -> str:
    """Where somebody begins: at a room, at the application, or at the registration."""
    if user is not None and (user.is_cast or _anyone(settings)):
        return "/console/rooms/new"
    return "/sign-up?next=/console/rooms/new" if _anyone(settings) else "/casts/join"


def _anyone(settings: Settings) -> bool:
    return settings.who_offers == "anyone"
