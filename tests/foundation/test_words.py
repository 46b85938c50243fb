"""Words are compared in one form, whichever way they were written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.text import words
from foundation.text.readings import read, reading_of


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("カフェ", "かふぇ"),
        ("ｶﾌｪ", "かふぇ"),
        ("ＴＯＥＩＣ９００点", "toeic900点"),
        ("  お茶　と\nお菓子 ", "お茶 と お菓子"),
        ("英会話・発音（初級）", "英会話 発音 初級"),
        ("コーヒー", "こーひー"),
        ("ヴァイオリン", "ゔぁいおりん"),
        ("か\u3099くせい", "がくせい"),
        ("！？", ""),
    ],
)
def test_ways_of_writing_are_one_form(written: str, plain: str) -> None:
    assert words.plain(written) == plain


@given(st.text(max_size=80))
def test_the_form_is_its_own_form(text: str) -> None:
    once = words.plain(text)
    assert words.plain(once) == once
    assert "\n" not in once


def test_what_was_typed_is_bounded() -> None:
    assert words.terms("一 二 三 四 五 六 七") == ["一", "二", "三", "四", "五"]
    assert words.terms("ネコ ねこ　ﾈｺ") == ["ねこ"]
    assert len(words.terms("あ" * 10_000)[0]) == words.MOST_TERM


@given(st.text("あいうエ漢字ab 𠮟\n", max_size=40), st.integers(0, 39), st.integers(1, 9))
def test_a_text_has_the_grams_of_every_part_of_it(text: str, start: int, length: int) -> None:
    line = words.plain(text)
    part = line[start : start + length]
    if part:
        assert set(words.needed(part)) <= set(words.grams(line))
    assert all(-(1 << 31) <= gram < 1 << 31 for gram in words.grams(line))


@given(st.text("あいうえおかきくけこ", min_size=4, max_size=12), st.data())
def test_one_letter_may_be_wrong(term: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(term) - 1))
    letter = data.draw(st.sampled_from("さしす"))
    inside = max(at, 1)
    wrong = {
        term[:at] + letter + term[at + 1 :],
        term[:inside] + letter + term[inside:],
        term[:at] + term[at + 1 :],
        term[:at] + term[at : at + 2][::-1] + term[at + 2 :],
    }
    for typed in wrong:
        if len(typed) >= words.LEAST_MISTYPED:
            assert any(_finds(one, term) for one in words.mistyped(typed)), typed


def _finds(one: words.Pattern, text: str) -> bool:
    has = set(words.grams(text))
    return any(_fits(like.strip("%"), text) for like in one.likes) and any(
        set(grams) <= has for grams in one.either
    )


def _fits(like: str, text: str) -> bool:
    starts = range(len(text) - len(like) + 1)
    return any(
        all(wanted in ("_", found) for wanted, found in zip(like, text[at:], strict=False))
        for at in starts
    )


def test_short_words_and_wildcards_are_meant_as_they_stand() -> None:
    assert words.mistyped("ねこか") == []
    assert words.patterns("ねこ")[0].parts == [" ねこ "]
    assert words.patterns("りょう")[0].parts == [" りょう"]
    assert words.patterns("えいご教室")[0].parts == ["えいご教室"]
    assert words.terms("100%_\\") == ["100"]


def test_kanji_are_read() -> None:
    assert reading_of("英会話") == "えいかいわ"
    assert reading_of("ねこ") is None
    found = read("猫カフェの話。\n子育ての悩み")
    assert found.whole == "ねこかふぇのはなし\nこそだてのなやみ"
    assert {"ねこ", "かふぇ", "こそだて", "なやみ"} <= set(found.words.split())
