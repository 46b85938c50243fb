"""The keys that recordings are sealed with: the newest writes, the older ones still read."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_BYTES = 8
SALT_BYTES = 32


class UnknownKeyError(Exception):
    """A recording was sealed with a key that the settings no longer name."""


class RecordingKeys:
    """Secrets by their ids; an id tells nothing of its secret."""

    def __init__(self, newest: str, older: Sequence[str] = ()) -> None:
        secrets = [secret.encode() for secret in (newest, *older)]
        self._secrets = {_key_id(secret): secret for secret in reversed(secrets)}
        self.newest_id = _key_id(secrets[0])

    def cipher(self, key_id: bytes, salt: bytes, name: str) -> AESGCM:
        """Return the cipher of one file. Raises UnknownKeyError.

        The file's name is part of its key: under another's name it can't be read.
        """
        secret = self._secrets.get(key_id)
        if secret is None:
            raise UnknownKeyError(key_id.hex())
        return AESGCM(_derived(secret, salt, b"hitotoki recording file\0" + name.encode(), 32))


def _key_id(secret: bytes) -> bytes:
    return _derived(secret, b"", b"hitotoki recording key id", KEY_ID_BYTES)


def _derived(secret: bytes, salt: bytes, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, purpose).derive(secret)
