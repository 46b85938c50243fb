"""What waits for somebody of what members write to each other: by its kind, and as one number."""

from dataclasses import dataclass

from foundation.database import Tx
from foundation.pages import MOST_COUNTED
from rooms.questions import listing
from writing.letters import views


@dataclass(frozen=True)
class MessagesWaiting:
    """Messages to read and letters to see to; of each kind at most 99 are counted."""

    questions: int
    letters: int

    @property
    def all(self) -> int:
        """All kinds together, as the menu shows them: 99 at most."""
        return min(self.questions + self.letters, MOST_COUNTED)


async def waiting(tx: Tx, user_id: int) -> MessagesWaiting:
    """Return what waits for a user; letters also where a site takes no new ones."""
    return MessagesWaiting(await listing.unread(tx, user_id), await views.wanting(tx, user_id))
