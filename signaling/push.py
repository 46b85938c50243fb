"""The only place that pushes to browsers. Call it after the commit, never before.

A push is a courtesy: whoever misses one is put right by the next ack or beat.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import socketio
from aiohttp import web

from foundation.background import Afterwards
from foundation.database import Database
from foundation.settings import Settings
from rooms.booking.reserved_talks import Warned
from rooms.care.stopping import Stopped
from rooms.ground.live import SIDES, Side
from rooms.lobby import room_states, waiting
from rooms.lobby.presence import Closed
from rooms.lobby.turns import Turn
from rooms.recording import standing
from rooms.talk import readings, seats
from rooms.talk.entry import Entered
from signaling.memberships import DIRECTORY, directory_room, talk_room, user_room
from signaling.pushing.courtesy import PUSH_SECONDS, Pushing, courtesy
from signaling.ways import IceWays
from signaling.written.pushes import WrittenPushes


class Push(WrittenPushes):
    """Tells browsers, wherever they are connected, what has been committed."""

    def __init__(self, sio: socketio.AsyncServer, database: Database, settings: Settings) -> None:
        super().__init__(sio, database, settings)
        self._heeded: list[Callable[[], None]] = []
        self._afterwards = Afterwards()

    async def soon(self, push: Pushing) -> None:
        """Let a push happen while whoever caused it is answered already."""
        await self._afterwards.do(push)

    async def end(self) -> None:
        """Wait for what is still being pushed."""
        await self._afterwards.end(PUSH_SECONDS)

    def heed(self, listener: Callable[[], None]) -> None:
        """Call a listener of this process whenever rooms have changed, before anyone is told."""
        self._heeded.append(listener)

    def _changed(self) -> None:
        for listener in self._heeded:
            listener()

    @courtesy
    async def room_states(self, room_ids: Sequence[int]) -> None:
        """Tell everyone who looks at rooms their state now."""
        if not room_ids:
            return
        self._changed()
        async with self._database.transaction() as tx:
            news = await room_states.news(tx, self._settings, room_ids)
        for one in news:
            rooms = [DIRECTORY, directory_room(one.room_id)]
            await self._emit("directory:room", one.as_event(), rooms)

    @courtesy
    async def entered(self, entered: Entered) -> None:
        """Tell the cast who has entered, and everyone that the room is busy.

        The caller, who waits nowhere any more, is called nowhere any more.
        """
        self._changed()
        await self._emit("talk:entered", entered.as_event(), user_room(entered.cast_id))
        # Those two are to meet; nobody else need be told before the caller is answered.
        await self.soon(self._taken(entered))

    @courtesy
    async def _taken(self, entered: Entered) -> None:
        await self._rings([entered.cast_id, entered.caller_id])
        await self.room_states(sorted({entered.room_id, entered.left_room_id or entered.room_id}))
        await self.places([entered.room_id])

    @courtesy
    async def talks(self, talk_ids: Iterable[int]) -> None:
        """Tell both sides of talks their meters, and of those that ended that they did."""
        ids = sorted(set(talk_ids))
        if not ids:
            return
        async with self._database.transaction() as tx:
            meters = await readings.read(tx, self._settings, ids)
            over = [talk for talk, meter in meters.items() if meter.state == "ended"]
            ended = await seats.people_of(tx, over) if over else []
        for meter in meters.values():
            await self._meter(meter)
        for talk in ended:
            await self._ended(talk)
        await self.room_states([talk.room_id for talk in ended])
        # Whoever waits learns that the cast takes a breath.
        await self.places([talk.room_id for talk in ended])

    async def _meter(self, reading: readings.Reading) -> None:
        for side in SIDES:
            await self._emit("talk:meter", reading.for_side(side), talk_room(reading.talk_id, side))

    async def _ended(self, talk: Any) -> None:
        event = {"talk_id": talk.id, "reason": talk.end_reason}
        for side in SIDES:
            await self._emit("talk:ended", event, talk_room(talk.id, side))
            await self._sio.close_room(talk_room(talk.id, side))
        await self._rings([talk.caller_id, talk.cast_id])

    @courtesy
    async def rings(self, user_ids: Iterable[int]) -> None:
        """Let these users' pages ask anew what rings: something began, was answered or is over."""
        await self._rings(user_ids)

    async def _rings(self, user_ids: Iterable[int]) -> None:
        for user_id in sorted(set(user_ids)):
            await self._emit("ring:again", {}, user_room(user_id))

    @courtesy
    async def reserved_soon(self, warned: Sequence[Warned]) -> None:
        """Warn casts who are in another talk that their reservation begins soon."""
        for one in warned:
            await self._emit("talk:reserved_soon", one.as_event(), user_room(one.person_id))

    @courtesy
    async def peer(self, talk_id: int, side: Side, pair: int, ways: IceWays | None) -> None:
        """Tell one side that the other came, to make connection `pair` by these ways, or went."""
        told = {} if ways is None else ways.as_event()
        event = {"talk_id": talk_id, "pair": pair, "present": ways is not None, **told}
        await self._emit("talk:peer", event, talk_room(talk_id, side))

    @courtesy
    async def signal(self, talk_id: int, side: Side, event: dict[str, Any]) -> None:
        """Relay a description or a candidate to one side."""
        await self._emit("talk:signal", event, talk_room(talk_id, side))

    @courtesy
    async def said(self, talk_id: int, message: dict[str, Any]) -> None:
        """Show a message to both sides."""
        for side in SIDES:
            await self._emit("talk:said", message, talk_room(talk_id, side))

    @courtesy
    async def recordings(self, talk_ids: Sequence[int]) -> None:
        """Tell both sides of talks how it stands with their recording."""
        if not talk_ids:
            return
        async with self._database.transaction() as tx:
            found = await standing.of_talks(tx, self._settings, talk_ids)
        for one in found:
            for side in SIDES:
                await self._emit("talk:recording", one.for_side(side), talk_room(one.talk_id, side))

    @courtesy
    async def turned_away(self, sid: str, event: dict[str, Any]) -> None:
        """Tell one connection why it is about to be closed, and when to come back."""
        await self._emit("connection:turned_away", event, sid)

    @courtesy
    async def displace(self, talk_id: int, side: Side, sid: str, told: bool) -> None:
        """Empty a side's seat for the connection `sid`; another tab there is `told`."""
        room = talk_room(talk_id, side)
        if told:
            await self._emit("talk:displaced", {"talk_id": talk_id}, room, skip=sid)
        await self._sio.close_room(room)

    @courtesy
    async def standbys_closed(self, closed: Sequence[Closed]) -> None:
        """Tell casts that their stand-by ended by itself, and everyone that the rooms closed."""
        for standby in closed:
            event = {"reason": standby.reason}
            await self._emit("standby:closed", event, user_room(standby.cast_id))
        await self.room_states([standby.room_id for standby in closed])

    @courtesy
    async def turns(self, turns: Sequence[Turn]) -> None:
        """Tell those who waited that it is their turn, or that they wait no longer."""
        for turn in turns:
            about, to = {"room_id": turn.room_id}, user_room(turn.user_id)
            if turn.news == "later":
                await self._emit("waiting:passed", about, to)
            elif turn.news not in ("turn", "paused"):
                await self._emit("waiting:over", {**about, "reason": turn.news}, to)
        changed = sorted({turn.room_id for turn in turns})
        await self.places(changed)
        await self.room_states(changed)

    @courtesy
    async def stopped(self, stopped: Stopped) -> None:
        """Tell everyone concerned what a block, a suspension or a ban ended."""
        await self.talks(stopped.talks)
        await self.room_states(stopped.rooms)
        await self.turns(stopped.turns)

    @courtesy
    async def look_again(self, user_ids: Iterable[int]) -> None:
        """Let these users' open pages ask anew which rooms there are for them."""
        for user_id in user_ids:
            await self._emit("directory:again", {}, user_room(user_id))

    @courtesy
    async def places(self, room_ids: Sequence[int]) -> None:
        """Tell everyone who waits for these rooms their place now, and their casts' homes."""
        if not room_ids:
            return
        async with self._database.transaction() as tx:
            places = await waiting.places_in(tx, self._settings, room_ids)
            casts = await room_states.casts_of(tx, room_ids)
        for place in places:
            await self._emit("waiting:place", place.as_event(), user_room(place.user_id))
        for cast_id in casts:
            await self._emit("day:again", {}, user_room(cast_id))


PUSH = web.AppKey("push", Push)
