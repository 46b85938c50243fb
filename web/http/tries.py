"""How often one may try to sign in or up, so that nobody can guess and nobody is locked out."""

from asyncio import sleep as slow_down
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic

from aiohttp.web import Request

from foundation.errors import UserError
from foundation.language import N_
from web.http.forwarded import one_visitor
from web.http.keys import ARRIVAL, RATE_LIMITS, SETTINGS

QUARTER_SECONDS = 15 * 60
HOUR_SECONDS = 60 * 60
# An account tried from many addresses at once: this many times the tries of one address, then
# every further one waits. It never refuses, or anyone could lock the owner out.
ACCOUNT_FACTOR = 10
SLOW_SECONDS = 2.0
# From one address mails go to so many people, each of whom gets `mail_tries` of them at most.
ADDRESS_FACTOR = 4
# An answer that must not tell whether somebody is known takes so long, which is longer than either.
EVEN_SECONDS = 0.4


async def count_sign_in(request: Request, account: str) -> None:
    """Count a try to sign in. Raises UserError (429) when there were too many.

    Counted are: tries from one address; tries for one account from one address; and tries for one
    account from anywhere, which only slow down. `account` is what names it, whether by e-mail or
    by member number; one that doesn't exist is counted alike.
    """
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    within = await limits.hit(
        f"sign-in address {visitor}", settings.address_tries, QUARTER_SECONDS
    ) and await limits.hit(
        f"sign-in account {account} address {visitor}", settings.sign_in_tries, QUARTER_SECONDS
    )
    if not within:
        raise too_many(15)
    most = settings.sign_in_tries * ACCOUNT_FACTOR
    if not await limits.hit(f"sign-in account {account}", most, QUARTER_SECONDS):
        await slow_down(SLOW_SECONDS)


async def count_password(request: Request, user_id: int) -> None:
    """Count a password that a signed-in member is asked for. Raises UserError (429).

    Counted like a sign-in from one address: whoever holds a stolen session can't guess on, and
    the owner elsewhere can.
    """
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    key = f"password {user_id} address {visitor}"
    if not await limits.hit(key, settings.sign_in_tries, QUARTER_SECONDS):
        raise too_many(15)


async def count_passkey(request: Request) -> None:
    """Count a try with a passkey, which nobody guesses, from an address. Raises UserError (429)."""
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    # Each sign-in takes two requests.
    if not await limits.hit(
        f"passkey address {visitor}", settings.address_tries * 2, QUARTER_SECONDS
    ):
        raise too_many(15)


async def count_sign_up(request: Request) -> None:
    """Count a filled-in sign-up form from an address. Raises UserError (429)."""
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    if not await limits.hit(f"sign-up address {visitor}", settings.sign_up_tries, HOUR_SECONDS):
        raise too_many(60)


async def count_mail(request: Request, email: str, user_id: int | None = None) -> bool:
    """Count a mail that a form would send; return whether it may go. Raises UserError (429).

    Refused is who sends too many from one address, or as one member. An e-mail that was sent
    enough, by whomever, just gets no further one: its owner has them, and nobody learns anything.
    """
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    most = settings.mail_tries
    senders = [f"address {visitor}", *([f"member {user_id}"] if user_id else [])]
    for sender in senders:
        if not await limits.hit(f"mail {sender}", most * ADDRESS_FACTOR, HOUR_SECONDS):
            raise too_many(60)
    return await limits.hit(f"mail email {email}", most, HOUR_SECONDS)


@asynccontextmanager
async def constant_time() -> AsyncIterator[None]:
    """Let the block take at least EVEN_SECONDS, so that its length tells nothing of its outcome."""
    until = monotonic() + EVEN_SECONDS
    yield
    await slow_down(max(0.0, until - monotonic()))


async def count_letter(request: Request, kind: str, email: str) -> None:
    """Count a letter to the staff from an address, and for an e-mail. Raises UserError (429).

    Each makes a mail to an address that nobody has proved, so there are few.
    """
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    most = settings.letter_tries
    within = await limits.hit(f"{kind} address {visitor}", most, HOUR_SECONDS)
    if not (within and await limits.hit(f"{kind} email {email}", most, HOUR_SECONDS)):
        raise too_many(60)


async def count_upload(request: Request, user_id: int) -> None:
    """Count a file of a member's, before it is read. Raises UserError (429)."""
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    if not await limits.hit(f"upload member {user_id}", settings.upload_tries, HOUR_SECONDS):
        raise too_many(60)


async def count_question(request: Request, user_id: int) -> None:
    """Count a message that a member writes before a talk. Raises UserError (429)."""
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    if not await limits.hit(f"question {user_id}", settings.question_messages, HOUR_SECONDS):
        raise too_many(60)


async def count_check(request: Request) -> None:
    """Count a device check that wants a TURN credential, from an address. Raises UserError (429).

    Whoever holds one can have the relay carry whatever they like for as long as it stands.
    """
    settings, limits = request.app[SETTINGS], request.app[RATE_LIMITS]
    visitor = one_visitor(request[ARRIVAL].address)
    if not await limits.hit(f"check address {visitor}", settings.check_tries, HOUR_SECONDS):
        raise too_many(60)


def too_many(minutes: int) -> UserError:
    """Return the refusal of who tried too often: to come back in so many minutes."""
    return UserError(
        "too_many_tries",
        N_("回数が多すぎます。%(minutes)s分ほどたってからお試しください。"),
        status=429,
        minutes=minutes,
    )


def too_many_downloads(most: int) -> UserError:
    """Return the refusal of who has taken their own data along `most` times today."""
    return UserError(
        "too_many_tries",
        N_("ダウンロードは1日%(most)s回までです。あしたまたお試しください。"),
        status=429,
        most=most,
    )
