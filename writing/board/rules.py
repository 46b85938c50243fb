"""What holds on the board, in figures and words. Pure."""

from typing import Literal, get_args

from foundation.errors import UserError
from foundation.language import N_

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
