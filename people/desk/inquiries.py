"""Inquiries: what anyone asks the site, and the one answer that staff give, by mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.pages import Page, count, offset
from foundation.settings import Settings
from notify import outbox
from notify.mail import letter
from people.desk import staff_views
from people.meeting.tables import inquiries
from record import sweeps
from record.acts import log_act, reason_of

Queue = Literal["open", "done"]
Category = Literal["account", "points", "talk", "reservation", "cast", "other"]
CATEGORIES: tuple[Category, ...] = get_args(Category)

MOST_TEXT, MOST_ANSWER = 2000, 2000
SAME_MINUTES = 10

# The text is not repeated: the address may be a stranger's, and this no way to write to them.
RECEIVED = N_("お問い合わせを受け付けました（受付番号 %(id)s）")
RECEIVED_TEXT = N_(
    "お問い合わせありがとうございます。担当者が内容を読み、2〜3日のうちに、"
    "このメールアドレスへお返事します。\n\n"
    "このメールにお心当たりがないときは、どなたかがアドレスをまちがえて入力したようです。"
    "そのままお捨てください。"
)
ANSWERED = N_("お問い合わせへの回答（受付番号 %(id)s）")
ANSWERED_TEXT = N_("%(words)s\n\nお問い合わせいただいた内容：\n%(asked)s")


@dataclass(frozen=True)
class Inquiry:
    """One inquiry, and whose it is where a member sent it."""

    id: int
    user_id: int | None
    user_name: str | None
    email: str
    category: Category
    text: str
    locale: str
    state: str
    created_at: datetime
    decided_by: int | None
    decided_by_name: str | None
    decided_at: datetime | None
    words: str | None


def category_of(typed: str) -> Category:
    """Return one of the categories. Raises UserError (422) for what is none."""
    for known in CATEGORIES:
        if typed == known:
            return known
    raise UserError("category_unknown", N_("ご用件の種類を選んでください。"), status=422)


async def ask(
    tx: Tx,
    settings: Settings,
    *,
    user_id: int | None,
    email: str,
    category: Category,
    text: str,
    locale: str,
) -> int:
    """Take an inquiry, and say by mail that it has come; return its number.

    The same one once more within `SAME_MINUTES` is the form sent twice: it has its number already.
    """
    await locks.lock_word(tx, locks.ADDRESS, email)
    values = {"user_id": user_id, "email": email, "category": category, "text": text}
    same = await _same(tx, values)
    if same is not None:
        return same
    made = await tx.scalar(
        sa.insert(inquiries).values(**values, locale=locale).returning(inquiries.c.id)
    )
    assert made is not None
    await _mail(tx, settings, email, locale, int(made), RECEIVED, translate(locale, RECEIVED_TEXT))
    return int(made)


async def _same(tx: Tx, values: Mapping[str, object]) -> int | None:
    found: int | None = await tx.scalar(
        sa.select(inquiries.c.id)
        .where(
            *(inquiries.c[name].is_not_distinct_from(value) for name, value in values.items()),
            inquiries.c.created_at > sa.func.clock_timestamp() - timedelta(minutes=SAME_MINUTES),
        )
        .limit(1)
    )
    return found


_INQUIRY = """
SELECT q.id, q.user_id, u.nickname AS user_name, q.email, q.category, q.text, q.locale, q.state,
  q.created_at, q.decided_by, d.nickname AS decided_by_name, q.decided_at, q.words
