"""Trying the TURN servers that browsers are told: does each give a place to relay from?"""

import asyncio
import re
from dataclasses import dataclass

import structlog
from aioice import stun, turn

from foundation.settings import Settings
from media.ice import check_server

log = structlog.get_logger(__name__)

TRY_SECONDS = 5
_URL = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9a-f:.]+\]|[^:?\[\]]+)(:(?P<port>[0-9]+))?"
    r"(\?transport=(?P<transport>udp|tcp))?"
)


@dataclass(frozen=True)
class TurnAnswer:
    """What came of trying one address: the relay's own address there, or why there is none."""

    url: str
    relay: str | None = None
    why: str = ""


async def try_servers(settings: Settings) -> list[TurnAnswer]:
    """Ask every TURN server of the settings for a place, all at once, and give it back.

    Each has TRY_SECONDS. Empty where there is no server.
    """
    server = check_server(settings)
    if server is None:
        return []
    who = (str(server["username"]), str(server["credential"]))
    return list(await asyncio.gather(*(_try(url, *who) for url in server["urls"])))


async def _try(url: str, username: str, password: str) -> TurnAnswer:
    found = _URL.fullmatch(url)
    if found is None:
        return TurnAnswer(url, why="unreadable")
    secure = found["scheme"] == "turns"
    port = int(found["port"] or (5349 if secure else 3478))
    transport = found["transport"] or ("tcp" if secure else "udp")
    try:
        async with asyncio.timeout(TRY_SECONDS):
            taken, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol,
                server_addr=(found["host"].strip("[]"), port),
                username=username,
                password=password,
                ssl=secure,
                transport=transport,
            )
    except stun.TransactionFailed as error:
        return TurnAnswer(url, why=f"refused {error.response.error_code}")
    except (TimeoutError, stun.TransactionError):
        return TurnAnswer(url, why="silent")
    except (OSError, ConnectionError) as error:
        return TurnAnswer(url, why=type(error).__name__)
    relay = taken.get_extra_info("sockname")
    # Given back at once; what fails there lapses by itself.
    taken.close()
    return TurnAnswer(url, relay=str(relay[0]))
