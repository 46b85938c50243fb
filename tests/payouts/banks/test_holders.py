"""Names of holders: whatever is typed becomes what banks write, or is refused in words."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import UserError
from payouts.banks.holders import MOST_HOLDER, half_width, holder_kana, is_bank_text

# The set of the transfer file, written down apart from the code: JIS X 0201 without small kana,
# ｦ and ｰ, the capitals, digits, and the signs that every bank takes in a name.
WRITTEN = re.compile(r"[ｱ-ﾝﾞﾟA-Z0-9 ().\-/]{1,30}")


@pytest.mark.parametrize(
    ("typed", "kana"),
    [
        ("ヤマダ ハナコ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("やまだ　はなこ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("  ヤマダ　　ハナコ ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("ﾔﾏﾀﾞ ﾊﾅｺ", "ﾔﾏﾀﾞ ﾊﾅｺ"),
        ("キョウコ", "ｷﾖｳｺ"),
        ("ｷｮｳｺ", "ｷﾖｳｺ"),
        ("ヴァレリー", "ｳﾞｱﾚﾘ-"),
        ("パク ポポ", "ﾊﾟｸ ﾎﾟﾎﾟ"),
        ("カ゛ンハ゜", "ｶﾞﾝﾊﾟ"),
        ("ヲノ ミツヲ", "ｵﾉ ﾐﾂｵ"),
        ("ヰ ヱ", "ｲ ｴ"),
        ("サトー ー‐−－ｰ—", "ｻﾄ- ------"),
        ("三ヶ日".replace("三", "ミ").replace("日", "ビ"), "ﾐｹﾋﾞ"),
        ("John Smith", "JOHN SMITH"),
        ("ジョン・スミス", "ｼﾞﾖﾝ.ｽﾐｽ"),
        ("ｊｒ．　スミス", "JR. ｽﾐｽ"),
        ("カ）サクラ", "ｶ)ｻｸﾗ"),
        ("サクラ（カ", "ｻｸﾗ(ｶ"),
        ("ド）エー／ビー１２", "ﾄﾞ)ｴ-/ﾋﾞ-12"),
        ("ア" * 30, "ｱ" * 30),
        ("ガ" * 15, "ｶﾞ" * 15),
    ],
)
def test_what_is_typed_becomes_what_banks_write(typed: str, kana: str) -> None:
    assert holder_kana(typed) == kana


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("山田 花子", "漢字は使えません"),
        ("㍿サクラ", "漢字は使えません"),
        ("佐々木", "漢字は使えません"),
        ("", "カタカナで入力"),
        ("　", "カタカナで入力"),
        ("12-3", "カタカナで入力"),
        ("ヤマダ＆サン", "使えない文字"),
        ("ヤマダ😀", "使えない文字"),
        ("゛ヤマダ", "使えない文字"),
        ("ア゛", "使えない文字"),
        ("ハ゜゜", "使えない文字"),
        ("ヽヤマダ", "使えない文字"),
        ("ヤマダ<b>", "使えない文字"),
        ("ヤマダ\u202eハナコ", "目に見えない文字"),
        ("ヤマダ\x00", "目に見えない文字"),
        ("ヤマダ\u200bハナコ", "目に見えない文字"),
        ("Müller", "使えない文字"),
    ],
)
def test_what_banks_do_not_write_is_refused_in_words(typed: str, words: str) -> None:
    with pytest.raises(UserError) as refused:
        holder_kana(typed)
    assert refused.value.code == "holder_malformed"
    assert words in str(refused.value)


@pytest.mark.parametrize(("typed", "count"), [("ア" * 31, 31), ("ガ" * 16, 32), ("a" * 9999, 200)])
def test_a_long_name_is_refused_with_what_to_do(typed: str, count: int) -> None:
    with pytest.raises(UserError) as refused:
        holder_kana(typed)
    assert refused.value.code == "holder_too_long"
    assert refused.value.params["count"] == count
    assert refused.value.params["most"] == MOST_HOLDER
    # What it says to type is taken.
    assert holder_kana(str(refused.value.params["cut"]))


@given(
    st.text(max_size=40)
    | st.text(alphabet="アガパァッャヵヶヲーｱｶﾞﾟあがぱぁっゃ゛゜aZ09 　()（）.・,-/゙゚", max_size=40)
)
def test_whatever_comes_out_is_of_the_set_and_stays_as_it_is(typed: str) -> None:
    try:
        kana = holder_kana(typed)
    except UserError:
        return
    assert WRITTEN.fullmatch(kana)
    assert kana == kana.strip()
    assert holder_kana(kana) == kana
    assert is_bank_text(kana)
    kana.encode("cp932")


@given(st.text(max_size=60))
def test_turning_twice_turns_no_more(text: str) -> None:
    assert half_width(half_width(text)) == half_width(text)
