"""What somebody writes beside the kind of a claim or of a report."""

from typing import Literal

from foundation.errors import UserError
from foundation.language import N_
from foundation.text.written import plain

MOST_TEXT = 500


def words(of: Literal["claim", "report"], kind: str, text: str) -> str:
    """Return what is said beside a kind, as it is kept: of the kind `other` there must be some.

    Raises UserError `claim_text_needed` or `report_text_needed`, and likewise `…_text_too_long`
    (400).
    """
    kept = plain(text)
    if kind == "other" and not kept:
        raise UserError(f"{of}_text_needed", N_("何があったかをお書きください。"), status=400)
    if len(kept) > MOST_TEXT:
        raise UserError(
            f"{of}_text_too_long",
            N_("%(most)s文字までで入力してください。"),
            status=400,
            most=MOST_TEXT,
        )
    return kept
