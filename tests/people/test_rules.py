"""What a nickname, an e-mail address and a password may be."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UserError
from people import rules

WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


def accepted(rule: Callable[[str], str], typed: str) -> str | None:
    """What a rule makes of a text, or None where it refuses it; anything else is a bug."""
    try:
        return rule(typed)
    except UserError:
        return None


addresses = st.from_regex(r"[a-z0-9._+-]{1,20}@[a-z0-9]{1,10}(\.[a-z]{2,5}){1,2}", fullmatch=True)


@given(addresses)
def test_an_address_is_the_same_in_full_width_and_capitals(address: str) -> None:
    assert rules.email(address) == address
    assert rules.email(f"　{address.translate(WIDE)} ") == address
    assert rules.email(address.upper()) == address


@given(st.text(max_size=300))
def test_an_accepted_address_is_plain_and_stays_as_it_is(typed: str) -> None:
    address = accepted(rules.email, typed)
    if address is None:
        return
    assert address.isascii()
    assert address == address.lower() == rules.email(address)
    assert 3 <= len(address) <= 254


@pytest.mark.parametrize("address", ["a..b@docomo.ne.jp", "abc.@ezweb.ne.jp", ".x@docomo.ne.jp"])
def test_addresses_that_japanese_phone_companies_gave_out_are_good(address: str) -> None:
    assert rules.email(address) == address


@pytest.mark.parametrize(
    "typed",
    ["", " ", "a", "a@", "@b.jp", "a@b", "a@@b.jp", "a b@c.jp", "a@b_.jp", "a@-b.jp", "a@b.jp\0",
     "a\r\nBcc: x@y.jp", "あ@例え.jp", "a@b.jp, c@d.jp",
     "a" * 65 + "@b.jp", "a@" + "b." * 130 + "jp"],
)  # fmt: skip
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(UserError):
        rules.email(typed)


@given(st.text(max_size=40))
def test_an_accepted_nickname_can_be_seen_and_stays_as_it_is(typed: str) -> None:
    name = accepted(rules.nickname, typed)
    if name is None:
        return
    assert 1 <= len(name) <= 20
    assert name == name.strip() == rules.nickname(name)
    assert not {unicodedata.category(c) for c in name} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(
    st.text(alphabet="あいうえお", max_size=8),
    st.sampled_from("\0\n\t\u200b\u202e\u2066\u3164\x85"),
)
def test_a_nickname_with_an_unseen_character_inside_is_refused(half: str, unseen: str) -> None:
    with pytest.raises(UserError, match="nickname_unseen"):
        rules.nickname(f"あ{half}{unseen}{half}い")


def test_twenty_characters_fit_a_nickname_and_one_more_does_not() -> None:
    assert rules.nickname(" " + "花" * 20 + "　") == "花" * 20
    with pytest.raises(UserError, match="nickname_too_long"):
        rules.nickname("花" * 21)


@given(st.text(min_size=1, max_size=250))
def test_an_accepted_password_is_long_and_varied_enough(typed: str) -> None:
    secret = accepted(rules.password, typed)
    if secret is None:
        return
    assert 10 <= len(secret) <= 200
    assert len(set(secret)) >= 4
    assert rules.normal_password(secret) == secret


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abcdefghi", "password_too_short"),
        ("abcdefg" * 30, "password_too_long"),
        ("aaaaaaaaaabbb", "password_too_simple"),
        ("Sakura@Example.jp", "password_too_simple"),
        ("さくらさくらさくら山本", "password_too_simple"),
        ("abcdefghij\n", "password_unseen"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(typed: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        rules.password(typed, email="sakura@example.jp", nickname="さくらさくらさくら山本")
    assert refused.value.code == code
