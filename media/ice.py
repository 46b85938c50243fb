"""The STUN and TURN servers that browsers are told, with short-lived TURN credentials."""

import base64
import hashlib
import hmac
import time
from typing import Any

from foundation.settings import Settings

CHECK_SECONDS = 60
CHECK_NAME = "check"


def ice_servers(settings: Settings, user_id: int, *, hides: bool = False) -> list[dict[str, Any]]:
    """Return what `RTCPeerConnection` takes as `iceServers`; who `hides` asks no STUN server.

    TURN credentials follow coturn's `use-auth-secret`: the name is the Unix time of expiry and the
    user, the password its HMAC-SHA1 under the shared secret.
    """
    servers: list[dict[str, Any]] = []
    if settings.stun_urls and not hides:
        servers.append({"urls": list(settings.stun_urls)})
    if settings.turn_urls and settings.turn_secret is not None:
        name = f"{int(time.time()) + settings.turn_seconds}:{user_id}"
        secret = settings.turn_secret.get_secret_value().encode()
        digest = hmac.new(secret, name.encode(), hashlib.sha1).digest()
        servers.append(
            {
                "urls": list(settings.turn_urls),
                "username": name,
                "credential": base64.b64encode(digest).decode(),
            }
        )
    return servers


def check_server(settings: Settings) -> dict[str, Any] | None:
    """Return the TURN servers for a check of the connection, without a talk; None: there are none.

    The credential is for no member and no talk, and must be used within CHECK_SECONDS. All checks
    have one name, so that together they get what the server grants one name, and leave the rest
    to talks.
    """
    if not settings.turn_urls or settings.turn_secret is None:
        return None
    name = f"{int(time.time()) + CHECK_SECONDS}:{CHECK_NAME}"
    secret = settings.turn_secret.get_secret_value().encode()
    digest = hmac.new(secret, name.encode(), hashlib.sha1).digest()
    return {
        "urls": list(settings.turn_urls),
        "username": name,
        "credential": base64.b64encode(digest).decode(),
    }
