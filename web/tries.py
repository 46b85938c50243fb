"""How often one may try to sign in or up, so that nobody can guess and nobody is locked out."""

from asyncio import sleep as slow_down

from aiohttp.web import Request

from foundation.errors import UserError
from foundation.language import N_
from web.forwarded import one_visitor
from web.keys import ARRIVAL, LIMITS, SETTINGS

QUARTER_SECONDS = 15 * 60
HOUR_SECONDS = 60 * 60
# An account tried from many addresses at once: this many times the tries of one address, then
# every further one waits. It never refuses, or anyone could lock the owner out.
ACCOUNT_FACTOR = 10
SLOW_SECONDS = 2.0


async def count_sign_in(request: Request, email: str) -> None:
    """Count a try to sign in. Raises UserError (429) when there were too many.

    Counted are: tries from one address; tries for one account from one address; and tries for one
    account from anywhere, which only slow down. Accounts that don't exist are counted alike.
    """
    settings, limits = request.app[SETTINGS], request.app[LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    within = await limits.hit(
        f"sign-in address {visitor}", settings.address_tries, QUARTER_SECONDS
    ) and await limits.hit(
        f"sign-in account {email} address {visitor}", settings.sign_in_tries, QUARTER_SECONDS
    )
    if not within:
        raise _too_many(15)
    most = settings.sign_in_tries * ACCOUNT_FACTOR
    if not await limits.hit(f"sign-in account {email}", most, QUARTER_SECONDS):
        await slow_down(SLOW_SECONDS)


async def count_sign_up(request: Request, email: str) -> None:
    """Count a sign-up from an address and for an e-mail. Raises UserError (429)."""
    settings, limits = request.app[SETTINGS], request.app[LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    most = settings.sign_up_tries
    within = await limits.hit(
        f"sign-up address {visitor}", most, HOUR_SECONDS
    ) and await limits.hit(f"sign-up email {email}", most, HOUR_SECONDS)
    if not within:
        raise _too_many(60)


def _too_many(minutes: int) -> UserError:
    return UserError(
        "too_many_tries",
        N_("回数が多すぎます。%(minutes)s分ほどたってからお試しください。"),
        status=429,
        minutes=minutes,
    )
