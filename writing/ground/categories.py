"""What people write about: one list for the board and for chat consultations. Pure.

None is for finding a partner.
"""

from typing import Literal, get_args

from foundation.errors import UserError
from foundation.language import N_

Category = Literal[
    "living", "work", "family", "relations", "health", "learning", "money", "leisure", "other"
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
CATEGORY_NAMES: dict[str, str] = {
    "living": N_("暮らし"),
    "work": N_("仕事・働き方"),
    "family": N_("家族・子育て"),
    "relations": N_("人間関係"),
    "health": N_("こころとからだ"),
    "learning": N_("学び・進路"),
    "money": N_("お金のこと"),
    "leisure": N_("趣味・楽しみ"),
    "other": N_("そのほか"),
}


def category_of(typed: str) -> Category:
    """Return a category. Raises UserError `category_unknown` (400)."""
    for known in CATEGORIES:
        if typed == known:
            return known
    raise UserError("category_unknown", N_("カテゴリーを選んでください。"), status=400)
