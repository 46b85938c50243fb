"""What waits for somebody of what members write to each other: by its kind, and as one number."""

from dataclasses import dataclass

from foundation.database import Tx
from foundation.pages import MOST_COUNTED
from foundation.settings import Settings
from rooms.questions import listing
from writing.board import listing as board
from writing.chat import listing as chats
from writing.ground import answering
from writing.letters import views


@dataclass(frozen=True)
class MessagesWaiting:
    """What wants to be read or answered; of each kind at most 99 are counted."""

    questions: int
    letters: int
    chats: int

    @property
    def all(self) -> int:
        """All kinds together, as the menu shows them: 99 at most."""
        return min(self.questions + self.letters + self.chats, MOST_COUNTED)


async def waiting(tx: Tx, user_id: int) -> MessagesWaiting:
    """Return what waits for a user; of each kind also where a site takes no new ones."""
    return MessagesWaiting(
        await listing.unread(tx, user_id),
        await views.wanting(tx, user_id),
        await chats.wanting(tx, user_id),
    )


async def to_answer(tx: Tx, settings: Settings, user_id: int) -> tuple[int | None, int | None]:
    """Return how many topics and how many consultations wait for an answering member.

    None for anybody else, and of what the site has closed.
    """
    if not (settings.board or settings.chat) or not await answering.is_one(tx, user_id):
        return None, None
    topics = await board.count_not_by_me(tx, user_id) if settings.board else None
    if not settings.chat:
        return topics, None
    counts = await chats.counts_of(tx, user_id)
    return topics, counts.waiting + counts.offered
