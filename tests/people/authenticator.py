"""An authenticator in software: makes passkeys and answers with them, as a telephone does."""

import base64
import hashlib
import json
import os
import struct
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import encode_cbor

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def encoded(data: bytes) -> str:
    """Write bytes as browsers do."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Authenticator:
    """One passkey in a device at one site; what it says can be bent by a test."""

    def __init__(self, origin: str = "http://talk.example", rp_id: str = "talk.example") -> None:
        self.origin, self.rp_id = origin, rp_id
        self.id = os.urandom(32)
        self.count = 0
        self.asks = True
        self._key = ec.generate_private_key(ec.SECP256R1())

    def made(self, options: str) -> str:
        """Answer to a site that asks for a new passkey."""
        data = self._data("webauthn.create", options)
        point = self._key.public_key().public_numbers()
        public = {
            1: 2, 3: -7, -1: 1,
            -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big"),
        }  # fmt: skip
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + encode_cbor(public)
        record = self._record(ATTESTED) + attested
        attestation = encode_cbor({"fmt": "none", "attStmt": {}, "authData": record})
        return self._answer({"clientDataJSON": data, "attestationObject": attestation})

    def found(self, options: str) -> str:
        """Answer to a site that asks who is there."""
        self.count += 1
        data, record = self._data("webauthn.get", options), self._record(0)
        signed = record + hashlib.sha256(data).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {"clientDataJSON": data, "authenticatorData": record, "signature": signature}
        )

    def _data(self, kind: str, options: str) -> bytes:
        said = {"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin}
        return json.dumps(said | {"crossOrigin": False}).encode()

    def _record(self, more: int) -> bytes:
        flags = PRESENT | more | (VERIFIED if self.asks else 0)
        return hashlib.sha256(self.rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _answer(self, response: dict[str, bytes]) -> str:
        said: dict[str, Any] = {name: encoded(value) for name, value in response.items()}
        name = encoded(self.id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": said})
