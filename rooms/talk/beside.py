"""What a caller sends while they may be talking: it counts for their own limits at once."""

from foundation.database import Tx
from foundation.settings import Settings
from people.accounts import locking
from rooms.ground import kept_times
from rooms.talk import caps
from writing.letters import sending
from writing.letters.sending import LetterToSend


async def send_letter(
    tx: Tx, settings: Settings, cast_id: int, caller_id: int, written: LetterToSend
) -> int:
    """Send a letter, and bring the end of the caller's live talk within what their limits leave.

    Returns the letter's id. Raises as `sending.send`.
    """
    await locking.lock_people(tx, caller_id, cast_id)
    await kept_times.lock_talks(tx, caller_id)
    letter_id = await sending.send(tx, settings, cast_id, caller_id, written)
    await caps.keep_limits(tx, caller_id)
    return letter_id
