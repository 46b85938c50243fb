"""The site's own key pair for web push: made once, at the first start, and kept in the database."""

from dataclasses import dataclass, field

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy.dialects.postgresql import insert

from foundation.database import Tx
from notify.tables import push_keys

CURVE = ec.SECP256R1()
PRIVATE_BYTES = 32


@dataclass(frozen=True)
class PushKeys:
    """The pair: a private number of 32 bytes, and the public point of 65 bytes."""

    public: bytes
    private: bytes = field(repr=False)

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The private key, ready to sign with."""
        return ec.derive_private_key(int.from_bytes(self.private, "big"), CURVE)


async def make(tx: Tx) -> None:
    """Make the pair if there is none. Of several processes that start at once, one makes it."""
    if await public_key(tx) is not None:
        return
    made = ec.generate_private_key(CURVE)
    number = made.private_numbers().private_value.to_bytes(PRIVATE_BYTES, "big")
    await tx.execute(
        insert(push_keys)
        .values(public_key=point(made.public_key()), private_key=number)
        .on_conflict_do_nothing()
    )


async def public_key(tx: Tx) -> bytes | None:
    """Return the key that browsers are given, or None before the first start."""
    found: bytes | None = await tx.scalar(sa.select(push_keys.c.public_key))
    return bytes(found) if found is not None else None


async def both(tx: Tx) -> PushKeys | None:
    """Return the pair, or None before the first start."""
    row = (
        await tx.execute(sa.select(push_keys.c.public_key, push_keys.c.private_key))
    ).one_or_none()
    return PushKeys(bytes(row.public_key), bytes(row.private_key)) if row else None


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as browsers take it: an uncompressed point of 65 bytes."""
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
