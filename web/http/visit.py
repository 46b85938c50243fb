"""A visit: one request of one person, in one transaction, with what every page shows of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp.web import Request, RequestKey, Response

from foundation.database import Tx
from foundation.language import locales
from foundation.settings import Settings
from notify import inbox
from people.accounts.accounts import User
from people.sign_in.sessions import session_used
from points import ledger
from record.site.shown import on_pages
from rooms.ground.live import LiveTalk, live_talk
from rooms.offering import publishing
from rooms.recording.wording import Wording
from rooms.talk.free_time import free_words
from rooms.talk.rings import Rings, rings_for
from signaling.ring_events import rings_event
from signaling.written.unread import to_answer, waiting
from web.http.agreeing.needed import must_have_agreed
from web.http.csrf import make_token
from web.http.due import Due, due_for
from web.http.filters import reader_zone
from web.http.keys import ARRIVAL, DATABASE, NEW_VISITOR, SETTINGS, SITE, SLOTS, Slots
from web.http.paths import UNDONE, way_back
from web.http.public_pages.addresses import known
from web.http.render import TEMPLATE_ENVIRONMENT
from web.http.session import (
    SignInNeededError,
    browser_secret,
    cast_only,
    leave_trace,
    set_visitor,
)

# Smaller answers fit one packet anyway.
LEAST_COMPRESSED = 1000


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page: `points` can be spent, `unread` counts notices, `messages` what others
    wrote that wants to be read or answered (each to 99); `confirmed`: the e-mail address is.
    `to_answer` counts the topics that wait for an answering member, `to_take` the consultations
    (None for anybody else).
    """

    id: int
    nickname: str
    portrait: str | None
    is_cast: bool
    is_staff: bool
    points: int
    unread: int
    messages: int
    confirmed: bool
    to_answer: int | None = None
    to_take: int | None = None


@dataclass(frozen=True)
class Visit:
    """One request of one person; `user` is None for a visitor who is not signed in."""

    request: Request
    tx: Tx
    user: User | None
    viewer: Viewer | None
    live_talk: LiveTalk | None
    due: Due | None = None
    rings: Rings | None = None

    @property
    def settings(self) -> Settings:
        return self.request.app[SETTINGS]

    @property
    def user_id(self) -> int | None:
        return self.user.id if self.user else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this person is told times: their own, or the site's."""
        return reader_zone(self.user) if self.user else ZoneInfo(self.settings.site_zone)

    def member(self) -> User:
        """Return who is signed in. Raises SignInNeededError for a visitor."""
        return _signed_in(self.request, self.user)

    def cast(self) -> User:
        """Return the cast who is signed in. Raises UserError (403) for anyone else."""
        user = self.member()
        if not user.is_cast:
            raise cast_only()
        return user

    def offerer(self) -> User:
        """Return who is signed in and may write rooms. Raises UserError (403) for anyone else."""
        if not publishing.may_offer(self.settings, self.member()):
            raise cast_only()
        return self.member()

    def page(self, template: str, status: int = 200, /, **values: Any) -> Response:
        """Return a page made from a template."""
        return page(
            self.request,
            template,
            status,
            {
                "user": self.viewer,
                "live_talk": self.live_talk,
                "due": self.due,
                "rings": rings_event(self.rings) if self.rings else None,
                **values,
            },
            user=self.user,
        )


VISIT = RequestKey("visit", Visit)


@asynccontextmanager
async def asker_transaction(request: Request) -> AsyncIterator[tuple[Tx, User | None]]:
    """Open the request's transaction; yield it with who asks (None: a visitor). Raises
    AgreementNeededError for a member who must agree to what has changed first.
    """
    async with (
        request.app[DATABASE].transaction() as tx,
        session_used(tx, request.app[SETTINGS], request.headers.get("Cookie")) as user,
    ):
        await must_have_agreed(request, tx, user)
        yield tx, user
        await leave_trace(request, tx, user)


@asynccontextmanager
async def visit(request: Request) -> AsyncIterator[Visit]:
    """Open the request's transaction, and yield who asks and what every page shows of them."""
    async with asker_transaction(request) as (tx, user):
        found = Visit(
            request,
            tx,
            user,
            await _viewer(tx, request.app[SETTINGS], user) if user else None,
            await live_talk(tx, user.id) if user else None,
            await due_for(tx, request.app[SETTINGS], user.id) if user else None,
            await rings_for(tx, request.app[SETTINGS], user.id) if user else None,
        )
        request[VISIT] = found
        yield found


@asynccontextmanager
async def member_transaction(request: Request) -> AsyncIterator[tuple[Tx, User]]:
    """Open the transaction of a request that changes something; yield it with the member who asks.

    Commits at the end. Raises SignInNeededError for a visitor.
    """
    async with asker_transaction(request) as (tx, user):
        yield tx, _signed_in(request, user)


def reader_locale(request: Request, user: User | None = None) -> str:
    """Return the language of an answer: the member's setting, else what the browser asks for."""
    if user is None and VISIT in request:
        user = request[VISIT].user
    offered = request.app[SITE].now.languages
    if user and user.locale in locales() and user.locale in offered:
        return user.locale
    return request[ARRIVAL].locale


def page(
    request: Request,
    template: str,
    status: int,
    values: Mapping[str, Any],
    *,
    user: User | None = None,
) -> Response:
    """Return a page, with what every template gets."""
    made = request.app[TEMPLATE_ENVIRONMENT].get_template(template)
    html = made.render(_context(request, user) | dict(values))
    response = Response(text=html, status=status, content_type="text/html")
    if NEW_VISITOR in request:
        set_visitor(response, request.app[SETTINGS], request[NEW_VISITOR])
    if len(html) >= LEAST_COMPRESSED:
        response.enable_compression()
    return response


def _context(request: Request, user: User | None) -> dict[str, Any]:
    slots = request.get(SLOTS) or own_slots(request)
    settings, locale = request.app[SETTINGS], reader_locale(request, user)
    about = {"is_cast": bool(user and user.is_cast), "is_staff": bool(user and user.is_staff)}
    return {
        "user": None,
        "live_talk": None,
        "due": None,
        "rings": None,
        "locale": locale,
        "zone": reader_zone(user) if user else ZoneInfo(settings.site_zone),
        "csrf": slots.csrf,
        "nonce": slots.nonce,
        "settings": settings,
        **on_pages(request.app[SITE].now, locale, **about),
        "path": request.path,
        "demo": settings.demo,
        "free_words": free_words(settings, locale),
        "recording_words": Wording(locale, settings.recording_days) if settings.recording else None,
        "undone": request.query.get(UNDONE) == "1",
        "public": known(request),
    }


def own_slots(request: Request) -> Slots:
    """Return what one reader's page has for itself: a token of its forms, and the nonce."""
    return Slots(csrf=make_token(browser_secret(request)), nonce=request[ARRIVAL].nonce)


async def _viewer(tx: Tx, settings: Settings, user: User) -> Viewer:
    return Viewer(
        user.id,
        user.nickname,
        user.portrait,
        user.is_cast,
        user.is_staff,
        await ledger.spendable(tx, user.id),
        await inbox.unread(tx, user.id),
        (await waiting(tx, user.id)).all,
        user.confirmed_at is not None,
        *await to_answer(tx, settings, user.id),
    )


def _signed_in(request: Request, user: User | None) -> User:
    if user is None:
        raise SignInNeededError(way_back(request))
    return user
