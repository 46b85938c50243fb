"""Seals: what has to be read again, and must be of no use to who steals the database.

The key stands outside of it: in the setting `secret_key`, else in a file of the data folder.
"""

import os
import secrets
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from foundation.settings import Settings

FILE = "secret.key"
KEY_BYTES = 32
NONCE_BYTES = 12


class UnsealableError(Exception):
    """What was sealed can't be read: the key is another one than then, or there is none."""


def can_seal(settings: Settings) -> bool:
    """Say whether there is a key, or can be.

    Several nodes on one database share no folder, so they need the setting.
    """
    return settings.secret_key is not None or settings.database_url is None or settings.demo


def seal(settings: Settings, secret: bytes, whose: str) -> bytes:
    """Return a secret as it may be stored. `whose` binds it to its row: in another it is void."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(_key(settings)).encrypt(nonce, secret, whose.encode())


def unseal(settings: Settings, sealed: bytes, whose: str) -> bytes:
    """Return what was sealed. Raises UnsealableError."""
    try:
        opened = AESGCM(_key(settings))
        return opened.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], whose.encode())
    except InvalidTag as error:
        raise UnsealableError from error


def mark_key(settings: Settings) -> bytes:
    """Return the key of hashes by which things are compared. Raises UnsealableError."""
    return sha256(b"hitotoki marks " + _key(settings)).digest()


def fingerprint(settings: Settings) -> str | None:
    """Return what tells one key from another and nothing of either; None where there is none."""
    if not can_seal(settings):
        return None
    return fingerprint_of(_key(settings))


def fingerprint_of(key: bytes) -> str:
    """Return the same of a key that a file holds."""
    return sha256(b"hitotoki key " + key).hexdigest()[:32]


def _key(settings: Settings) -> bytes:
    if settings.secret_key is not None:
        return sha256(b"hitotoki seal " + settings.secret_key.get_secret_value().encode()).digest()
    if not can_seal(settings):
        raise UnsealableError
    return _key_in(settings.data.resolve())


@lru_cache(maxsize=8)
def _key_in(folder: Path) -> bytes:
    path = folder / FILE
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"{FILE}.{os.getpid()}"
    if not path.exists():
        # Whole before it has its name, and never in the place of another process's.
        made.touch(mode=0o600)
        made.write_bytes(secrets.token_bytes(KEY_BYTES))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise UnsealableError
    return key
