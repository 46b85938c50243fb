"""What in a public text looks like a way to meet or to pay outside of the site. Pure.

The same rules as those of a writer's own browser before a private message
(`web/client/parts/contacts.ts`); what everybody may read, the server may look at as well.
"""

import re
import unicodedata
from typing import Literal

Contact = Literal["mail", "phone", "line", "payment", "address"]

_KANJI = "〇一二三四五六七八九"
_DASHES = re.compile("(?<=[0-9〇一二三四五六七八九])(\\s?)[‐‑‒–—―−－ー~〜]")
_RUN = re.compile(r"[〇零一二三四五六七八九](?:[\s-]?[〇零一二三四五六七八九]){8,12}")
_MAIL = re.compile(
    r"[a-z0-9_.+-]+\s*(?:@|[(\[{]\s*at\s*[)\]}]|アットマーク|あっとまーく)\s*[a-z0-9-]+"
    r"(?:\s*(?:\.|[(\[{]\s*dot\s*[)\]}]|ドット|どっと)\s*[a-z0-9-]+)+"
)
_FIGURES = re.compile(r"(?<![\d.,¥￥])(?:\+|\()?\d(?:[\s().・-]{0,3}\d){8,14}(?!\d)")
_PHONE = re.compile(r"0[1-9]\d{8}|0[5-9]0\d{8}|81[1-9]\d{8,9}")
# Whom one calls without paying, or whom many call for help, is nobody's own number.
_FOR_ALL = ("0120", "0800", "0570")
_SERVICES = (
    "(?<![a-zァ-ヿ])(?:line|ライン)|kakao(?:talk)?|カカオ(?:トーク)?|we ?chat|微信|telegram"
    "|テレグラム|discord|ディスコード|instagram|インスタ(?:グラム)?|skype|スカイプ|whatsapp"
)
_LINE = re.compile(
    f"(?:{_SERVICES})(?:の|は)?[\\s:：]*"
    "(?:id|アイディー?|あいでぃー?|アカウント|垢|qr|交換|教え|追加|@)"
    r"|(?:^|[^a-z0-9.-])(?:line\.me|lin\.ee|t\.me|wa\.me|discord\.(?:gg|com)|instagram\.com"
    r"|open\.kakao\.com)/"
)
_PAYMENT = re.compile(
    r"(?:^|[^a-z0-9-])(?:[a-z0-9-]+\.)*(?:paypay\.ne\.jp|paypal\.(?:me|com)|kyash\.me"
    r"|pay\.line\.me|venmo\.com|cash\.app|buy\.stripe\.com|checkout\.stripe\.com"
    r"|square\.(?:link|site)|merpay\.com|wise\.com)(?:$|[^a-z0-9-])"
    r"|(?:paypay|ペイペイ|paypal|ペイパル)(?:の|は)?[\s:：]*"
    r"(?:id|リンク|アカウント|に送|で送|へ送)"
    r"|口座(?:番号)?[\s:：は]*\d{7}|(?:普通|当座)(?:預金)?[\s:：]*\d{7}"
)
_PREFECTURE = r"東京都|北海道|(?:京都|大阪)府|(?:神奈川|和歌山|鹿児島|[^\s、。]{2})県"
_ADDRESS = re.compile(
    rf"〒\s*\d{{3}}-?\d{{4}}|(?:{_PREFECTURE})[^\s、。]{{1,12}}[市区町村郡][^。\n]{{0,24}}?"
    r"\d+(?:丁目|番地?|号|-\d)"
)


def contacts_in(text: str) -> list[Contact]:
    """Return what kinds of contacts a text seems to hold, each once."""
    plain = _normalised(text)
    found: list[Contact] = []
    if _MAIL.search(plain):
        found.append("mail")
    if _has_phone(plain):
        found.append("phone")
    if _LINE.search(plain):
        found.append("line")
    if _PAYMENT.search(plain):
        found.append("payment")
    if _ADDRESS.search(plain):
        found.append("address")
    return found


def _normalised(text: str) -> str:
    """One way of writing: half-width, small, figures as figures, nothing that can't be seen."""
    plain = unicodedata.normalize("NFKC", text).lower()
    seen = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    # A long vowel is a dash only between figures.
    return _DASHES.sub(r"\1-", _RUN.sub(lambda run: _figures(run[0]), seen))


def _figures(run: str) -> str:
    """Figures in kanji, where there are as many in a row as in no word: 〇九〇…"""
    return "".join(str(_KANJI.index(c)) if c in _KANJI else "0" if c == "零" else c for c in run)


def _has_phone(text: str) -> bool:
    """Telephone numbers of Japan have ten or eleven figures, the first of them a nought."""
    for found in _FIGURES.finditer(text):
        figures = re.sub(r"\D", "", found[0])
        if found[0].startswith("+"):
            return True
        if _PHONE.fullmatch(figures) and not figures.startswith(_FOR_ALL):
            return True
    return False
