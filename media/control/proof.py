"""How web and media processes know each other: each proves that it has the site's media secret.

A web process opens a connection with its time and a nonce under the secret; a media process answers
with the nonce under it, which nobody else could. A proof is good for a short time, and once.
"""

import hashlib
import hmac
import secrets
import time
from collections import OrderedDict

HEADER = "X-Hitotoki-Proof"
# So far may clocks differ.
GOOD_SECONDS = 30
MOST_SEEN = 10_000


def prove(secret: str) -> tuple[str, str]:
    """Return a proof of the secret, as of now, and the answer that proves it in return."""
    said = f"{int(time.time())}.{secrets.token_hex(16)}"
    return f"{said}.{_sign(secret, 'web', said)}", _sign(secret, "media", said)


class Proofs:
    """Checks proofs; none is good twice."""

    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._seen: OrderedDict[str, None] = OrderedDict()

    def check(self, proof: str) -> str | None:
        """Return the answer to a proof that is good; None to any other."""
        said, _, signature = proof.rpartition(".")
        at, _, nonce = said.partition(".")
        # Whoever hasn't the secret can't fill what is remembered.
        if not _same(_sign(self._secret, "web", said), signature):
            return None
        if not at.isdecimal() or abs(time.time() - int(at)) > GOOD_SECONDS or nonce in self._seen:
            return None
        self._seen[nonce] = None
        if len(self._seen) > MOST_SEEN:
            self._seen.popitem(last=False)
        return _sign(self._secret, "media", said)


def is_answer(expected: str, answer: str) -> bool:
    """Say whether a media process has answered as only one with the secret can."""
    return _same(expected, answer)


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode(errors="replace"))


def _sign(secret: str, who: str, said: str) -> str:
    return hmac.new(
        secret.encode(), f"{who}:{said}".encode(errors="replace"), hashlib.sha256
    ).hexdigest()
