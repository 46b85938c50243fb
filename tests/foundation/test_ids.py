"""Tokens are long, unlike each other, and stored as hashes only."""

from foundation.ids import new_token, token_hash


def test_tokens_are_long_and_differ() -> None:
    tokens = {new_token() for _ in range(1000)}
    assert len(tokens) == 1000
    assert all(len(token) == 43 for token in tokens)


def test_a_hash_is_32_bytes_and_always_the_same() -> None:
    assert token_hash("a") == token_hash("a") != token_hash("b")
    assert len(token_hash("a")) == 32


def test_any_text_that_a_browser_may_send_has_a_hash() -> None:
    assert len(token_hash("\udcff\x00" * 1000)) == 32
