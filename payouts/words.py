"""What a cast is told about their money: in the inbox, and by mail as far as they want it.

Titles and texts are marked with `N_` and translated for their reader; amounts are yen.
"""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from foundation import times
from foundation.database import Tx
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from notify.tables import notices
from payouts.rules import Category
from people.accounts.tables import users

KIND = "payout"
BOOK = "/console/payouts"


async def told(
    tx: Tx,
    settings: Settings,
    user_id: int,
    title: str,
    text: str,
    link: str | None,
    *,
    key: str | None = None,
    **said: object,
) -> bool:
    """Tell a cast something about their money; with a `key` once, and False is returned after."""
    locale = await _locale(tx, user_id)
    words = {name: _written(one, locale) for name, one in said.items()}
    return await inbox.tell(
        tx,
        user_id,
        kind=KIND,
        key=key,
        title=translate(locale, title, **words) if words else translate(locale, title),
        text=translate(locale, text, **words) if words else translate(locale, text),
        link=link,
        site=settings.public_url,
    )


def _written(one: object, locale: str) -> object:
    if isinstance(one, date):
        return times.day(one, locale)
    if isinstance(one, str) and one:
        # A reason of ours is in the catalogue, one that somebody typed is not.
        return translate(locale, one)
    return f"{one:,}" if isinstance(one, int) else one


async def _locale(tx: Tx, user_id: int) -> str:
    found = await tx.scalar(sa.select(users.c.locale).where(users.c.id == user_id))
    return str(found)


def page_of(payout_id: int) -> str:
    """Return the address of a payout's page."""
    return f"{BOOK}/{payout_id}"


async def requested(tx: Tx, settings: Settings, user_id: int, payout_id: int, gross: int) -> None:
    """Their request has arrived."""
    await told(
        tx, settings, user_id,
        N_("振込の申請を受け付けました"),
        N_("報酬 %(gross)s円の振込の申請を受け付けました。手続きがはじまるまでは、取り消せます。"),
        page_of(payout_id),
        key=f"payout:{payout_id}:requested", gross=gross,
    )  # fmt: skip


async def called_off(
    tx: Tx, settings: Settings, user_id: int, payout_id: int, gross: int, why: str
) -> None:
    """The site called their request off."""
    await told(
        tx, settings, user_id,
        N_("振込の申請が取り消されました"),
        N_(
            "運営者が、報酬 %(gross)s円の振込の申請を取り消しました。理由：%(why)s"
            "　報酬は、もう一度申請できます。"
        ),
        page_of(payout_id),
        key=f"payout:{payout_id}:called_off", gross=gross, why=why,
    )  # fmt: skip


async def gathered(
    tx: Tx, settings: Settings, user_id: int, payout_id: int, net: int, pay_on: date
) -> None:
    """It is in a run that the bank does on `pay_on`."""
    await told(
        tx, settings, user_id,
        N_("振込の手続きをはじめました"),
        N_("お受け取り %(net)s円の振込を準備しています。振込の予定日は%(day)sです。"),
        page_of(payout_id),
        key=f"payout:{payout_id}:in_run", net=net, day=pay_on,
    )  # fmt: skip


async def paid(tx: Tx, settings: Settings, user_id: int, payout_id: int, net: int) -> None:
    """It was paid; its notice can be read."""
    await told(
        tx, settings, user_id,
        N_("報酬をお振込しました"),
        N_(
            "%(net)s円をお振込しました。支払通知書をご確認ください。"
            "口座への入金は、銀行によって前後します。"
        ),
        page_of(payout_id),
        key=f"payout:{payout_id}:paid", net=net,
    )  # fmt: skip


async def rejected(
    tx: Tx, settings: Settings, user_id: int, payout_id: int, gross: int, why: str
) -> None:
    """The bank sent it back: all of it is theirs again, and their account wants a look."""
    await told(
        tx, settings, user_id,
        N_("振込ができませんでした"),
        N_(
            "銀行から振込が戻りました。理由：%(why)s　報酬 %(gross)s円は、全額が"
            "「振込できる報酬」に戻りました。次のお振込の前に、振込先のページで、"
            "口座が正しいことを確かめるか、別の口座を登録してください。"
        ),
        f"{BOOK}/account",
        key=f"payout:{payout_id}:rejected", gross=gross, why=why,
    )  # fmt: skip


