"""Quick replies: what staff say most often, in the language of who reads it, with what they are
about filled in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import N_, translate
from people.accounts import accounts
from rooms.care.claims import Claim
from rooms.ground.booking_tables import reservations
from rooms.ground.tables import talks


@dataclass(frozen=True)
class QuickReply:
    """One of them: what it is for, and its words; `%(name)s` and the like are filled in."""

    name: str
    act: Literal["return", "decline", "close"]
    text: str


# The first three have the keys 1 to 3.
ON_CLAIM: tuple[QuickReply, ...] = (
    QuickReply("absent", "return", N_("記録で、キャストの不在を確認しました。")),
    QuickReply("no_media", "return", N_("記録で、音や映像が届いていない時間を確認しました。")),
    QuickReply("fine", "decline", N_("記録では、通話は正常につながっていました。")),
    QuickReply(
        "cut",
        "return",
        N_("%(when)s の%(name)sさんとのやりとりで、途切れていた時間を記録で確認しました。"),
    ),
    QuickReply(
        "talked",
        "decline",
        N_("%(when)s の%(name)sさんとのやりとりは、つながっていたことを記録で確認しました。"),
    ),
    QuickReply(
        "kindness",
        "return",
        N_("%(name)sさんとの件でご不便をおかけしたため、今回にかぎりお返しします。"),
    ),
)
ON_REPORT: tuple[QuickReply, ...] = (
    QuickReply("warned", "close", N_("内容を確認し、相手の会員に注意しました。")),
    QuickReply("stopped", "close", N_("内容を確認し、相手の会員の利用を停止しました。")),
    QuickReply(
        "watched",
        "close",
        N_("内容を確認しました。規約に反するとまでは言えませんでしたが、引き続き見守ります。"),
    ),
    QuickReply("block", "close", N_("内容を確認しました。会いたくない方は、ブロックできます。")),
)


@dataclass(frozen=True)
class ReadyReply:
    """A quick reply as its reader will see it, and as who sends it reads it."""

    name: str
    act: str
    text: str
    own: str


async def for_claim(tx: Tx, claim: Claim, locale: str) -> list[ReadyReply]:
    """Return the quick replies to a claim, in its caller's language and in the sender's."""
    reader = await accounts.find_user(tx, claim.user_id)
    assert reader is not None
    at = claim.created_at
    if claim.talk_id is not None:
        at = await tx.scalar(sa.select(talks.c.entered_at).where(talks.c.id == claim.talk_id)) or at
    elif claim.reservation_id is not None:
        starts = sa.select(reservations.c.starts_at).where(
            reservations.c.id == claim.reservation_id
        )
        at = await tx.scalar(starts) or at
    zone = ZoneInfo(reader.time_zone)

    def words(language: str) -> dict[str, str]:
        return {"name": claim.cast_name, "when": times.moment(at, zone, language)}

    return _filled(ON_CLAIM, reader.locale, locale, words(reader.locale), words(locale))


async def for_report(tx: Tx, reporter_id: int, locale: str) -> list[ReadyReply]:
    """Return the quick replies to a report, in its reporter's language and in the sender's."""
    reader = await accounts.find_user(tx, reporter_id)
    assert reader is not None
    return _filled(ON_REPORT, reader.locale, locale, {}, {})


def chosen(replies: Sequence[ReadyReply], name: str, own_words: str) -> str:
    """Return what is said: one's own words, or else the quick reply of a name, or nothing."""
    if own_words.strip():
        return own_words
    return next((reply.text for reply in replies if reply.name == name), "")


def _filled(
    replies: Sequence[QuickReply],
    reader: str,
    sender: str,
    words: dict[str, str],
    own: dict[str, str],
) -> list[ReadyReply]:
    return [
        ReadyReply(
            one.name,
            one.act,
            translate(reader, one.text, **words),
            translate(sender, one.text, **own),
        )
        for one in replies
    ]
