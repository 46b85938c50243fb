"""Telling open pages that something was written: never what it says."""

from collections.abc import Iterable

from notify import inbox
from rooms.questions import listing
from signaling.memberships import topic_room, user_room
from signaling.pushing.courtesy import courtesy
from signaling.pushing.emitting import Emitting
from signaling.written.unread import waiting
from writing.chat import listing as chat_list
from writing.letters import locked


class WrittenPushes(Emitting):
    """The pushes about what members write; `signaling.push.Push` is what one calls."""

    @courtesy
    async def questions(self, thread_id: int) -> None:
        """Let both people of a thread look at it anew, and tell each how much waits in all."""
        async with self._database.transaction() as tx:
            people = await listing.people_of(tx, thread_id)
            counts = {one: (await waiting(tx, one)).all for one in people}
        for user_id, unread in counts.items():
            event = {"thread_id": thread_id, "unread": unread}
            await self._emit("question:changed", event, user_room(user_id))

    @courtesy
    async def letter(self, letter_id: int) -> None:
        """Let both people of a letter look at it anew, and tell each how much waits in all."""
        async with self._database.transaction() as tx:
            row = await locked.find(tx, letter_id)
            people = (row.caller_id, row.cast_id)
            counts = {one: (await waiting(tx, one)).all for one in people}
        for user_id, unread in counts.items():
            event = {"letter_id": letter_id, "unread": unread}
            await self._emit("letter:changed", event, user_room(user_id))
        await self.notices(people)

    @courtesy
    async def chats(self, chat_id: int) -> None:
        """Let both of a consultation look at it anew, and tell each how much waits in all."""
        async with self._database.transaction() as tx:
            people = await chat_list.people_of(tx, chat_id)
            counts = {one: (await waiting(tx, one)).all for one in people}
        for user_id, unread in counts.items():
            event = {"chat_id": chat_id, "unread": unread}
            await self._emit("chat:changed", event, user_room(user_id))

    @courtesy
    async def typing(self, chat_id: int, user_id: int) -> None:
        """Show somebody that the other writes in their consultation."""
        await self._emit("chat:typing", {"chat_id": chat_id}, user_room(user_id))

    @courtesy
    async def topic(self, topic_id: int) -> None:
        """Let everybody who has a topic open look at it anew."""
        await self._emit("topic:changed", {"topic_id": topic_id}, topic_room(topic_id))

    @courtesy
    async def notices(self, user_ids: Iterable[int]) -> None:
        """Tell users how many notices they haven't read, and how much waits in their messages."""
        ids = sorted(set(user_ids))
        if not ids:
            return
        async with self._database.transaction() as tx:
            events = {
                one: {
                    "notices": await inbox.unread(tx, one),
                    "unread": (await waiting(tx, one)).all,
                }
                for one in ids
            }
        for user_id, event in events.items():
            await self._emit("inbox:changed", event, user_room(user_id))
