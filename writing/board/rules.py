"""What holds on the board, in figures and words. Pure."""

from typing import Literal, get_args

from foundation.errors import UserError
from foundation.language import N_

Category = Literal[
    "living", "work", "family", "relations", "health", "learning", "money", "leisure", "other"
]
CATEGORIES: tuple[Category, ...] = get_args(Category)
# None is for finding a partner.
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

ReportKind = Literal["harassment", "obscene", "outside", "partner", "fraud", "minor", "other"]
REPORT_KINDS: tuple[ReportKind, ...] = get_args(ReportKind)
# What the site itself tells staff of: words that point to danger.
DANGER = "danger"
REPORT_STATES = ("open", "closed")
# Why staff hide something; its writer reads it.
HidingReason = Literal["harassment", "private", "partner", "outside", "illegal", "danger", "other"]
HIDING_REASONS: tuple[HidingReason, ...] = get_args(HidingReason)

# As people count them.
MOST_TITLE, MOST_TEXT, MOST_PEN_NAME = 60, 2000, 20
MOST_ADDITIONS = 5
MOST_LINKS = 3
MOST_REPORT = 500
MOST_REPORTS_A_DAY = 20

PAGE = 20


def category_of(typed: str) -> Category:
    """Return a category. Raises UserError `category_unknown` (400)."""
    for known in CATEGORIES:
        if typed == known:
            return known
    raise UserError("category_unknown", N_("カテゴリーを選んでください。"), status=400)


def hiding_reason_of(typed: str) -> HidingReason:
    """Return a reason to hide. Raises UserError `hiding_reason` (400)."""
    for known in HIDING_REASONS:
        if typed == known:
            return known
    raise UserError("hiding_reason", N_("非表示にする理由を選んでください。"), status=400)


def report_kind_of(typed: str) -> ReportKind:
    """Return what a report is about. Raises UserError `report_kind` (400)."""
    for known in REPORT_KINDS:
        if typed == known:
            return known
    raise UserError("report_kind", N_("通報の理由を選んでください。"), status=400)
