"""The terms that a cast is given in writing, and keeps word for word as they were.

Where the site sells talks, or owes its casts by the month, it entrusts them with work and has to
say at once for whom, what, when and how they are paid (フリーランス法 第3条). Amounts are yen.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.language import N_, locales, translate
from foundation.row_types import typed_all
from foundation.settings import Settings
from payouts import words
from payouts.book import lock
from payouts.tables import payout_terms

LINK = "/console/payouts/terms"
GIVEN = N_("お仕事の条件をお渡しします")
GIVEN_TEXT = N_(
    "キャストとしてお仕事をしていただく条件を、書面でお渡しします。"
    "同じ内容を、いつでもこのページで読めます。\n\n%(terms)s"
)
# Of one cast, the latest.
MOST_SHOWN = 50
LAST_DAY = 31
# Stands for a member number while the terms of all casts are compared.
_ANYBODY = "\x01"

_PARTIES = N_("1. 当事者\n委託する者：%(site)s\n委託を受ける者：会員番号 %(number)s のキャスト")
_WORK = N_(
    "2. 委託の日と内容\nこの条件をお渡しした日から、キャストをおやめになるまで、"
    "このサイトのトークルームでお客様と映像または音声で話すこと。"
    "話す日時と1分の料金は、ご自分で決められます。場所は問いません。検査はありません。"
)
_SELLER = {
    "site": N_("3. 販売者\n通話は、委託する者がお客様に販売します。"),
    "cast": N_(
        "3. 販売者\n通話は、キャストがお客様に販売し、委託する者が代金を預かってお支払いします。"
    ),
}
_PAY = N_(
    "4. 報酬の額\nお客様が支払った料金（税込み）の%(share)s%%で、消費税を含みます。"
    "運営が無料で配ったポイントで支払われた分は、その報酬の%(gift)s%%とします。"
    "お客様にお返しした料金の報酬は、取り消します。"
)
_WHEN = {
    "monthly": N_(
        "5. 支払いの期日と方法\n毎月%(close)sまでに終わった通話の分を、"
        "翌月%(pay)s（銀行の休業日のときは、その前の営業日）に、"
        "ご登録の日本国内の銀行口座へ振り込みます。申し立ての審査中の分は、"
        "決まってから最初の支払日にお支払いします。"
        "振込手数料は委託する者が負担し、最低額はありません。"
    ),
    "request": N_(
        "5. 支払いの期日と方法\n通話が終わって%(ripe)s日たった報酬を、%(least)s円から申請でき、"
        "ご登録の日本国内の銀行口座へ振り込みます。振込手数料の%(fee)s円は、キャストの負担です。"
    ),
}
_TAX = N_(
    "6. 税\n法令で源泉徴収が必要なときは、その額を差し引き、支払通知書に記します。"
    "適格請求書発行事業者の登録番号は、振込のページで登録できます。"
)
_NAMELESS = N_("（運営者の名称は未設定です）")

_DUE = sa.text("""
SELECT u.id FROM users u LEFT JOIN LATERAL (
  SELECT text FROM payout_terms WHERE user_id = u.id ORDER BY id DESC LIMIT 1) t ON true
WHERE u.is_cast AND u.withdrawn_at IS NULL AND u.banned_at IS NULL AND (t.text IS NULL
  OR t.text NOT IN (SELECT replace(x, :anybody, u.member_number::text)
    FROM unnest(CAST(:texts AS text[])) x))
ORDER BY u.id LIMIT :most
""")
_READER = sa.text("""
SELECT locale, member_number::text AS number FROM users
WHERE id = :user AND is_cast AND withdrawn_at IS NULL
""")


@dataclass(frozen=True)
class GivenTerms:
    """Terms that a cast was given, as they stood."""

    id: int
    text: str
    given_at: datetime


def owed(settings: Settings) -> bool:
    """Say whether casts are given terms: where the site sells, or owes them by the month."""
    return settings.seller_of_talks == "site" or settings.payout_way == "monthly"


async def give(tx: Tx, settings: Settings, user_id: int) -> bool:
    """Give a cast the terms of today by inbox and mail; False where they have them, or need none.

    What is written down is what they are sent, in their language.
    """
    await lock(tx, [user_id])
    reader = (await tx.execute(_READER, {"user": user_id})).one_or_none()
    if reader is None or not owed(settings):
        return False
    latest = await given(tx, user_id)
    if latest and latest[0].text in _in_all_languages(settings, reader.number):
        return False
    text = text_of(settings, reader.locale, reader.number)
    await tx.execute(sa.insert(payout_terms).values(user_id=user_id, text=text))
    await words.told(tx, settings, user_id, GIVEN, GIVEN_TEXT, LINK, terms=text)
    return True


async def given(tx: Tx, user_id: int) -> list[GivenTerms]:
    """Return the terms that a cast was given, the latest first, which hold."""
    mine = sa.select(payout_terms).where(payout_terms.c.user_id == user_id)
    found = await tx.execute(mine.order_by(payout_terms.c.id.desc()).limit(MOST_SHOWN))
    return typed_all(GivenTerms, found.mappings())


async def give_all(tx: Tx, settings: Settings, most: int) -> int:
    """Give up to `most` casts who lack the terms of today theirs; return how many."""
    if not owed(settings):
        return 0
    bounds = {"anybody": _ANYBODY, "texts": _in_all_languages(settings, _ANYBODY), "most": most}
    due = list((await tx.execute(_DUE, bounds)).scalars())
    for user_id in due:
        await give(tx, settings, user_id)
    return len(due)


def text_of(settings: Settings, locale: str, number: str) -> str:
    """Return the terms of today for the cast with a member number."""
    said: dict[str, object] = {
        "site": settings.seller_name or settings.issuer_name or translate(locale, _NAMELESS),
        "number": number,
        "share": 100 - settings.fee_percent,
        "gift": settings.gift_share,
        "close": _day(locale, settings.payout_close_day),
        "pay": _day(locale, settings.payout_pay_day),
        "ripe": settings.claim_days,
        "least": f"{settings.payout_least:,}",
        "fee": f"{settings.payout_bank_fee:,}",
    }
    way, seller = settings.payout_way, settings.seller_of_talks
    parts = (_PARTIES, _WORK, _SELLER[seller], _PAY, _WHEN[way], _TAX)
    return "\n\n".join(translate(locale, part, **said) for part in parts)


def _in_all_languages(settings: Settings, number: str) -> list[str]:
    """Who changes their language has not been given other terms."""
    return [text_of(settings, locale, number) for locale in locales()]


def _day(locale: str, day: int) -> str:
    if day == LAST_DAY:
        return translate(locale, N_("末日"))
    return translate(locale, N_("%(day)s日"), day=day)
