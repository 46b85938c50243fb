"""What is told of applications once they are committed."""

from aiohttp.web import Request

from rooms.lobby.talk_applications import Changed
from signaling.push import PUSH


async def announce(request: Request, changed: Changed) -> None:
    """Let the people of applications look anew, and everyone at the rooms they concern."""
    push = request.app[PUSH]
    await push.rings(changed.people)
    await push.room_states(sorted(changed.rooms))
