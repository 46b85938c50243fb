"""Before a claim is decided against its cast, they are asked; what it takes, they are told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import times
from foundation.database import Tx, clock
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed, typed_one
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts
from record.acts import reason_of
from rooms.ground.day_tables import claim_answers

ASKED = N_("申し立てについて、ご回答のお願い")
ASKED_TEXT = N_(
    "%(name)sさんから、ルーム「%(room)s」について申し立てがありました。"
    "\n内容：%(kind)s\nスタッフが確認する前に、あなたのお話をうかがいます。"
    "%(until)s までに、下のページからご回答ください（1回、任意）。"
)
ASKED_OF_LETTER_TEXT = N_(
    "%(name)sさんから、メール相談のお返事について申し立てがありました。"
    "\n内容：%(kind)s\nスタッフが確認する前に、あなたのお話をうかがいます。"
    "%(until)s までに、下のページからご回答ください（1回、任意）。"
)
KINDS = {
    "cast_absent": N_("キャストが来なかった"),
    "no_media": N_("音や映像が届かなかった"),
    "no_answer": N_("相談への答えになっていなかった"),
    "other": N_("その他"),
}
TAKEN = N_("報酬が変わりました（−%(share)s pt）")
TAKEN_TEXT = N_(
    "%(name)sさんからの申し立てを確認し、%(points)s ptをお返ししました。"
    "そのうち、あなたの報酬は−%(share)s ptです。\n理由：%(reason)s"
)
WITHOUT_TEXT = N_(
    "%(name)sさんからの申し立てを確認し、%(points)s ptをお返ししました。"
    "あなたの報酬から差し引かれる分はありません。\n理由：%(reason)s"
)
DONE = N_("申し立てを確認しました")
KEPT_TEXT = N_("%(name)sさんからの申し立てを確認し、お断りしました。あなたの報酬は変わりません。")


@dataclass(frozen=True)
class CastWords:
    """What the cast of a claim says to it, and until when; `awaited` while they still may."""

    claim_id: int
    asked_at: datetime
    until: datetime
    text: str | None
    said_at: datetime | None
    awaited: bool


@dataclass(frozen=True)
class AboutClaim:
    """What a claim is about, as its cast is told of it; a letter has no room."""

    id: int
    kind: str
    cast_id: int
    caller_name: str
    room_title: str | None


_ABOUT = sa.text("""
SELECT c.id, c.kind, coalesce(t.cast_id, b.cast_id, m.cast_id) AS cast_id,
  u.nickname AS caller_name, r.title AS room_title
FROM claims c LEFT JOIN talks t ON t.id = c.talk_id LEFT JOIN reservations b
  ON b.id = c.reservation_id LEFT JOIN letters m ON m.id = c.letter_id
LEFT JOIN rooms r ON r.id = coalesce(t.room_id, b.room_id) JOIN users u ON u.id = c.user_id
WHERE c.id = :claim
""")


async def ask(tx: Tx, settings: Settings, claim_id: int) -> None:
    """Ask the cast of a claim that was just filed for their words, by inbox, mail and push."""
    about = await _about(tx, claim_id)
    until = await clock(tx) + timedelta(hours=settings.claim_answer_hours)
    asked = insert(claim_answers).values(claim_id=claim_id, cast_id=about.cast_id, until=until)
    await tx.execute(asked.on_conflict_do_nothing())
    user = await accounts.find_user(tx, about.cast_id)
    assert user is not None
    when = times.moment(until, ZoneInfo(user.time_zone), user.locale)
    kind = translate(user.locale, KINDS[about.kind])
    words = {"name": about.caller_name, "kind": kind, "until": when}
    text = ASKED_TEXT
    if about.room_title is None:
        text = ASKED_OF_LETTER_TEXT
    else:
        words["room"] = about.room_title
    await _tell(tx, settings, about, ASKED, text, f"claim:{claim_id}:asked", words)


async def tell_taken(
    tx: Tx, settings: Settings, claim_id: int, points: int, share: int, why: str
) -> None:
    """Tell the cast what a decision took from their earnings (`share`), and why."""
    about = await _about(tx, claim_id)
    words = {
        "name": about.caller_name, "points": f"{points:,}", "share": f"{share:,}", "reason": why,
    }  # fmt: skip
    title, text = (TAKEN, TAKEN_TEXT) if share else (DONE, WITHOUT_TEXT)
    await _tell(tx, settings, about, title, text, f"claim:{claim_id}:taken", words)


async def tell_kept(tx: Tx, settings: Settings, claim_id: int) -> None:
    """Tell the cast that a claim was declined, and takes nothing from them."""
    about = await _about(tx, claim_id)
    words = {"name": about.caller_name}
    await _tell(tx, settings, about, DONE, KEPT_TEXT, f"claim:{claim_id}:kept", words)


async def of_claims(tx: Tx, claim_ids: list[int]) -> dict[int, CastWords]:
    """Return what casts say to these claims; claims of which none was asked are left out."""
    found = await tx.execute(_WORDS.where(claim_answers.c.claim_id.in_(claim_ids)))
    return {row["claim_id"]: typed(CastWords, row) for row in found.mappings()}


async def must_be_heard(tx: Tx, claim_id: int, at_once: str) -> str:
    """Refuse a decision that takes from a cast who may still say something to it.

    With a reason to decide `at_once` it isn't refused; returns that reason, as it is logged, where
    there was a need for it. Raises UserError `cast_not_heard`.
    """
    found = await tx.execute(_WORDS.where(claim_answers.c.claim_id == claim_id))
    said = typed_one(CastWords, found.mappings())
    if said is None or not said.awaited:
        return ""
    if not at_once.strip():
        raise UserError(
            "cast_not_heard",
            N_("キャストの回答を待っています。待たずに決めるときは、その理由も入力してください。"),
        )
    return reason_of(at_once)


_OPEN = sa.and_(
    claim_answers.c.said_at.is_(None), claim_answers.c.until > sa.func.clock_timestamp()
)
_WORDS = sa.select(
    claim_answers.c.claim_id,
    claim_answers.c.asked_at,
    claim_answers.c.until,
    claim_answers.c.text,
    claim_answers.c.said_at,
    _OPEN.label("awaited"),
)


async def _about(tx: Tx, claim_id: int) -> AboutClaim:
    return typed(AboutClaim, (await tx.execute(_ABOUT, {"claim": claim_id})).mappings().one())


async def _tell(
    tx: Tx,
    settings: Settings,
    about: AboutClaim,
    title: str,
    text: str,
    key: str,
    words: dict[str, str],
) -> None:
    user = await accounts.find_user(tx, about.cast_id)
    assert user is not None
    await inbox.tell(
        tx,
        about.cast_id,
        kind="claim",
        key=key,
        title=translate(user.locale, title, **words),
        text=translate(user.locale, text, **words),
        link=f"/console/claims/{about.id}",
        site=settings.public_url,
    )
