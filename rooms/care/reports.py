"""Reports: somebody tells the staff about a person or a talk, and hears when it was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from notify import inbox
from people.accounts.tables import users
from record.acts import log_act, reason_of
from rooms.care import complaint_words, report_list
from rooms.care.blocking import Other
from rooms.care.report_list import Report, find
from rooms.ground import refusals
from rooms.ground.report_tables import REPORT_KINDS, reports

# Where one knows somebody from whom one may report.
Reportable = Literal["talks", "rooms", "messages", "letters", "chats"]

MOST_A_DAY = 10
# What is added to one matter stands in one report, up to so many times.
MOST_TIMES = 3

CLOSED = N_("通報を確認しました")
CLOSED_TEXT = N_(
    "%(name)sさんについての通報を確認しました。お知らせいただき、ありがとうございました。"
    "\n\nスタッフより：%(words)s"
)


async def file(
    tx: Tx, reporter_id: int, other: Other, about: Reportable, kind: str, text: str
) -> int:
    """Report somebody whom one knows from a talk, a room, questions, a letter or a chat.

    A second report of one talk, or of one person, one thread of questions, one letter or one chat
    while the first is open, is added to the first; returns its id. Of the kind `help`, possible in
    a chat alone, it accuses nobody: its writer wants to speak with staff. Only with a report about
    it may staff read what was written.
    Raises UserError `report_kind_unknown`, `report_text_needed`, `report_text_too_long` (400),
    `not_confirmed` (403), `reports_too_many` (429) or `report_done`.
    """
    said = _text(kind, text, about)
    await _lock(tx, reporter_id)
    matter = {
        "talk_id": other.talk_id if about == "talks" else None,
        "question_id": other.question_id if about == "messages" else None,
        "letter_id": other.letter_id if about == "letters" else None,
        "chat_id": other.chat_id if about == "chats" else None,
    }
    known = await _known(tx, reporter_id, other.user_id, matter)
    if known is not None:
        return await _add(tx, known, said)
    await _must_be_few(tx, reporter_id)
    return await _insert(
        tx,
        reporter_id=reporter_id,
        subject_id=other.user_id,
        room_id=other.room_id,
        **matter,
        kind=kind,
        text=said,
    )


def _text(kind: str, text: str, about: Reportable) -> str:
    if kind not in REPORT_KINDS or (kind == "help" and about != "chats"):
        raise UserError("report_kind_unknown", N_("通報の理由を選んでください。"), status=400)
    return complaint_words.words("report", kind, text)


async def _lock(tx: Tx, reporter_id: int) -> None:
    """Let one person's reports come one after the other: two presses are one report."""
    who = sa.select(users.c.id, users.c.confirmed_at).where(users.c.id == reporter_id)
    reporter = await locks.lock_row(tx, who)
    if reporter is None or reporter.confirmed_at is None:
        raise refusals.not_confirmed_to_report()


@dataclass(frozen=True)
class Reported:
    """A report that was made before; `times` that something was said in it."""

    id: int
    state: str
    times: int
    text: str


async def _known(
    tx: Tx, reporter_id: int, subject_id: int, matter: Mapping[str, int | None]
) -> Reported | None:
    same = sa.and_(*(reports.c[name].is_not_distinct_from(one) for name, one in matter.items()))
    if matter["talk_id"] is None:
        # Of what goes on there may be another once the first is closed.
        same = sa.and_(same, reports.c.state == "open")
    found = await tx.execute(
        sa.select(reports).where(
            reports.c.reporter_id == reporter_id, reports.c.subject_id == subject_id, same
        )
    )
    return typed_one(Reported, found.mappings())


async def _add(tx: Tx, row: Reported, said: str) -> int:
    if row.state == "closed" or row.times >= MOST_TIMES:
        raise UserError("report_done", N_("この件の通報は、すでに受け付けています。"))
    if said and said not in row.text:
        joined = f"{row.text}\n\n{said}" if row.text else said
        await tx.execute(
            sa.update(reports)
            .where(reports.c.id == row.id)
            .values(text=joined, times=reports.c.times + 1)
        )
    return row.id


async def _insert(tx: Tx, **values: object) -> int:
    made = await tx.scalar(insert(reports).values(**values).returning(reports.c.id))
    assert made is not None
    return int(made)


async def _must_be_few(tx: Tx, reporter_id: int) -> None:
    day = sa.func.clock_timestamp() - sa.text("interval '24 hours'")
    today = sa.select(sa.func.count()).where(
        reports.c.reporter_id == reporter_id, reports.c.created_at > day
    )
    if (await tx.scalar(today) or 0) >= MOST_A_DAY:
        raise UserError(
            "reports_too_many",
            N_("通報は1日に%(most)s件までです。時間をおいてお試しください。"),
            status=429,
            most=MOST_A_DAY,
        )


async def must_be_about(tx: Tx, report_id: int, user_id: int) -> None:
    """Refuse a report that is not about this person: UserError `report_unknown` (404)."""
    subject = await tx.scalar(sa.select(reports.c.subject_id).where(reports.c.id == report_id))
    if subject != user_id:
        raise refusals.report_unknown()


async def close(tx: Tx, settings: Settings, report_id: int, actor_id: int, words: str) -> None:
    """Close a report with words, which its reporter reads.

    Raises UserError `reason_needed` (400), `report_unknown` (404), `report_own` (403) or
    `report_closed`.
    """
    said = reason_of(words)
    await locks.lock(tx, sa.select(reports.c.id).where(reports.c.id == report_id))
    found = await find(tx, report_id)
    if actor_id in (found.reporter_id, found.subject_id):
        raise UserError("report_own", N_("ご自分が関わった通報は、扱えません。"), status=403)
    if found.state != "open":
        raise report_list.is_closed()
    await tx.execute(
        sa.update(reports)
        .where(reports.c.id == report_id)
        .values(state="closed", closed_by=actor_id, closed_at=sa.func.clock_timestamp(), words=said)
    )
    await log_act(tx, actor_id, "report.close", f"report:{report_id}", reason=said)
    await _tell(tx, settings, found, said)


async def _tell(tx: Tx, settings: Settings, found: Report, words: str) -> None:
    locale = await tx.scalar(sa.select(users.c.locale).where(users.c.id == found.reporter_id))
    await inbox.tell(
        tx,
        found.reporter_id,
        kind="safety",
        key=f"report:{found.id}",
        title=translate(locale or "ja", CLOSED),
        text=translate(locale or "ja", CLOSED_TEXT, name=found.subject_name, words=words),
        site=settings.public_url,
    )
