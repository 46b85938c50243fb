"""What the payment provider refuses, told to staff: once a day for each kind, not at each press."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from foundation.database import Database, Tx, clock
from foundation.language import N_
from points.payments.provider import Problem, ProviderError
from record.alarms import alarm

TEXTS: dict[Problem, str] = {
    "silent": N_("決済サービスから返事がありませんでした: %(why)s"),
    "busy": N_("決済サービスへの問い合わせが多すぎると断られました: %(why)s"),
    "key": N_(
        "決済サービスがこのサイトの鍵を受け付けず、購入が止まっています。"
        "Stripeの鍵の設定を確かめてください: %(why)s"
    ),
    "permission": N_(
        "決済サービスの鍵に権限が足りません。Stripeで鍵の権限を確かめてください: %(why)s"
    ),
    "request": N_("決済サービスが購入の手続きを断りました: %(why)s"),
    "repeated": N_("同じ購入が、ちがう内容でもう一度送られました。入金を確かめてください: %(why)s"),
    "methods": N_(
        "決済サービスが支払い方法の一部を断りました。"
        "Stripeの支払い方法の設定を確かめてください: %(why)s"
    ),
    "payer": N_(
        "決済サービスに、こちらで記録している顧客・カード・決済が見つかりません。"
        "鍵のアカウントと本番・テストの別を確かめてください: %(why)s"
    ),
}


@asynccontextmanager
async def attended(database: Database) -> AsyncIterator[None]:
    """Tell staff of what the provider refuses within, and let it go on its way to the person."""
    try:
        yield
    except ProviderError as error:
        async with database.transaction() as tx:
            await tell(tx, error)
        raise


async def tell(tx: Tx, error: ProviderError) -> bool:
    """Alarm staff of a refusal; False where they were told of one of its kind today."""
    today = f"{await clock(tx):%Y-%m-%d}"
    return await alarm(
        tx, f"payments_{error.problem}", TEXTS[error.problem], today, why=error.why or "-"
    )
