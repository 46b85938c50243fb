"""What the two people of a talk application are told: by inbox, push and mail.

What either wrote stands on the pages alone: it goes with whoever wrote it.
"""

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.row_types import DbRow
from foundation.settings import Settings
from notify import inbox

# Of each notice: to whom it goes, its kind, title, text and where it leads. What would be over
# before anyone reads it is not mailed.
WORDS: dict[str, tuple[str, str, str, str, str]] = {
    "applied": (
        "cast",
        "applied",
        N_("%(name)sさんからトークの申し込みが届きました"),
        N_("ルーム「%(room)s」で話したいそうです。%(until)s まで待っています。"),
        "/console/applications#application-%(id)s",
    ),
    "rung": (
        "caller",
        "rung",
        N_("%(name)sさんがお待ちです"),
        N_("いま入室できます。%(seconds)s秒以内に入室してください。"),
        "/rooms/%(room_id)s/enter",
    ),
    "put_back": (
        "caller",
        "application",
        N_("%(name)sさんの準備が中断しました"),
        N_("申し込みは続いています。準備ができると、もう一度お呼びします。"),
        "/applications/%(id)s",
    ),
    "lapsed": (
        "caller",
        "application",
        N_("お呼び出しの時間が過ぎました"),
        N_("%(name)sさんのルームへの入室がなかったため、申し込みは終わりました。もう一度申し込めます。"),
        "/applications/%(id)s",
    ),
    "lapsed_cast": (
        "cast",
        "application",
        N_("%(name)sさんの入室がありませんでした"),
        N_("%(seconds)s秒お呼びしましたが、入室がありませんでした。申し込みは終わりました。"),
        "/console/applications#application-%(id)s",
    ),
    "put_back_call": (
        "caller",
        "application",
        N_("お電話がつながりませんでした"),
        N_("申し込みは続いています。%(name)sさんが受けると、もう一度お電話します。"),
        "/applications/%(id)s",
    ),
    "lapsed_call": (
        "caller",
        "application",
        N_("お電話に、お出になりませんでした"),
        N_("%(name)sさんとのお電話がつながらなかったため、申し込みは終わりました。もう一度申し込めます。"),
        "/applications/%(id)s",
    ),
    "lapsed_call_cast": (
        "cast",
        "application",
        N_("%(name)sさんの電話がつながりませんでした"),
        N_("お客様の電話がつながらなかったため、申し込みは終わりました。料金はかかっていません。"),
        "/console/applications#application-%(id)s",
    ),
    "declined": (
        "caller",
        "application",
        N_("%(name)sさんからお返事が届きました"),
        N_("今回のトークの申し込みは、お受けできないとのことです。"),
        "/applications/%(id)s",
    ),
    "expired": (
        "caller",
        "application",
        N_("トークの申し込みの時間が過ぎました"),
        N_("%(name)sさんのお返事がないまま、お待ちいただける時間が過ぎました。"),
        "/applications/%(id)s",
    ),
    "expired_cast": (
        "cast",
        "application",
        N_("%(name)sさんの申し込みの時間が過ぎました"),
        N_("30日以内なら、話せるときに再依頼できます。"),
        "/console/applications#application-%(id)s",
    ),
    "withdrawn_cast": (
        "cast",
        "application",
        N_("トークの申し込みが取り消されました"),
        N_("%(name)sさんが申し込みを取り消しました。"),
        "/console/applications#application-%(id)s",
    ),
    "asked_again": (
        "caller",
        "asked_again",
        N_("%(name)sさんが、いまなら話せるそうです"),
        N_("ルーム「%(room)s」への申し込みの再依頼です。ボタン1つで、もう一度申し込めます。"),
        "/applications/%(id)s",
    ),
    "void": (
        "caller",
        "application",
        N_("トークの申し込みは終わりました"),
        N_("お申し込みのルームでは、いまお話しできなくなりました。"),
        "/applications/%(id)s",
    ),
}  # fmt: skip
UNMAILED = frozenset({
    "put_back", "put_back_call", "withdrawn_cast", "expired_cast", "lapsed_cast",
    "lapsed_call_cast",
})  # fmt: skip

_FACTS = sa.text("""
SELECT a.id, a.room_id, r.title AS room, a.wait_until, a.rung_at,
  a.caller_id, c.nickname AS caller, c.locale AS caller_locale, c.time_zone AS caller_zone,
  a.cast_id, k.nickname AS cast, k.locale AS cast_locale, k.time_zone AS cast_zone
FROM talk_applications a JOIN rooms r ON r.id = a.room_id
JOIN users c ON c.id = a.caller_id JOIN users k ON k.id = a.cast_id
WHERE a.id = :id
""")


async def tell(tx: Tx, settings: Settings, application_id: int, notice: str) -> None:
    """Tell the one of an application whom a notice is for, once; of each ring anew."""
    facts = (await tx.execute(_FACTS, {"id": application_id})).one()
    audience, kind, title, text, link = WORDS[notice]
    to_cast = audience == "cast"
    locale = str(facts.cast_locale if to_cast else facts.caller_locale)
    words = _words(facts, settings, locale, to_cast=to_cast)
    await inbox.tell(
        tx,
        facts.cast_id if to_cast else facts.caller_id,
        kind=kind,
        key=_key(facts, notice),
        title=translate(locale, title, **words),
        text=translate(locale, text, **words),
        link=link % {"id": facts.id, "room_id": facts.room_id},
        site=settings.public_url,
        mail=notice not in UNMAILED,
    )


def ring_key(application_id: int, rung_second: int) -> str:
    """Name a ring: by it the notice, the push and what rings on a page are known as one."""
    return f"rung:{application_id}:{rung_second}"


def _key(facts: DbRow, notice: str) -> str:
    if notice in ("rung", "put_back", "put_back_call") and facts.rung_at is not None:
        key = ring_key(facts.id, int(facts.rung_at.timestamp()))
        return key if notice == "rung" else f"{key}:back"
    return f"application:{facts.id}:{notice}"


def _words(facts: DbRow, settings: Settings, locale: str, *, to_cast: bool) -> dict[str, object]:
    zone = ZoneInfo(facts.cast_zone if to_cast else facts.caller_zone)
    return {
        "name": facts.caller if to_cast else facts.cast,
        "room": facts.room,
        "until": times.moment(facts.wait_until, zone, locale),
        "seconds": settings.application_ring_seconds,
    }
