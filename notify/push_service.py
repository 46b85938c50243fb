"""Push messages: what they say, encrypted for the one device (RFC 8291), signed by the site."""

import json
import time
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from foundation.settings import Settings
from notify.devices import Subscription
from notify.push_keys import CURVE, PushKeys

# Every service takes 4096 bytes; encryption adds 103 (RFC 8291, 4).
MOST_BYTES = 3000
# A signature is good for less than the day that services allow at most (RFC 8292, 2).
CLAIM_SECONDS = 12 * 3600
GONE = (404, 410)
# What the service will say to this message however often it hears it.
NEVER = (400, 401, 403, 413)


@dataclass(frozen=True)
class PushMessage:
    """What a device is to show. `seconds` is how long it is worth showing."""

    title: str
    text: str
    link: str
    tag: str
    locale: str
    seconds: int
    urgent: bool = False

    def as_bytes(self) -> bytes:
        """Return the message as the service worker reads it; what is too long goes without text."""
        data = self._written(self.text)
        if len(data) > MOST_BYTES:
            data = self._written("")
        assert len(data) <= MOST_BYTES
        return data

    def _written(self, text: str) -> bytes:
        shown = {"title": self.title, "body": text, "link": self.link}
        shown |= {"tag": self.tag, "lang": self.locale}
        return json.dumps(shown, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Answer:
    """What a push service said. `again_in`: seconds after which it wants to be asked again."""

    status: int
    again_in: int | None = None

    @property
    def taken(self) -> bool:
        """Whether the service will bring the message."""
        return 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the device is no longer there, for this message and every other."""
        return self.status in GONE

    @property
    def hopeless(self) -> bool:
        """Whether this message is better given up."""
        return self.status in NEVER


def encrypted(data: bytes, device: Subscription) -> bytes:
    """Encrypt for one device, with a key pair of this message's own."""
    body: bytes = http_ece.encrypt(
        data,
        private_key=ec.generate_private_key(CURVE),
        dh=device.p256dh,
        auth_secret=device.auth,
        version="aes128gcm",
    )
    return body


def signature(endpoint: str, keys: PushKeys, contact: str) -> str:
    """Return the `Authorization` by which a push service knows this site (RFC 8292)."""
    parts = urlsplit(endpoint)
    # By this machine's clock, as services compare it with theirs; hours are left on either side.
    claims = {
        "aud": f"{parts.scheme}://{parts.hostname}",
        "exp": int(time.time()) + CLAIM_SECONDS,
        "sub": contact,
    }
    # Its strict rule for `sub` knows no ports, and the settings have looked at both already.
    vapid = Vapid02(keys.private_key, {"no-strict": True})
    signed: str = vapid.sign(claims)["Authorization"]
    return signed


def contact_of(settings: Settings) -> str:
    """Return whom a push service may ask about this site: its mailbox, or its address."""
    if settings.mail_from:
        return f"mailto:{parseaddr(settings.mail_from)[1]}"
    if settings.secure and settings.public_url:
        return settings.public_url
    return "mailto:nobody@hitotoki.invalid"