async def stopped(tx: Tx, settings: Settings, user_id: int, reason: str) -> None:
    """Their payouts are stopped until further notice."""
    await told(
        tx, settings, user_id,
        N_("振込を保留しています"),
        N_(
            "運営者が、報酬の振込を保留しました。理由：%(reason)s"
            "　報酬はなくなりません。ご質問は、お問い合わせからお送りください。"
        ),
        BOOK, reason=reason,
    )  # fmt: skip


async def lifted(tx: Tx, settings: Settings, user_id: int, reason: str) -> None:
    """They are no longer stopped."""
    await told(
        tx, settings, user_id,
        N_("振込の保留を解除しました"),
        N_("報酬の振込の保留を解除しました。理由：%(reason)s"),
        BOOK, reason=reason,
    )  # fmt: skip


# As what a cast is paid, in the words of their own pages and of finance's.
CATEGORIES: dict[Category, str] = {
    "none": N_("源泉徴収なし"),
    "individual": N_("個人"),
    "non_resident": N_("非居住者"),
    "company": N_("法人"),
}


async def category_changed(
    tx: Tx, settings: Settings, user_id: int, before: Category, after: Category
) -> None:
    """From the next run on, another tax is withheld from them."""
    await told(
        tx, settings, user_id,
        N_("源泉徴収の区分が変わりました"),
        N_(
            "次にまとめるお振込から、源泉徴収の区分が「%(before)s」から「%(after)s」に変わります。"
            "お心当たりのないときは、お問い合わせからお知らせください。"
        ),
        BOOK, before=CATEGORIES[before], after=CATEGORIES[after],
    )  # fmt: skip


def _of_account(month: date) -> str:
    return f"payout:account:{month:%Y-%m}"


async def unasked(tx: Tx, user_ids: Sequence[int], month: date) -> int:
    """Return how many of these were not told yet that the month wants their account."""
    told = sa.select(notices.c.user_id).where(
        notices.c.user_id.in_(user_ids), notices.c.key == _of_account(month)
    )
    return len(set(user_ids) - set(await tx.scalars(told)))


async def account_missing(
    tx: Tx, settings: Settings, user_id: int, month: date, gross: int, pay_on: date
) -> bool:
    """The month can't be paid to them without an account; told once a month."""
    return await told(
        tx, settings, user_id,
        N_("振込先の口座を登録してください"),
        N_(
            "%(day)sに、報酬 %(gross)s円をお振込する予定です。"
            "振込先の口座がまだないため、このままではお振込できません。"
        ),
        f"{BOOK}/account",
        key=_of_account(month), gross=gross, day=pay_on,
    )  # fmt: skip


async def account_unsure(
    tx: Tx, settings: Settings, user_id: int, month: date, gross: int, pay_on: date
) -> bool:
    """The month can't be paid before they said that their account is right; told once a month."""
    return await told(
        tx, settings, user_id,
        N_("振込先の口座を確かめてください"),
        N_(
            "%(day)sに、報酬 %(gross)s円をお振込する予定です。前のお振込が銀行から戻ったため、"
            "口座が正しいことを確かめるか、別の口座を登録するまで、お振込できません。"
        ),
        f"{BOOK}/account",
        key=_of_account(month), gross=gross, day=pay_on,
    )  # fmt: skip


async def answered(tx: Tx, settings: Settings, user_id: int, payout_id: int) -> None:
    """Finance staff answered what they had against a notice."""
    await told(
        tx, settings, user_id,
        N_("支払通知書についてのご連絡に、回答がありました"),
        N_("運営者の回答を、支払通知書のページでお読みください。"),
        page_of(payout_id),
        key=f"payout:{payout_id}:answered",
    )  # fmt: skip
