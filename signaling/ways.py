"""By which ways each side of a talk reaches the other: its ICE servers, and whether it hides."""

from dataclasses import dataclass
from typing import Any, Literal

from foundation.database import Tx
from foundation.settings import Settings
from media.ice import IceServers, ice_servers
from people.accounts import hiding
from rooms.ground.live import Side
from rooms.talk import seats


@dataclass(frozen=True)
class IceWays:
    """The ways of one side. Its TURN credential is its own, and not for long.

    Through the relay the other side learns nothing of it: there who hides may use all ways.
    """

    hides: bool
    ice_servers: IceServers
    path: Literal["p2p", "relay"] = "p2p"

    @property
    def policy(self) -> str:
        """What `RTCPeerConnection` takes as `iceTransportPolicy`."""
        return "relay" if self.hides and self.path == "p2p" else "all"

    def as_event(self) -> dict[str, Any]:
        """Return what a browser is told for its next connection."""
        return {
            "path": self.path,
            "ice_servers": self.ice_servers,
            "ice_transport_policy": self.policy,
        }


async def ways_of(tx: Tx, settings: Settings, talk_id: int) -> dict[Side, IceWays]:
    """Return both sides' ways, with credentials fresh from now, of a talk that somebody joined.

    The other side needs them as well: it makes its connection now, and may have joined long ago.
    """
    (talk,) = await seats.people_of(tx, [talk_id])
    people: dict[Side, int] = {"caller": talk.caller_id, "cast": talk.cast_id}
    hidden = await hiding.hiders(tx, settings, list(people.values()))
    relayed = talk.media_host is not None

    def ways(side: Side) -> IceWays:
        hides = people[side] in hidden
        # The relay stands in the open: nobody needs to be told an address of their own for it.
        servers = ice_servers(settings, talk_id, side, hides=hides or relayed)
        return IceWays(hides, servers, "relay" if relayed else "p2p")

    return {side: ways(side) for side in people}
