"""What those are told who would become casts: applicants by mail, members by the inbox as well."""

from typing import Any

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox, outbox
from notify.mail import letter
from people.accounts.tables import users

RECEIVED = N_("キャストへのご応募を受け付けました")
RECEIVED_TEXT = N_(
    "ご応募ありがとうございます。担当者が内容を読み、2〜3日のうちに、"
    "このメールアドレスへお返事します。\n\n"
    "このメールにお心当たりがないときは、どなたかがアドレスをまちがえて入力したようです。"
    "そのままお捨てください。"
)
APPROVED = N_("キャストになりました")
APPROVED_TEXT = N_(
    "ご応募を確認し、あなたをキャストとしてお迎えします。"
    "プロフィールとトークルームを作ると、待機をはじめられます。\n\n担当者より：\n%(words)s"
)
INVITED = N_("キャストとしてお迎えします")
INVITED_TEXT = N_(
    "ご応募を確認し、あなたをキャストとしてお迎えします。"
    "このメールアドレスで会員登録をすませると、すぐにキャストの機能が使えます。"
    "\n\n担当者より：\n%(words)s"
)
DECLINED = N_("キャストへのご応募について")
DECLINED_TEXT = N_(
    "ご応募ありがとうございました。内容を確認しましたが、今回はご希望にそえませんでした。"
    "\n\n担当者より：\n%(words)s"
)
READY_TEXT = N_(
    "会員登録がすみ、ご応募の結果どおり、キャストの機能が使えるようになりました。"
    "プロフィールとトークルームを作ると、待機をはじめられます。"
)


async def tell_member(
    tx: Tx, settings: Settings | None, user_id: int, title: str, text: str, words: str
) -> None:
    """Tell a member, in their language of today, by inbox and mail."""
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
    assert locale is not None
    await inbox.tell(
        tx,
        user_id,
        kind="application",
        title=translate(locale, title),
        text=translate(locale, text, **_said(words)),
        link="/console/rooms",
        site=settings.public_url if settings else None,
    )


async def mail_applicant(
    tx: Tx,
    settings: Settings,
    email: str,
    name: str,
    locale: str,
    title: str,
    text: str,
    words: str = "",
    link: str | None = None,
) -> None:
    """Mail an applicant, who may have no account; `words` are those of the staff."""
    said = letter(
        locale,
        name,
        translate(locale, title),
        translate(locale, text, **_said(words)),
        link,
        settings.public_url,
        in_inbox=False,
    )
    await outbox.post(tx, email, said)


def _said(words: str) -> dict[str, Any]:
    return {"words": words} if words else {}
