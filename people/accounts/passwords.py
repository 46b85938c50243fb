"""Passwords as argon2id hashes. Hashing is slow on purpose: it runs in threads, few at once."""

import os
from collections.abc import Callable
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from foundation.errors import UserError
from foundation.language import N_
from foundation.threads import CrowdedError, Threads

T = TypeVar("T")

# RFC 9106, section 4, second recommendation: 64 MiB and 3 passes for each hash.
_hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

# Each hash takes a core and 64 MiB, so not more at once than there are cores.
AT_ONCE = min(4, os.cpu_count() or 1)
# With about 0.1 s each, whoever is last in the queue waits some seconds, and no longer.
MOST_WAITING = 64

_threads = Threads("password", AT_ONCE, MOST_WAITING)

# The hash of a random password that was thrown away. An unknown e-mail is checked against it, so
# that it takes as long as a known one.
NOBODY = (
    "$argon2id$v=19$m=65536,t=3,p=4$dOuWRi2Q8cg/N6wyi0WFdQ"
    "$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
)


async def hash_password(password: str) -> str:
    """Return the argon2id hash of a password. Takes about 0.1 s; raises UserError when swamped."""
    return await _in_thread(lambda: _hasher.hash(password))


async def matches(password_hash: str | None, password: str) -> bool:
    """Say whether a password has this hash. None (no such account) takes as long and says no."""
    fits = await _in_thread(lambda: _verify(password_hash or NOBODY, password))
    return fits and password_hash is not None


def outdated(password_hash: str) -> bool:
    """Say whether a hash was made with weaker figures than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


async def _in_thread(work: Callable[[], T]) -> T:
    try:
        return await _threads.run(work)
    except CrowdedError:
        raise UserError(
            "crowded", N_("ただいま混み合っています。少し待ってからお試しください。"), status=503
        ) from None
