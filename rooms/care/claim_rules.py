"""What a claim must keep: its words, and its term, as the evidence is not there for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_
from foundation.settings import Settings
from rooms.care import complaint_words

ClaimKind = Literal["cast_absent", "no_media", "no_answer", "other"]

# Of a talk or a reservation, and of a letter.
KINDS: tuple[ClaimKind, ...] = ("cast_absent", "no_media", "other")
LETTER_KINDS: tuple[ClaimKind, ...] = ("no_answer", "other")


@dataclass(frozen=True)
class Term:
    """Until when a claim may be made, and whether that has passed."""

    until: datetime
    is_over: bool


async def term(tx: Tx, settings: Settings, over_at: datetime) -> Term:
    """Return the term for a claim about what was over at a moment."""
    until = over_at + timedelta(days=settings.claim_days)
    return Term(until, await clock(tx) > until)


async def must_be_in_time(tx: Tx, settings: Settings, over_at: datetime) -> None:
    """Raise UserError `claim_too_late` once the term for what was over at a moment has passed."""
    if (await term(tx, settings, over_at)).is_over:
        text = N_("申し立ては、終わってから%(days)s日以内にお願いします。期限を過ぎています。")
        raise UserError("claim_too_late", text, days=settings.claim_days)


def words(kind: str, text: str, kinds: tuple[ClaimKind, ...] = KINDS) -> str:
    """Return what is said beside a kind of claim, as it is kept.

    Raises UserError `claim_kind_unknown`, `claim_text_needed`, `claim_text_too_long` (400).
    """
    if kind not in kinds:
        raise UserError("claim_kind_unknown", N_("申し立ての種類を選んでください。"), status=400)
    return complaint_words.words("claim", kind, text)


def decided() -> UserError:
    """Another member of staff has decided on the claim."""
    return UserError("claim_decided", N_("この申し立ては、ほかのスタッフが処理しました。"))
