"""What voice menus ask the site, and have it do; and which menu a number of the site's leads to."""

from collections.abc import Sequence
from typing import Protocol
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation.database import Database, Tx, clock
from foundation.errors import UserError
from foundation.settings import Settings
from people.accounts.tables import users
from people.telephones import digits, numbers, pins, spoken_names
from points import ledger, tab
from points.rules import Pays, entry_points
from rooms.calling import rules, standing
from rooms.finding import by_telephone
from rooms.finding.by_telephone import VoiceOffer
from rooms.lobby import turns
from telephone.menus.board import FRONT, KnownCaller, Means, Offered, PinState, Way
from telephone.port import PhoneLeg
from telephone.prompts import SpokenTime


class PutsThrough(Protocol):
    """The calls of a gateway, as far as menus need them."""

    async def incoming(
        self, leg: PhoneLeg, caller_id: int, room_id: int, pays: Pays, seen_rate: int
    ) -> None:
        """Join one who is on the line, at the price they were told. Raises UserError."""


class SiteSwitchboard:
    """A `telephone.menus.Switchboard` on the site's own data, each verb in a transaction."""

    def __init__(self, settings: Settings, database: Database, calls: PutsThrough) -> None:
        self._settings = settings
        self._database = database
        self._calls = calls

    async def who(self, number: str) -> KnownCaller | None:
        """Return whose number that is, where it is one member's alone."""
        if not number:
            return None
        async with self._database.transaction() as tx:
            user_id = await numbers.recognise(tx, self._settings, number)
            if user_id is None:
                return None
            locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
        return KnownCaller(user_id, "en" if locale == "en" else "ja")

    async def pin(self, user_id: int, digits: str) -> PinState:
        """Check a PIN, and count it where it is wrong."""
        async with self._database.transaction() as tx:
            if not await pins.has(tx, user_id):
                return "missing"
            if await pins.check(tx, self._settings, user_id, digits):
                return "right"
            return "locked" if await pins.is_locked(tx, user_id) else "wrong"

    async def means(self, user_id: int) -> Means:
        """Return what somebody has left."""
        async with self._database.transaction() as tx:
            return await self._means(tx, user_id)

    async def casts(self, user_id: int, *, everyone: bool) -> Sequence[Offered]:
        """Return who can be chosen: those who wait now, or everyone."""
        async with self._database.transaction() as tx:
            found = await by_telephone.offers(tx, self._settings, user_id, everyone=everyone)
            return await self._offered(tx, user_id, found)

    async def cast_by(self, user_id: int, four: str) -> Offered | None:
        """Return the cast who has these four digits, where they can be chosen at all."""
        async with self._database.transaction() as tx:
            cast_id = await digits.cast_by(tx, four)
            if cast_id is None:
                return None
            found = await by_telephone.offers(
                tx, self._settings, user_id, everyone=True, cast_id=cast_id
            )
            offered = await self._offered(tx, user_id, found)
        return offered[0] if offered else None

    async def waits(self, user_id: int) -> bool | None:
        """Say whether a cast waits by telephone now; None for who is none, or has no such room."""
        async with self._database.transaction() as tx:
            own = await standing.rooms_of(tx, user_id)
        return any(room.until is not None for room in own) if own else None

    async def wait(self, user_id: int, on: bool) -> None:
        """Let a cast wait in the first of their rooms that takes calls, or wait no more."""
        async with self._database.transaction() as tx:
            if on:
                own = await standing.rooms_of(tx, user_id)
                await standing.stand_by(tx, self._settings, user_id, own[0].id)
            else:
                await turns.tell(tx, self._settings, await standing.stop(tx, user_id))

    async def join(self, leg: PhoneLeg, user_id: int, cast: Offered) -> None:
        """Put one through, until the end. Raises UserError where that can't be."""
        await self._calls.incoming(leg, user_id, cast.room_id, cast.pays, cast.yen)

    async def _means(self, tx: Tx, user_id: int) -> Means:
        points = await ledger.spendable(tx, user_id)
        if not self._settings.tab:
            return Means(points, None)
        state = await tab.state_of(tx, self._settings, user_id)
        return Means(points, state.left if state.refusal(0) is None else None)

    async def _offered(self, tx: Tx, user_id: int, found: Sequence[VoiceOffer]) -> list[Offered]:
        means = await self._means(tx, user_id)
        names = await spoken_names.speech_of(tx, [one.cast_id for one in found])
        zone = ZoneInfo(self._settings.site_zone)
        today = (await clock(tx)).astimezone(zone).date()
        fee = self._settings.telephone_line_fee
        return [
            Offered(
                room_id=one.room_id,
                name=names[one.cast_id],
                yen=rules.price(one.rate, fee),
                pays=self._pays(means, one, fee),
                open=one.open,
                back_at=SpokenTime(one.back_at.astimezone(zone), today) if one.back_at else None,
            )
            for one in found
            if one.cast_id in names
        ]

    def _pays(self, means: Means, one: VoiceOffer, fee: int) -> Pays:
        """Return how a talk is paid: by points where they suffice, else afterwards if that does."""
        needed = entry_points(rules.price(one.rate, fee), self._settings.entry_minutes)
        later = one.takes_tab and means.tab is not None and means.tab >= needed
        return "tab" if later and means.points < needed else "points"


def way_of(settings: Settings, called: str) -> Way:
    """Return the menu to which a number of the site's leads: the front, where nothing is said."""
    ours = _e164(called)
    for line in settings.telephone_menu_numbers:
        number, _, way = line.partition("=")
        if ours is not None and _e164(number) == ours:
            return next(known for known in FRONT if known == way)
    return "front"


def open_ways(settings: Settings) -> list[Way]:
    """Return the menus that a site has open."""
    return [way for way in FRONT if not settings.telephone_menus or way in settings.telephone_menus]


def _e164(number: str) -> str | None:
    told = number if number.startswith(("+", "0")) else f"+{number}"
    try:
        return numbers.e164_of(told)
    except UserError:
        return None
