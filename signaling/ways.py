"""By which ways each side of a talk reaches the other: its ICE servers, and whether it hides."""

from dataclasses import dataclass
from typing import Any

from foundation.database import Tx
from foundation.settings import Settings
from media.ice import ice_servers
from people.accounts import hiding
from rooms.ground.live import Side
from rooms.talk import seats


@dataclass(frozen=True)
class IceWays:
    """The ways of one side. Its TURN credential is its own, and not for long."""

    hides: bool
    ice_servers: list[dict[str, Any]]

    @property
    def policy(self) -> str:
        """What `RTCPeerConnection` takes as `iceTransportPolicy`."""
        return "relay" if self.hides else "all"


async def ways_of(tx: Tx, settings: Settings, talk_id: int) -> dict[Side, IceWays]:
    """Return both sides' ways, with credentials fresh from now, of a talk that somebody joined.

    The other side needs them as well: it makes its connection now, and may have joined long ago.
    """
    (talk,) = await seats.people_of(tx, [talk_id])
    ways: dict[Side, IceWays] = {}
    people: list[tuple[Side, int]] = [("caller", talk.caller_id), ("cast", talk.cast_id)]
    for side, user_id in people:
        hides = await hiding.hides_address(tx, settings, user_id)
        ways[side] = IceWays(hides, ice_servers(settings, talk_id, side, hides=hides))
    return ways
