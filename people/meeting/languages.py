"""The languages that casts may say they speak, as people call them."""

from collections.abc import Collection, Mapping

from foundation.errors import UserError
from foundation.language import N_
from people.meeting.tables import LANGUAGES

# In the order in which they are shown.
NAMES: Mapping[str, str] = {
    "ja": N_("日本語"),
    "en": N_("英語"),
    "zh": N_("中国語"),
    "ko": N_("韓国語"),
    "es": N_("スペイン語"),
    "pt": N_("ポルトガル語"),
    "fr": N_("フランス語"),
    "de": N_("ドイツ語"),
    "it": N_("イタリア語"),
    "ru": N_("ロシア語"),
    "vi": N_("ベトナム語"),
    "th": N_("タイ語"),
    "id": N_("インドネシア語"),
    "tl": N_("フィリピン語"),
    "ne": N_("ネパール語"),
    "hi": N_("ヒンディー語"),
    "jsl": N_("日本手話"),
}
assert tuple(NAMES) == LANGUAGES


def spoken(codes: Collection[str]) -> list[str]:
    """Return languages in their order, each once. Raises UserError (422) for one unknown."""
    if not set(codes) <= set(NAMES):
        raise UserError("language_unknown", N_("話せる言語を選びなおしてください。"), status=422)
    return [code for code in NAMES if code in codes]
