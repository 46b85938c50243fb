"""What the owner of a telephone number is told, by inbox and by mail, which can't be off."""

from typing import Literal

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users

Change = Literal["number", "number_off", "pin", "pin_off", "pin_locked", "pin_used_up", "shared"]

PAGE = "/settings/telephone"
SAID: dict[Change, tuple[str, str]] = {
    "number": (
        N_("電話番号を登録しました"),
        N_("お心当たりのない場合は、すぐにパスワードを変え、電話番号の登録を取り消してください。"),
    ),
    "number_off": (
        N_("電話番号の登録を取り消しました"),
        N_("お心当たりのない場合は、すぐにパスワードを変えてください。"),
    ),
    "pin": (
        N_("電話の暗証番号を設定しました"),
        N_("お心当たりのない場合は、すぐにパスワードを変え、暗証番号を設定しなおしてください。"),
    ),
    "pin_off": (
        N_("電話の暗証番号を取り消しました"),
        N_("お心当たりのない場合は、すぐにパスワードを変えてください。"),
    ),
    "pin_locked": (
        N_("電話の暗証番号が、続けてまちがえられました"),
        N_(
            "お客様の電話番号から、まちがった暗証番号が続けて押されたため、しばらくのあいだ使えなくしました。"
            "暗証番号を設定しなおすと、すぐにお使いいただけます。"
            "お心当たりのない場合は、暗証番号を変えてください。"
        ),
    ),
    "pin_used_up": (
        N_("電話の暗証番号が使えなくなりました"),
        N_(
            "お客様の電話番号から、まちがった暗証番号が何度も押されたため、いまの暗証番号を使えなくしました。"
            "お電話をご利用の際は、新しい暗証番号を設定してください。"
        ),
    ),
    "shared": (
        N_("お使いの電話番号が、ほかの会員にも登録されました"),
        N_(
            "番号だけではどなたのお電話か分からなくなったため、お電話での音声メニューはご利用いただけません。"
            "番号を手放されたときや、お心当たりのないときは、電話番号を登録しなおしてください。"
        ),
    ),
}


async def tell(tx: Tx, settings: Settings, user_id: int, change: Change) -> None:
    """Tell the owner of a number what has changed."""
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id)) or "ja"
    title, text = SAID[change]
    await inbox.tell(
        tx,
        user_id,
        kind="security",
        title=translate(locale, title),
        text=translate(locale, text),
        link=PAGE,
        site=settings.public_url,
    )
