"""What a cast is told about their bank account: by inbox and mail, whatever they chose to hear.

Whoever reads it may be the one to learn that somebody else changed it.
"""

from zoneinfo import ZoneInfo

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from payouts.banks.accounts import KnownAccount
from people.accounts.tables import users

# No topic of `notify.choices`: it concerns the safety of the account.
KIND = "bank_account"
PAGE = "/console/payouts/account"

NAMED = N_("振込先の口座を受け付けました")
NAMED_TEXT = N_(
    "新しい口座：%(new)s\nいまの口座：%(old)s\n\n"
    "新しい口座が使われるのは、%(when)sからです。それまでのお振込は、いまの口座に行います。\n\n"
    "お心当たりのない場合は、すぐに下のページで変更を取り消し、パスワードを変えて、"
    "「サインイン中の端末」からほかの端末をサインアウトしてください。"
)
FIRST_TEXT = N_(
    "登録した口座：%(new)s\n\n"
    "お振込に使えるのは、%(when)sからです。\n\n"
    "お心当たりのない場合は、すぐに下のページで登録を取り消し、パスワードを変えて、"
    "「サインイン中の端末」からほかの端末をサインアウトしてください。"
)
CALLED_OFF = N_("振込先の口座の変更を取り消しました")
CALLED_OFF_TEXT = N_(
    "取り消した口座：%(new)s\nお振込に使う口座：%(old)s\n\n"
    "お心当たりのない場合は、すぐにパスワードを変えて、"
    "「サインイン中の端末」からほかの端末をサインアウトしてください。"
)
NONE = N_("登録なし")


async def named(
    tx: Tx, settings: Settings, user_id: int, made: KnownAccount, before: KnownAccount | None
) -> None:
    """Another account was named; `before` is the one until then."""
    await _tell(tx, settings, user_id, NAMED, NAMED_TEXT if before else FIRST_TEXT, made, before)


async def called_off(
    tx: Tx, settings: Settings, user_id: int, waiting: KnownAccount, now: KnownAccount | None
) -> None:
    """What was named last won't count."""
    await _tell(tx, settings, user_id, CALLED_OFF, CALLED_OFF_TEXT, waiting, now)


async def _tell(
    tx: Tx,
    settings: Settings,
    user_id: int,
    title: str,
    text: str,
    new: KnownAccount,
    old: KnownAccount | None,
) -> None:
    found = sa.select(users.c.locale, users.c.time_zone).where(users.c.id == user_id)
    reader = (await tx.execute(found)).one()
    when = times.moment(new.effective_at, ZoneInfo(reader.time_zone), reader.locale)
    said = {
        "new": masked(new),
        "old": masked(old) if old else translate(reader.locale, NONE),
        "when": when,
    }
    await inbox.tell(
        tx,
        user_id,
        kind=KIND,
        title=translate(reader.locale, title),
        text=translate(reader.locale, text, **said),
        link=PAGE,
        site=settings.public_url,
    )


def masked(account: KnownAccount) -> str:
    """Return an account as it may be told: of its number the last three digits."""
    return f"{account.bank} {account.branch} ****{account.tail}"
