"""Names that people can't tell apart, and names in which somebody would pose as the site."""

import re
import unicodedata
from functools import lru_cache


def _table(**drawn: str) -> dict[int, str]:
    """Return a table for `str.translate`: each character of a text becomes what it is named by."""
    return {ord(one): name for name, alike in drawn.items() for one in alike}


# In capitals other letters look alike than in small ones. From Unicode's table of confusables
# (UTS #39) those that keyboards and name generators bring into Latin names.
_CAPITALS = _table(
    A="ΑАᎪ", B="ΒВᏴ", C="СᏟ", D="Ꭰ", E="ΕЕᎬ", H="ΗНᎻ", I="ΙІ", J="ЈᎫ", K="ΚКᏦ", L="Ꮮ", M="ΜМᎷ",
    N="Ν", O="ΟО", P="ΡРᏢ", S="ЅᏚ", T="ΤТᎢ", V="Ꮩ", X="ΧХ", Y="ΥУ", Z="ΖᏃ",
)  # fmt: skip
_SMALL = _table(
    a="αаɑᴀ", b="вьʙ", c="сᴄ", d="ԁᴅ", e="εеᴇ", f="ꜰ", g="ɡɢ", h="нһհʜ", i="ιіıɪ", j="јᴊ",
    k="κкᴋ", l="ӏʟ", m="мᴍ", n="ոɴ", o="οоօᴏ", p="ρрᴘ", q="ԛզ", r="гʀ", s="ѕꜱ", t="τтᴛ",
    u="υսᴜ", v="νᴠ", w="ωԝᴡ", x="χх", y="уγʏ", z="ᴢ",
)  # fmt: skip
_FIGURES = _table(l="I1|!", o="0")
# Kana and ideographs that are drawn alike, and the many dashes that stand for a long vowel.
_KANA = _table(
    二="ニ", 力="カ", 口="ロ囗", 工="エ", 夕="タ", 卜="ト", 八="ハ", へ="ヘ", べ="ベ", ぺ="ペ",
    り="リ", 千="チ", 三="ミ", 又="ヌ", ー="―—–‐‑‒−-─━一〜~", o="〇○◯",
)  # fmt: skip
_LARGE_KANA = _table(
    ア="ァ", イ="ィ", ウ="ゥ", エ="ェ", オ="ォ", ツ="ッ", ヤ="ャ", ユ="ュ", ヨ="ョ", ワ="ヮ",
    カ="ヵ", ケ="ヶ",
)  # fmt: skip
_IDEOGRAPHS = _table(営="營营", 運="运", 務="务", 事="亊")
_BOXED = {start + n: chr(ord("a") + n) for start in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)}
_LEET = _table(o="0", i="1|!l", e="3€", a="4@", s="5$", t="7")

# What only the site may call itself, wherever in a name it stands; read as people read it.
_SITE_WORDS = (
    "運営", "事務局", "公式", "管理者", "管理人", "スタッフ", "サポート", "オフィシャル",
    "アドミン", "モデレーター", "ヘルプデスク", "カスタマーセンター", "カスタマーサービス",
    "相談窓口", "お客様窓口", "システム通知", "退会した会員", "ウンエイ", "ジムキョク", "コウシキ",
    "カンリシャ",
)  # fmt: skip
_SITE_NAME = "ひととき"
_LATIN_WORDS = (
    "admin", "admins", "administrator", "administrators", "administration", "support", "staff",
    "staffs", "official", "moderator", "moderators", "operator", "operators", "hitotoki", "system",
    "sysadmin", "root", "webmaster", "helpdesk", "customerservice", "customersupport", "unei",
    "uneisha", "jimukyoku", "koshiki", "koushiki",
)  # fmt: skip
_FILLERS = (
    "the", "team", "desk", "center", "centre", "account", "san", "sama", "chan", "kun", "of", "no",
    "site", "japan", "jp", "com", "bot", "user", "member", "group", "office", "by", "and", "from",
)  # fmt: skip


@lru_cache(maxsize=20_000)
def likenesses(name: str) -> frozenset[str]:
    """Return the forms in which a name is compared: two with one in common look the same."""
    plain = unicodedata.normalize("NFKC", name)
    return frozenset({_drawn(plain), _drawn(plain.translate(_FIGURES))})


def poses_as_site(name: str) -> bool:
    """Say whether somebody of this name could be taken for the site or its staff."""
    read = _read(name)
    close = _close(read)
    if any(word in close for word in _FOLDED_WORDS) or close.startswith(_FOLDED_NAME):
        return True
    forms = (read, close, read.translate(_LEET), _close(read.translate(_LEET)))
    parts = {part.translate(_LEET) for form in forms for part in re.findall("[a-z]+", form)}
    return any(_CALLED.fullmatch(part) for part in parts)


def _drawn(plain: str) -> str:
    """Return how a name looks: letters of other scripts as those that they are taken for."""
    text = plain.translate(_CAPITALS).casefold().translate(_SMALL)
    text = _bare(text).translate(_KANA).replace("rn", "m").replace("vv", "w")
    return _close(text) or text


def _read(name: str) -> str:
    """Return what a name says, as one who reads over it takes it."""
    plain = unicodedata.normalize("NFKC", name.translate(_BOXED))
    # A mark of voiced kana by itself belongs to the kana before it.
    plain = unicodedata.normalize("NFC", re.sub(" (?=[\u3099\u309a])", "", plain))
    text = plain.translate(_CAPITALS).casefold().translate(_SMALL)
    text = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in _bare(text))
    text = text.translate(_LARGE_KANA).translate(_IDEOGRAPHS).translate(_KANA)
    return re.sub("ー+", "ー", text)


def _bare(text: str) -> str:
    """Return a text without accents and without what can't be seen; kana keep their marks."""
    apart = unicodedata.normalize("NFD", text)
    kept = (c for c in apart if c in "\u3099\u309a" or unicodedata.category(c) not in ("Mn", "Cf"))
    return unicodedata.normalize("NFC", "".join(kept))


def _close(text: str) -> str:
    """Return the letters and figures alone, whatever stands between them."""
    return "".join(c for c in text if c.isalnum() or c == "ー")


_FOLDED_WORDS = tuple(_close(_read(word)) for word in _SITE_WORDS)
_FOLDED_NAME = _close(_read(_SITE_NAME))
_ONE, _BESIDE = ("|".join(words).translate({ord("l"): "i"}) for words in (_LATIN_WORDS, _FILLERS))
_CALLED = re.compile(f"(?:{_BESIDE})*(?:{_ONE})(?:{_BESIDE}|{_ONE})*")
