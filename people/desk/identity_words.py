"""What casts are told about the check of their identity, by inbox and mail, in their language."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import format_date

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users

PAGE = "/console/identity"
CHECKED = N_("本人確認が済みました")
CHECKED_TEXT = N_(
    "書類を確認しました。映像のルームを公開して、待機をはじめられます。"
    "お送りいただいた書類は消去しました。"
)
DECLINED = N_("本人確認の書類について")
DECLINED_TEXT = N_(
    "お送りいただいた書類では、確認できませんでした。書類は消去しました。"
    "お手数ですが、もう一度お送りください。\n\n担当者より：\n%(words)s"
)
EXPIRED = N_("本人確認の書類を消去しました")
EXPIRED_TEXT = N_(
    "%(days)s日のあいだに確認できなかったため、お送りいただいた書類を消去しました。"
    "お手数ですが、もう一度お送りください。"
)
WANTED = N_("本人確認のお願い")
WANTED_TEXT = N_(
    "映像のルームには、年齢と本人の確認が必要になりました。%(day)sまでは、これまでどおり待機できます。"
    "それまでに書類をお送りください。声だけのルームには、必要ありません。"
)
CLOSED = N_("映像のルームを非公開にしました")
CLOSED_TEXT = N_(
    "本人確認の期限が過ぎたため、映像のルームを非公開にしました。確認が済むと、また公開できます。"
)


async def tell(
    tx: Tx,
    settings: Settings,
    user_id: int,
    title: str,
    text: str,
    key: str | None = None,
    **said: Any,
) -> None:
    """Tell somebody by inbox and mail; a moment among what is `said` becomes a day of theirs."""
    row = (
        await tx.execute(sa.select(users.c.locale, users.c.time_zone).where(users.c.id == user_id))
    ).one()
    told = {name: _day(value, row.time_zone, row.locale) for name, value in said.items()}
    await inbox.tell(
        tx,
        user_id,
        kind="identity",
        title=translate(row.locale, title),
        text=translate(row.locale, text, **told),
        link=PAGE,
        key=key,
        site=settings.public_url,
    )


def _day(value: object, zone: str, locale: str) -> object:
    if not isinstance(value, datetime):
        return value
    return format_date(value.astimezone(ZoneInfo(zone)), "long", locale=locale)
