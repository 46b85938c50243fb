"""The STUN and TURN servers that browsers are told, with short-lived TURN credentials."""

import base64
import hashlib
import hmac
import time
from typing import Any, TypeAlias

from foundation.settings import Settings

IceServers: TypeAlias = list[dict[str, Any]]

# So many credentials of one side of a talk may be good at once; whoever asks more often is given
# the one they had.
CREDENTIALS = 20
CHECK_SECONDS = 60
CHECK_NAME = "check"


def ice_servers(settings: Settings, talk_id: int, side: str, *, hides: bool = False) -> IceServers:
    """Return what `RTCPeerConnection` takes as `iceServers`; who `hides` asks no STUN server.

    Only for a side of a live talk, which it has just been admitted to.
    """
    servers: IceServers = []
    if settings.stun_urls and not hides:
        servers.append({"urls": list(settings.stun_urls)})
    if (secret := _secret(settings)) is not None:
        until = good_until(time.time(), settings.turn_seconds)
        servers.append(_turn_server(settings, secret, seat_name(secret, talk_id, side), until))
    return servers


def servers_in_advance(settings: Settings) -> IceServers | None:
    """Return what both sides of any talk will be told; None where that must wait for the talk.

    A browser that knows it beforehand finds its addresses before it needs them.
    """
    if _secret(settings) is not None:
        return None
    return [{"urls": list(settings.stun_urls)}] if settings.stun_urls else []


def check_server(settings: Settings) -> dict[str, Any] | None:
    """Return the TURN servers for a check of the connection, without a talk; None: there are none.

    The credential is for no member and no talk, and must be used within CHECK_SECONDS. All checks
    have one name, so that together they get what the server grants one name, and leave the rest
    to talks.
    """
    if (secret := _secret(settings)) is None:
        return None
    return _turn_server(settings, secret, CHECK_NAME, int(time.time()) + CHECK_SECONDS)


def _secret(settings: Settings) -> bytes | None:
    """What the site shares with its TURN servers; None where it has none."""
    if settings.turn_secret is None or not settings.turn_urls:
        return None
    return settings.turn_secret.get_secret_value().encode()


def _turn_server(settings: Settings, secret: bytes, name: str, until: int) -> dict[str, Any]:
    username, password = credential(secret, name, until)
    return {"urls": list(settings.turn_urls), "username": username, "credential": password}


def good_until(now: float, seconds: int) -> int:
    """Return until when what is given at `now` is good: for `seconds`, or up to a 20th less."""
    step = seconds / CREDENTIALS
    return int((now // step + CREDENTIALS) * step)


def seat_name(secret: bytes, talk_id: int, side: str) -> str:
    """Name a side of a talk for the TURN server, which counts by it; it tells neither of the two.

    It travels in clear: nobody on the way can put two sides together by it.
    """
    digest = hmac.new(secret, f"seat:{talk_id}:{side}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest[:10]).decode().lower()


def credential(secret: bytes, name: str, until: int) -> tuple[str, str]:
    """Return username and password of coturn's `use-auth-secret`, good `until` a Unix time.

    The password is the name's HMAC-SHA1 under the shared secret.
    """
    username = f"{until}:{name}"
    digest = hmac.new(secret, username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()
