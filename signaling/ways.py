"""By which ways each side of a talk reaches the other: its ICE servers, and whether it hides."""

from dataclasses import dataclass

from foundation.database import Tx
from foundation.settings import Settings
from media.ice import IceServers, ice_servers
from people.accounts import hiding
from rooms.ground.live import Side
from rooms.talk import seats


@dataclass(frozen=True)
class IceWays:
    """The ways of one side. Its TURN credential is its own, and not for long."""

    hides: bool
    ice_servers: IceServers

    @property
    def policy(self) -> str:
        """What `RTCPeerConnection` takes as `iceTransportPolicy`."""
        return "relay" if self.hides else "all"


async def ways_of(tx: Tx, settings: Settings, talk_id: int) -> dict[Side, IceWays]:
    """Return both sides' ways, with credentials fresh from now, of a talk that somebody joined.

    The other side needs them as well: it makes its connection now, and may have joined long ago.
    """
    (talk,) = await seats.people_of(tx, [talk_id])
    people: dict[Side, int] = {"caller": talk.caller_id, "cast": talk.cast_id}
    hidden = await hiding.hiders(tx, settings, list(people.values()))

    def ways(side: Side) -> IceWays:
        hides = people[side] in hidden
        return IceWays(hides, ice_servers(settings, talk_id, side, hides=hides))

    return {side: ways(side) for side in people}
