"""Who poses as the site is found however the word is written; who doesn't, keeps their name."""

import pytest

from foundation.errors import UserError
from people.accounts import rules
from people.accounts.likeness import likenesses, poses_as_site

POSING = [
    "運営", "運 営", "運・営", "運営チーム", "ひととき運営", "うんえい", "運營", "运营",
    "事務局", "亊務局", "公式", "公式アカウント", "管理人", "退会した会員", "ひととき",
    "ひととき公式", "サポート", "ｻﾎﾟｰﾄ", "サポ一ト", "サポ―ト", "サホ゜ート", "サポートさん",
    "さぽーと", "サ ポ ー ト", "スタッフ", "スタツフ", "スタッフA", "ス.タ.ッ.フ",
    "カスタマ一センタ一", "admin", "ADMIN", "Аdmin", "аdmіn", "ádmin", "ᴀᴅᴍɪɴ", "🅰🅳🅼🅸🅽",
    "ⓐⓓⓜⓘⓝ", "adm1n", "Admin01", "admin_jp", "𝐬𝐭𝐚𝐟𝐟", "s t a f f", "s.t.a.f.f", "staff太郎",
    "ゆき@staff", "ＳＴΑＦＦ", "The Staff", "support", "Support Team", "5upport", "suppοrt",
    "Hitotoki Support", "official", "Official Yuki", "ｏｆｆｉｃｉａｌ",
]  # fmt: skip
NAMES = [
    "さくら", "みどり", "badminton", "Stafford", "supporter", "サポーター", "応援団",
    "癒しのひととき", "運命", "営業さん", "パスポート", "Adminah", "Rooty", "systematic",
    "staffy", "👨‍👩‍👧", "🇯🇵",
]  # fmt: skip


@pytest.mark.parametrize("name", POSING)
def test_nobody_poses_as_the_site(name: str) -> None:
    with pytest.raises(UserError) as refused:
        rules.nickname(name)
    assert (refused.value.code, refused.value.status) == ("nickname_reserved", 422)


@pytest.mark.parametrize("unseen", ["\u200b", "\u200d", "\ufe0f", "\u2060", "\u00ad"])
def test_no_invisible_character_makes_it_another_word(unseen: str) -> None:
    assert poses_as_site(f"運{unseen}営")
    with pytest.raises(UserError):
        rules.nickname(f"運{unseen}営")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_ones_own_is_free(name: str) -> None:
    assert rules.nickname(name) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("みどり", "み どり"), ("みどり", "み・どり"), ("Midori", "Мidori"),
        ("MIDORI", "midori"), ("ニーナ", "二一ナ"), ("カオリ", "力オリ"),
        ("AI", "Al"), ("Ilya", "llya"), ("José", "Jose"),
        ("ＹＵＫＩ", "yuki"), ("葛", "葛\U000e0100"), ("Yuki🌸", "yuki"),
        ("Ok", "0k"), ("Marnie", "Mamie"),
    ],
)  # fmt: skip
def test_names_that_look_the_same_are_alike(one: str, other: str) -> None:
    assert likenesses(one) & likenesses(other)


@pytest.mark.parametrize(
    ("one", "other"), [("ゆき", "ユキ"), ("か", "が"), ("♡", "☆"), ("Yuki", "Yumi"), ("花", "華")]
)
def test_names_that_differ_are_told_apart(one: str, other: str) -> None:
    assert not likenesses(one) & likenesses(other)
