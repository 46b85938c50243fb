"""Taking a whole list of the staff's along as a file."""

from foundation.database import Tx
from people.desk import staff_views


async def take(tx: Tx, viewer_id: int, name: str) -> None:
    """Note that a member of staff takes a list along."""
    await staff_views.note(tx, viewer_id, f"sheet:{name}")
