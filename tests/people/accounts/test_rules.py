"""What a nickname, an e-mail address and a password may be."""

import unicodedata
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UserError
from foundation.text.clusters import clusters
from foundation.text.visible import hides
from people.accounts import breached_passwords, rules

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
     "a(b)@x.jp", '"a"@x.jp', "a,b@x.jp", "a:b@x.jp", "a;b@x.jp", "<a@x.jp>", "a[b]@x.jp",
     "a\\b@x.jp", "a@x.jp(c)", "a@192.0.2.1", "a@[192.0.2.1]", "." + "a" * 63 + "@b.jp",
     # Letters that look like others, or that are them in small: the mail would be somebody else's.
     "\u212ai@x.jp", "ﬁ@x.jp", "a@x\u2024jp", "①@x.jp", "İ@x.jp",
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
    assert 1 <= len(clusters(name)) <= 20
    assert name == name.strip() == rules.nickname(name)
    assert not {unicodedata.category(c) for c in name} & {"Cc", "Cs", "Co", "Zl", "Zp"}
    assert not hides(name)


@given(
    st.text(alphabet="あいうえお", max_size=8),
    st.sampled_from("\0\n\t\u200b\u202e\u2066\u3164\x85"),
)
def test_a_nickname_with_an_unseen_character_inside_is_refused(half: str, unseen: str) -> None:
    with pytest.raises(UserError, match="nickname_unseen"):
        rules.nickname(f"あ{half}{unseen}{half}い")


@pytest.mark.parametrize(
    "typed",
    ["\ufe0f", "\u034f", "\u17b4", "\U000e0100", "\u0301", "\u3164", "\u2800", "\u115f", "\uffa0",
     "\u180e", "\u200d", "ゆ\u200dき", "ゆ\u200cき", "\u061cゆき", "1\ufe0f", "ゆ\U000e0100",
     "a\u20dd", "ゆ" + "\u0301" * 5, "\U0001f1ef", "\U0001f1fd\U0001f1fd", "👨\u200d",
     "🏴\U000e0067\U000e007f", "\ue000", "\u0378", "ゆき \u0301"],
)  # fmt: skip
def test_a_name_that_nobody_can_see_or_tell_from_another_is_refused(typed: str) -> None:
    with pytest.raises(UserError, match="nickname_unseen"):
        rules.nickname(typed)


@pytest.mark.parametrize("typed", ["", " ", "　", "\u00a0", "\u2003 \u3000"])
def test_spaces_alone_are_no_name(typed: str) -> None:
    with pytest.raises(UserError, match="nickname_missing"):
        rules.nickname(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "👨‍👩‍👧‍👦", "🇯🇵", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏳️‍🌈", "1️⃣", "❤️", "🧑🏽‍🚀",
        "👩🏻‍🤝‍👩🏾", "©️", "🫨", "♡ゆい♡", "☆彡", "ー", "葛\U000e0100城",
        "می\u200cخواهم", "ශ්\u200dරී", "José", "ﾊﾟﾝﾀﾞ", "山田　花子", "שלום", "हिन्दी",
        "ไทย", "한국", "𠮷野", "မြန်မာ", "Zoë", "A.B-C’d",
    ],
)  # fmt: skip
def test_a_name_in_any_script_and_of_emoji_is_one(typed: str) -> None:
    assert rules.nickname(typed) == unicodedata.normalize("NFC", typed)


@pytest.mark.parametrize("one", ["👨‍👩‍👧", "🇯🇵", "か\u3099", "e\u0301", "1️⃣", "ﾊﾟ", "க்"])
def test_characters_are_counted_as_people_count_them(one: str) -> None:
    assert len(clusters(one * 3)) == 3
    assert rules.nickname(one * 5)
    with pytest.raises(UserError, match="nickname_too_long"):
        rules.nickname(one * 21)


def test_spaces_that_look_alike_are_one_space() -> None:
    assert rules.nickname("ゆき\u2003\u00a0 さん") == "ゆき さん"


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


TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("12345678", 12345678),
        ("１２３４５６７８", 12345678),
        (" 1234 5678 ", 12345678),
        ("1234-5678", 12345678),
        ("１２３４ー５６７８", 12345678),
        ("1234−5678", 12345678),
        ("sakura@example.jp", "sakura@example.jp"),
        ("ＳＡＫＵＲＡ@example.jp", "sakura@example.jp"),
    ],
)
def test_one_signs_in_by_address_or_member_number_however_typed(
    typed: str, found: str | int
) -> None:
    assert rules.sign_in_name(typed) == found


@pytest.mark.parametrize("typed", ["", " ", "1234567", "123456789", "1234567x", "sakura"])
def test_what_is_neither_address_nor_number_is_refused(typed: str) -> None:
    with pytest.raises(UserError) as refused:
        rules.sign_in_name(typed)
    assert refused.value.status == 422


@pytest.mark.parametrize(
    ("year", "month", "day", "why"),
    [
        ("2008", "3", "1", None),
        ("2008", "3", "2", "too_young"),
        # Who was born on 29 February is 18 on 1 March.
        ("2008", "2", "29", None),
        ("１９９０", "０４", "１", None),
        ("1900", "1", "1", None),
        ("1899", "12", "31", "birthday_malformed"),
        ("2026", "3", "2", "birthday_malformed"),
        ("2007", "2", "29", "birthday_malformed"),
        ("1990", "13", "1", "birthday_malformed"),
        ("1990", "0", "1", "birthday_malformed"),
        ("1990", "-4", "1", "birthday_malformed"),
        ("90000", "4", "1", "birthday_malformed"),
        ("平成2", "4", "1", "birthday_malformed"),
        ("", "4", "1", "birthday_missing"),
    ],
)
def test_a_birthday_is_a_day_18_years_ago_or_more(
    year: str, month: str, day: str, why: str | None
) -> None:
    if why is None:
        born = rules.birthday(year, month, day, TODAY)
        assert rules.age(born, TODAY) >= rules.ADULT_YEARS
        return
    with pytest.raises(UserError) as refused:
        rules.birthday(year, month, day, TODAY)
    assert (refused.value.code, refused.value.status) == (why, 422)


def test_who_is_born_on_29_february_is_no_adult_on_the_28th() -> None:
    assert rules.age(date(2008, 2, 29), date(2026, 2, 28)) == 17


@given(st.text(max_size=10), st.text(max_size=10), st.text(max_size=10))
def test_no_birthday_that_is_typed_breaks_the_door(year: str, month: str, day: str) -> None:
    try:
        born = rules.birthday(year, month, day, TODAY)
    except UserError:
        return
    assert rules.age(born, TODAY) >= rules.ADULT_YEARS


@pytest.mark.parametrize(
    "typed", ["1qaz2wsx3edc", "1QAZ2WSX3EDC", "ｐａｓｓｗｏｒｄ１２３", "Basketball"]
)
def test_a_password_of_the_lists_is_refused_in_any_case_and_width(typed: str) -> None:
    with pytest.raises(UserError, match="password_breached"):
        rules.password(typed)


def test_the_list_of_breached_passwords_has_what_the_other_rules_let_through() -> None:
    listed = breached_passwords._listed()
    assert len(listed) > 50_000
    for secret in listed:
        assert len(secret) >= rules.PASSWORD_LEAST
        assert len(set(secret)) >= rules.DIFFERENT_CHARACTERS
        assert rules.normal_password(secret).casefold() == secret
