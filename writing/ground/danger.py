"""Words that point to danger to somebody's life. Pure.

They refuse nothing: who writes them is shown where help is to be had, and staff are told.
"""

from foundation.text import words

# In the form of `foundation.text.words.plain`, without blanks.
_WORDS = (
    "死にたい", "しにたい", "死のう", "死んでしまい", "死んだほうが", "死んだ方が", "死なせて",
    "消えたい", "きえたい", "消えてしまいたい", "消えてなくなりたい", "いなくなりたい", "自殺",
    "じさつ", "自死", "自傷", "りすとかっと", "りすかし", "首を吊", "首吊", "首をつ", "飛び降り",
    "とびおり", "飛び込み自", "生きていたくない", "生きたくない", "生きるのがつら",
    "生きるのが辛", "生きるのに疲れ", "生きることに疲れ", "生きている意味", "生きる意味がな",
    "命を絶", "命をたち", "いのちを絶", "人生を終わらせ", "おーばーどーず", "過量服薬",
    "薬を大量", "殺して欲し", "殺してほし", "殺される", "殺されそう", "殺すと言わ",
    "killmyself", "suicid", "wanttodie", "wannadie", "endmylife", "hurtmyself", "selfharm",
    "betteroffdead", "dontwanttolive", "donotwanttolive", "takemyownlife", "overdose",
    "goingtokillme",
)  # fmt: skip


def is_danger(*texts: str) -> bool:
    """Say whether any of these texts speaks of dying, or of being killed."""
    plain = (words.plain(text.replace("'", "").replace("’", "")) for text in texts)
    return any(word in said for said in (one.replace(" ", "") for one in plain) for word in _WORDS)
