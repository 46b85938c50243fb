"""Tokens that nobody can guess, and the hashes under which they are stored."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return a new URL-safe secret of 256 random bits (43 characters)."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: its SHA-256 (32 bytes).

    A plain hash suffices, because a token has 256 random bits and cannot be guessed.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
