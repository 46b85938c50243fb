"""What carries calls on a line, composed: the same on a trunk and on practice telephones."""

from foundation.database import Database
from foundation.settings import Settings
from telephone.gateway import Gateway
from telephone.members import reachable
from telephone.menus import Menus
from telephone.port import PhoneLine
from telephone.prompts import Prompts
from telephone.proving import Proving
from telephone.reception import Reception
from telephone.switchboard import SiteSwitchboard, open_ways


def gateway(settings: Settings, database: Database, line: PhoneLine) -> Gateway:
    """Compose what carries calls on a line."""
    speech = Prompts(settings.data / "prompts").speech
    made = Gateway(settings, database, line, speech, reachable)
    made.kinds["prove"] = Proving(settings, database, line, speech).prove
    board = SiteSwitchboard(settings, database, made.calls)
    menus = Menus(board, speech, open_ways(settings))
    line.on_incoming = Reception(settings, made, menus).take
    return made
