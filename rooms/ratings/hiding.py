"""Staff take what was written out of sight, for named reasons alone; being low is none of them.

Its stars go on counting, so that nobody's mean is mended by hiding, but where it is no rating of
this talk at all (`VOID_REASONS`). Both people read why, and so does the log.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import inbox
from people.accounts import locking
from people.accounts.tables import users
from record.acts import log_act, reason_of
from rooms.ground.rating_tables import VOID_REASONS, ratings
from rooms.ratings import means, rated_talks, rules

HIDDEN = N_("評価の言葉を非表示にしました")
HIDDEN_TEXT = N_(
    "スタッフが評価の言葉を非表示にしました。理由は、通話の記録のページでお読みください。"
)
SHOWN = N_("評価の言葉をふたたび表示しました")
SHOWN_TEXT = N_("スタッフが、非表示にしていた評価の言葉をふたたび表示しました。")


@dataclass(frozen=True)
class _Hideable:
    caller_id: int
    cast_id: int
    hidden_for: str | None
    text: str
    answer: str | None


async def hide(
    tx: Tx, settings: Settings, talk_id: int, actor_id: int, named: str, words: str
) -> None:
    """Hide what a rating says, for one of `HIDING_REASONS` and with words that both people read.

    Raises UserError `hiding_reason_unknown` or `reason_needed` (400), `rating_unknown` (404),
    `rating_own` (403), `rating_hidden` or `rating_wordless`.
    """
    for_what, said = rules.hiding_reason_of(named), reason_of(words)
    found = await _locked(tx, talk_id, actor_id)
    if found.hidden_for is not None:
        raise UserError("rating_hidden", N_("この評価は、すでに非表示です。"))
    _must_say_something(found, for_what)
    hidden = {"hidden_for": for_what, "hidden_words": said, "hidden_by": actor_id}
    await _set(tx, talk_id, hidden_at=sa.func.clock_timestamp(), **hidden)
    await log_act(tx, actor_id, "rating.hide", f"rating:{talk_id}", reason=said, named=for_what)
    await means.count_again(tx, settings, found.cast_id)
    await _tell(tx, settings, talk_id, found, "hide")


def _must_say_something(found: _Hideable, for_what: str) -> None:
    """Refuse to hide what says nothing: stars alone are no threat and no other matter.

    Nor does what the cast answered make the caller's stars void.
    """
    if not found.text and (for_what in VOID_REASONS or not found.answer):
        raise UserError(
            "rating_wordless", N_("この評価には、その理由で非表示にする言葉がありません。")
        )


async def show_again(tx: Tx, settings: Settings, talk_id: int, actor_id: int, words: str) -> None:
    """Show again what was hidden.

    Raises UserError `reason_needed` (400), `rating_unknown` (404), `rating_own` (403) or
    `rating_not_hidden`.
    """
    said = reason_of(words)
    found = await _locked(tx, talk_id, actor_id)
    if found.hidden_for is None:
        raise UserError("rating_not_hidden", N_("この評価は、表示されています。"))
    await _set(tx, talk_id, hidden_for=None, hidden_words=None, hidden_by=None, hidden_at=None)
    await log_act(tx, actor_id, "rating.show", f"rating:{talk_id}", reason=said)
    await means.count_again(tx, settings, found.cast_id)
    await _tell(tx, settings, talk_id, found, "show")


async def _locked(tx: Tx, talk_id: int, actor_id: int) -> _Hideable:
    found = await _find(tx, talk_id)
    if actor_id in (found.caller_id, found.cast_id):
        raise UserError("rating_own", N_("ご自分が関わった評価は、扱えません。"), status=403)
    await locking.lock_people(tx, found.caller_id, found.cast_id)
    return await _find(tx, talk_id)


async def _find(tx: Tx, talk_id: int) -> _Hideable:
    c = ratings.c
    one = sa.select(c.caller_id, c.cast_id, c.hidden_for, c.text, c.answer)
    found = await tx.execute(one.where(c.talk_id == talk_id))
    rating = typed_one(_Hideable, found.mappings())
    if rating is None:
        raise rated_talks.rating_unknown()
    return rating


async def _set(tx: Tx, talk_id: int, **values: object) -> None:
    await tx.execute(sa.update(ratings).where(ratings.c.talk_id == talk_id).values(**values))


async def _tell(tx: Tx, settings: Settings, talk_id: int, of: _Hideable, act: str) -> None:
    title, text = (HIDDEN, HIDDEN_TEXT) if act == "hide" else (SHOWN, SHOWN_TEXT)
    for user_id in (of.caller_id, of.cast_id):
        locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id)) or "ja"
        await inbox.tell(
            tx,
            user_id,
            kind="rating",
            title=translate(locale, title),
            text=translate(locale, text),
            link=f"/talks/{talk_id}",
            site=settings.public_url,
        )
