"""One caller in the voice menus: sure who they are, offered casts, told prices, put through."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from foundation.errors import UserError
from telephone.menus.board import KnownCaller, Offered, Switchboard, Way
from telephone.menus.keypad import AGAIN, BACK, Keypad
from telephone.speech import Speech

YES, NO, MORE = "1", "2", "9"
# Nine keys, or eight and one for more.
PAGE = 9
PIN_DIGITS, CAST_DIGITS = 8, 4
PIN_TRIES = CAST_TRIES = 3
# Refusals that have a prompt of their own.
TOLD = {
    "points_short": "points_short", "tab_short": "points_short", "room_busy": "busy",
    "telephone_busy": "line_away", "telephone_away": "line_away",
}  # fmt: skip


class MenuVisit:
    """One caller in the menus."""

    def __init__(
        self, board: Switchboard, speech: Speech, keys: Keypad, caller: KnownCaller | None
    ) -> None:
        self._board = board
        self._speech = speech
        self._keys = keys
        self._caller = caller
        # Whether they have shown who they are.
        self.is_sure = False

    async def comes_in(self) -> bool:
        """Welcome one who rings; say whether they are a member, and have shown to be that one."""
        await self.say("welcome")
        if self._caller is None:
            await self.say("stranger" if self._keys.leg.number else "withheld")
            return False
        self.is_sure = await self._knows_the_pin()
        return self.is_sure

    async def go(self, way: Way, open_ways: Sequence[Way]) -> Awaitable[None] | None:
        """Lead through the menus; return what puts them through, where they chose somebody."""
        if way == "front":
            return await self._front(open_ways)
        if way in open_ways:
            return await self._one(way)
        await self.say("no_such_key")
        return None

    async def say(self, *prompts: str, **figures: Any) -> None:
        """Speak prompts to the end. Raises HungUpError."""
        await self._keys.say(*(self._said(prompt, **figures) for prompt in prompts))

    def _said(self, prompt: str, **figures: Any) -> bytes:
        return self._speech(prompt, self._caller.language if self._caller else "ja", **figures)

    @property
    def _me(self) -> int:
        assert self._caller is not None
        return self._caller.user_id

    async def _knows_the_pin(self) -> bool:
        for _ in range(PIN_TRIES):
            pressed = await self._keys.several(PIN_DIGITS, self._said("pin"), until=BACK)
            state = await self._board.pin(self._me, pressed)
            if state == "right":
                return True
            await self.say(f"pin_{state}")
            if state != "wrong":
                return False
        return False

    async def _front(self, ways: Sequence[Way]) -> Awaitable[None] | None:
        while True:
            asked = [
                self._said(f"front_{way}", key=number) for number, way in enumerate(ways, start=1)
            ]
            key = await self._keys.one(*asked, self._said("menu_tail"))
            if key == BACK:
                await self.say("bye")
                return None
            if not key.isdigit() or not 0 < int(key) <= len(ways):
                if key != AGAIN:
                    await self.say("no_such_key")
                continue
            chosen = await self._one(ways[int(key) - 1])
            if chosen is not None:
                return chosen

    async def _one(self, way: Way) -> Awaitable[None] | None:
        flows: dict[Way, Callable[[], Awaitable[Awaitable[None] | None]]] = {
            "online": lambda: self._list(everyone=False),
            "all": lambda: self._list(everyone=True),
            "digits": self._digits,
            "standby": self._standby,
        }
        return await flows[way]()

    async def _list(self, *, everyone: bool) -> Awaitable[None] | None:
        await self._tell_means()
        casts = await self._board.casts(self._me, everyone=everyone)
        if not casts:
            await self.say("menu_none")
            return None
        head, at = [self._said("menu_all" if everyone else "menu_online")], 0
        while True:
            page = casts[at : at + PAGE] if len(casts) - at <= PAGE else casts[at : at + PAGE - 1]
            more = at + len(page) < len(casts)
            key = await self._keys.one(*head, *self._page(page, more=more))
            head = []
            if key == BACK and at == 0:
                return None
            if key == BACK:
                at = max(0, at - (PAGE - 1))
            elif key == MORE and more:
                at += len(page)
            elif key.isdigit() and 0 < int(key) <= len(page):
                chosen = await self._offer(page[int(key) - 1])
                if chosen is not None:
                    return chosen
            elif key != AGAIN:
                await self.say("no_such_key")

    def _page(self, page: Sequence[Offered], *, more: bool) -> list[bytes]:
        said = [
            self._said("item" if one.open else "item_away", key=key, name=one.name, yen=one.yen)
            for key, one in enumerate(page, start=1)
        ]
        return [*said, *([self._said("menu_more")] if more else []), self._said("menu_tail")]

    async def _tell_means(self) -> None:
        means = await self._board.means(self._me)
        await self.say("left_points", points=means.points)
        if means.tab is not None:
            await self.say("left_tab", yen=means.tab)

    async def _digits(self) -> Awaitable[None] | None:
        await self._tell_means()
        for _ in range(CAST_TRIES):
            four = await self._keys.several(CAST_DIGITS, self._said("four"), until=BACK)
            if not four:
                return None
            found = await self._board.cast_by(self._me, four)
            if found is None:
                await self.say("four_wrong")
            elif (chosen := await self._offer(found)) is not None:
                return chosen
        return None

    async def _offer(self, cast: Offered) -> Awaitable[None] | None:
        """Tell what it costs and how it is paid; return what puts them through where they agree."""
        if not cast.open:
            if cast.back_at is None:
                await self.say("away", name=cast.name)
                return None
            await self.say("away_until", name=cast.name, when=cast.back_at)
            return None
        # A key that was pressed before the price was told is no consent to it.
        told = self._said(f"offer_{cast.pays}", name=cast.name, yen=cast.yen)
        key = await self._keys.after(told)
        while key == AGAIN:
            key = await self._keys.after(told)
        return self._join(cast) if key == YES else None

    async def _join(self, cast: Offered) -> None:
        try:
            await self._board.join(self._keys.leg, self._me, cast)
        except UserError as refused:
            await self.say(TOLD.get(refused.code, "refused"), "bye")

    async def _standby(self) -> None:
        waits = await self._board.waits(self._me)
        if waits is None:
            await self.say("cast_only")
            return
        key = await self._keys.one(self._said("standby_end" if waits else "standby_ask"))
        if key != (NO if waits else YES):
            await self.say("no_such_key")
            return
        try:
            await self._board.wait(self._me, not waits)
        except UserError:
            await self.say("standby_refused")
            return
        await self.say("standby_off" if waits else "standby_on", "bye")
        return