FROM inquiries q LEFT JOIN users u ON u.id = q.user_id LEFT JOIN users d ON d.id = q.decided_by
"""
_BY_ID = sa.text(f"{_INQUIRY} WHERE q.id = :id")
_WAITING = sa.text(f"{_INQUIRY} WHERE q.state = 'open' ORDER BY q.id OFFSET :skip LIMIT :most")
_DONE = sa.text(
    f"{_INQUIRY} WHERE q.state <> 'open' ORDER BY q.decided_at DESC OFFSET :skip LIMIT :most"
)


async def queue(tx: Tx, which: Queue, number: int, size: int, viewer_id: int) -> Page[Inquiry]:
    """Return a page of the inquiries that wait, the oldest first, or of those that are done.

    That this member of staff looked at them is noted.
    """
    rows = await tx.execute(
        _WAITING if which == "open" else _DONE,
        {"skip": offset(number, size), "most": size + 1},
    )
    page = Page.of([Inquiry(**row) for row in rows.mappings()], number, size)
    await staff_views.note(tx, viewer_id, *(f"inquiry:{one.id}" for one in page))
    return page


async def waiting(tx: Tx) -> int:
    """Return how many inquiries wait; beyond 99 the figure stays there."""
    return await count(tx, sa.select(inquiries.c.id).where(inquiries.c.state == "open"))


async def answer(tx: Tx, settings: Settings, inquiry_id: int, actor_id: int, words: str) -> Inquiry:
    """Answer an open inquiry by mail. Raises UserError `inquiry_unknown`, `inquiry_decided`."""
    found = await _lock(tx, inquiry_id)
    await _decide(tx, inquiry_id, actor_id, "answered", words)
    # The words themselves are forgotten with the inquiry, which the log is not.
    subject = f"inquiry:{inquiry_id}"
    await log_act(tx, actor_id, "inquiry.answer", subject, reason=found.category)
    text = translate(found.locale, ANSWERED_TEXT, words=words, asked=found.text)
    await _mail(tx, settings, found.email, found.locale, inquiry_id, ANSWERED, text)
    return found


async def close(tx: Tx, inquiry_id: int, actor_id: int, reason: str) -> Inquiry:
    """Close an open inquiry without an answer; the reason stays with the staff.

    Raises UserError `reason_needed` (400), and as `answer`.
    """
    why = reason_of(reason)
    found = await _lock(tx, inquiry_id)
    await _decide(tx, inquiry_id, actor_id, "closed", why)
    await log_act(tx, actor_id, "inquiry.close", f"inquiry:{inquiry_id}", reason=why)
    return found


async def sweep(tx: Tx, days: int, most: int) -> int:
    """Forget up to `most` inquiries that were decided more than `days` ago; return how many."""
    past = sa.func.clock_timestamp() - sa.func.make_interval(0, 0, 0, days)
    old = sa.and_(inquiries.c.state != "open", inquiries.c.decided_at < past)
    return await sweeps.sweep(tx, inquiries.c.id, inquiries.c.id, old, most)


async def _lock(tx: Tx, inquiry_id: int) -> Inquiry:
    """Lock an inquiry that is still open. What follows reads what others left."""
    await locks.lock(tx, sa.select(inquiries.c.id).where(inquiries.c.id == inquiry_id))
    row = (await tx.execute(_BY_ID, {"id": inquiry_id})).mappings().one_or_none()
    if row is None:
        raise UserError("inquiry_unknown", N_("このお問い合わせは見つかりません。"), status=404)
    if row["state"] != "open":
        raise UserError("inquiry_decided", N_("このお問い合わせは、ほかのスタッフが処理しました。"))
    return Inquiry(**row)


async def _decide(tx: Tx, inquiry_id: int, actor_id: int, state: str, words: str) -> None:
    await tx.execute(
        sa.update(inquiries)
        .where(inquiries.c.id == inquiry_id)
        .values(state=state, decided_by=actor_id, decided_at=sa.func.clock_timestamp(), words=words)
    )


async def _mail(
    tx: Tx, settings: Settings, email: str, locale: str, inquiry_id: int, title: str, text: str
) -> None:
    said = letter(
        locale,
        "",
        translate(locale, title, id=inquiry_id),
        text,
        None,
        settings.public_url,
        in_inbox=False,
    )
    await outbox.post(tx, email, said)
