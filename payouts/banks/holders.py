"""Names as banks write them: half-width kana of JIS X 0201, capitals, and a few signs. Pure.

Transfers know neither small kana nor ヲ, and a mark of sound is a character of its own.
"""

import re
import unicodedata

from foundation.errors import UserError
from foundation.language import N_

MOST_HOLDER = 30
# What anybody may type of it, before it is turned.
MOST_TYPED = 200

_FULL = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"
_HALF = "ｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝ"
_AS_LARGE = dict(
    zip("ァィゥェォッャュョヮヵヶヲヰヱ", "アイウエオツヤユヨワカケオイエ", strict=True)
)
_LONG = "ー‐‑‒–—―−─━"
# What NFD leaves of ガ and パ, and signs that stand for others.
_SIGNS = {"\u3099": "ﾞ", "\u309a": "ﾟ", "・": ".", ",": ".", "、": ".", "。": "."}
_TURNED = str.maketrans(
    dict(zip(_FULL, _HALF, strict=True))
    | {small: _HALF[_FULL.index(large)] for small, large in _AS_LARGE.items()}
    | dict.fromkeys(_LONG, "-")
    | _SIGNS
)
_HIRAGANA = str.maketrans({chr(code): chr(code + 0x60) for code in range(0x3041, 0x3097)})
# Marks of sound that stand apart: NFKC would put a space before them.
_APART = str.maketrans({"゛": "ﾞ", "゜": "ﾟ"})

# A mark of sound only after what can have it.
_ALLOWED = re.compile(rf"(?:[ｳｶ-ﾄﾊ-ﾎ]ﾞ|[ﾊ-ﾎ]ﾟ|[{_HALF}A-Z0-9()./ -])*")
_LETTER = re.compile(rf"[{_HALF}A-Z]")
_IDEOGRAPH = re.compile(r"[々〇一-鿿㐀-䶿豈-﫿]")


def half_width(text: str) -> str:
    """Return a text with its kana, letters, digits and signs as banks write them; others stay."""
    plain = unicodedata.normalize("NFKC", text.translate(_APART)).translate(_HIRAGANA).upper()
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", plain))
    return " ".join(apart.translate(_TURNED).split())


def holder_kana(text: str) -> str:
    """Return the name of an account's holder as its bank has it: 1 to 30 half-width characters.

    Full-width kana, hiragana, small kana and small letters are taken and turned. Raises UserError
    `holder_malformed` or `holder_too_long` (422).
    """
    name = half_width(text[:MOST_TYPED])
    if _IDEOGRAPH.search(name):
        raise _malformed(
            N_("漢字は使えません。通帳やカードにあるとおり、カタカナで入力してください。")
        )
    if odd := _odd(name):
        if not odd.isprintable():
            raise _malformed(
                N_("口座名義に、目に見えない文字が入っています。入力しなおしてください。")
            )
        raise _malformed(
            N_("口座名義に使えない文字があります：%(odd)s"), odd=" ".join(dict.fromkeys(odd))[:40]
        )
    if not _LETTER.search(name):
        raise _malformed(N_("口座名義をカタカナで入力してください。"))
    if len(name) > MOST_HOLDER or len(text) > MOST_TYPED:
        raise UserError(
            "holder_too_long",
            N_(
                "口座名義は、半角で%(most)s文字までです（いまは%(count)s文字。濁点も1文字と数えます）。"
                "銀行では%(most)s文字で切れるので、先頭の「%(cut)s」までを入力してください。"
            ),
            status=422,
            most=MOST_HOLDER,
            count=len(name),
            cut=unicodedata.normalize("NFKC", name[:MOST_HOLDER].rstrip()),
        )
    return name


def is_bank_text(text: str) -> bool:
    """Say whether a text has only what banks write, whatever its length."""
    return _ALLOWED.fullmatch(text) is not None


def _odd(name: str) -> str:
    """Return the characters that stop a name from being one; none where it is."""
    fits = _ALLOWED.match(name)
    if fits is None or fits.end() == len(name):
        return ""
    return "".join(c for c in name[fits.end() :] if not _ALLOWED.fullmatch(c))


def _malformed(text: str, **said: object) -> UserError:
    return UserError("holder_malformed", text, status=422, **said)
