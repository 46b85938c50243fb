"""Who rings the site: the menu to which the number leads, or the busy tone.

Networks can be made to tell any number, so each of them gets few lines, and all together half.
"""

import structlog

from foundation.log import note_failure
from foundation.settings import Settings
from telephone.gateway import Gateway
from telephone.menus import Menus
from telephone.port import End, PhoneLeg
from telephone.switchboard import open_ways, way_of

log = structlog.get_logger(__name__)


class Reception:
    """Takes calls that come in; each is seen through as one of the gateway's works."""

    def __init__(self, settings: Settings, gateway: Gateway, menus: Menus) -> None:
        self._settings = settings
        self._gateway = gateway
        self._menus = menus

    def take(self, leg: PhoneLeg) -> None:
        """Take a call that comes in; what it needs is done beside."""
        self._gateway.host(self._see_through(leg), 0)

    async def _see_through(self, leg: PhoneLeg) -> None:
        is_open = self._settings.telephone and open_ways(self._settings)
        places = self._gateway.places
        async with places.counting:
            visit = places.welcome(leg.number) if is_open else None
        if visit is None:
            await leg.hang_up(End.DECLINED)
            return
        is_sure = False
        try:
            is_sure = await self._menus.take(leg, way_of(self._settings, leg.called))
        except Exception as error:
            note_failure(log, "telephone.visit_failed", error)
        finally:
            await leg.hang_up()
            places.leave(visit, vain=not is_sure)
