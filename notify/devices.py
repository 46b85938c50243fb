"""Devices: the browsers that their owners want to be told through, by web push."""

import base64
import re
from dataclasses import dataclass, field
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import urlsplit

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_
from notify.push_keys import CURVE
from notify.tables import push_subscriptions as devices

# More than anyone uses; the one added longest ago goes first.
MOST_DEVICES = 10
LONGEST_ENDPOINT = 1000
NAME_CHARACTERS = 16

_VISIBLE = re.compile(r"[!-~]+")
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True)
class Subscription:
    """What a browser gives so that it can be reached: an address and two keys of its own."""

    endpoint: str
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    @classmethod
    def of(cls, endpoint: str, p256dh: str, auth: str) -> "Subscription":
        """Read a subscription as `PushSubscription.toJSON()` writes it (keys in base64url).

        Raises UserError `push_refused` (400) for one that no push service would have given.
        """
        _must_be_a_service(endpoint)
        point, secret = _bytes(p256dh), _bytes(auth)
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
        except ValueError:
            raise _refused() from None
        # The point may not come in its short form, which messages are not encrypted for.
        if len(point) != 65 or len(secret) != 16:
            raise _refused()
        return cls(endpoint, point, secret)


def _must_be_a_service(endpoint: str) -> None:
    """Refuse addresses to which this site shall send nothing: within the house, or in the clear.

    What a name stands for is looked at again each time something is sent.
    """
    if len(endpoint) > LONGEST_ENDPOINT or not _VISIBLE.fullmatch(endpoint):
        raise _refused()
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _refused() from None
    named = "." in host and not host.endswith((".", ".localhost", ".local", ".internal"))
    if parts.scheme != "https" or not named or _is_address(host) or port not in (None, 443):
        raise _refused()
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise _refused()


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        # Also the odd ways to write one (0x7f.1) that some resolvers take.
        return host.rpartition(".")[2][:1].isdigit()
    return True


def _bytes(text: str) -> bytes:
    if not _KEY.fullmatch(text):
        raise _refused()
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        raise _refused() from None


def _refused() -> UserError:
    return UserError("push_refused", N_("このブラウザーの通知は登録できませんでした。"), status=400)


async def add(tx: Tx, user_id: int, session_hash: bytes, given: Subscription) -> None:
    """Tell a user through a device from now on, for as long as its session lasts.

    A browser belongs to who asked last. Beyond MOST_DEVICES, the one added longest ago goes.
    """
    values = {
        "user_id": user_id,
        "session_hash": session_hash,
        "p256dh": given.p256dh,
        "auth": given.auth,
        "made_at": sa.func.clock_timestamp(),
        "failing_since": None,
        "failed_at": None,
    }
    await tx.execute(
        insert(devices)
        .values(endpoint=given.endpoint, **values)
        .on_conflict_do_update(index_elements=["endpoint"], set_=values)
    )
    await _drop_surplus(tx, user_id)


async def _drop_surplus(tx: Tx, user_id: int) -> None:
    kept = (
        sa.select(devices.c.id)
        .where(devices.c.user_id == user_id)
        .order_by(devices.c.made_at.desc(), devices.c.id.desc())
        .limit(MOST_DEVICES)
    )
    await tx.execute(
        sa.delete(devices).where(devices.c.user_id == user_id, devices.c.id.not_in(kept))
    )


async def remove(tx: Tx, user_id: int, endpoint: str) -> None:
    """Tell a user no longer through a device; one that isn't theirs is left alone."""
    await tx.execute(
        sa.delete(devices).where(devices.c.user_id == user_id, devices.c.endpoint == endpoint)
    )


async def names(tx: Tx, user_id: int) -> list[str]:
    """Return the names of a user's devices, by which a browser knows whether it is one of them."""
    rows = await tx.execute(sa.select(devices.c.endpoint).where(devices.c.user_id == user_id))
    return [name(endpoint) for endpoint in rows.scalars()]


def name(endpoint: str) -> str:
    """Return a short name of a device: the beginning of its address's SHA-256, in hex."""
    return sha256(endpoint.encode()).hexdigest()[:NAME_CHARACTERS]


async def has_any(tx: Tx, user_id: int) -> bool:
    """Say whether a user is told through any device."""
    return bool(await tx.scalar(sa.select(sa.exists().where(devices.c.user_id == user_id))))


_SWEEP = sa.text("""
DELETE FROM push_subscriptions WHERE id IN (
  SELECT id FROM push_subscriptions
  WHERE failed_at > failing_since + :days * interval '1 day'
  ORDER BY failing_since LIMIT :most)
""")


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` devices that have taken nothing for so long; return how many."""
    return (await tx.execute(_SWEEP, {"days": days, "most": most})).rowcount
