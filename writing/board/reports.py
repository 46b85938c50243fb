"""Reports: somebody, or the site itself, tells staff of a topic or an answer, and hears of it."""

from dataclasses import dataclass

import sqlalchemy as sa

from foundation import locks
from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.row_types import typed_one
from foundation.settings import Settings
from foundation.text.written import written
from notify import inbox
from people.accounts import accounts, locking
from record.acts import log_act, reason_of
from writing.board import refusals, topics
from writing.board.rules import DANGER, MOST_REPORT, MOST_REPORTS_A_DAY, report_kind_of
from writing.board.tables import board_answers, board_reports

CLOSED = N_("通報を確認しました")
CLOSED_TEXT = N_(
    "掲示板についての通報を確認しました。お知らせいただき、ありがとうございました。"
    "\n\nスタッフより：%(words)s"
)


@dataclass(frozen=True)
class BoardMatter:
    """What a report is about: a topic, or an answer in it, and who wrote that."""

    topic_id: int
    answer_id: int | None
    writer_id: int


async def matter(tx: Tx, topic_id: int, answer_id: int | None, viewer_id: int) -> BoardMatter:
    """Return what somebody can see, and so report.

    Raises UserError `topic_unknown` or `answer_unknown` (404), or `board_report_own` (400).
    """
    topic = await topics.find(tx, topic_id, viewer_id)
    found = await matter_of(tx, topic_id, answer_id)
    seen = topic.shown if answer_id is None else await _is_shown(tx, answer_id)
    if not seen:
        raise refusals.topic_unknown()
    if found.writer_id == viewer_id:
        raise UserError("board_report_own", N_("ご自分の書きこみは通報できません。"), status=400)
    return found


async def matter_of(tx: Tx, topic_id: int, answer_id: int | None) -> BoardMatter:
    """Return a matter as staff see it. Raises as `matter` does, for what isn't there."""
    if answer_id is None:
        writer = (await topics.find_for_staff(tx, topic_id)).writer_id
        return BoardMatter(topic_id, None, writer)
    c = board_answers.c
    query = sa.select(c.user_id).where(c.id == answer_id, c.topic_id == topic_id)
    wrote = await tx.scalar(query)
    if wrote is None:
        raise refusals.answer_unknown()
    return BoardMatter(topic_id, answer_id, int(wrote))


async def _is_shown(tx: Tx, answer_id: int) -> bool:
    return bool(
        await tx.scalar(sa.select(board_answers.c.shown).where(board_answers.c.id == answer_id))
    )


async def file(
    tx: Tx, reporter_id: int, topic_id: int, answer_id: int | None, kind: str, text: str
) -> None:
    """Report a topic or an answer; while one's report of it is open, again changes nothing.

    Raises UserError `report_kind` or `text_too_long` (400), `not_confirmed` (403),
    `board_reports_too_many` (429), and as `matter` does.
    """
    named, said = report_kind_of(kind), written(text, MOST_REPORT)
    found = await matter(tx, topic_id, answer_id, reporter_id)
    await locking.lock_people(tx, reporter_id)
    user = await accounts.find_user(tx, reporter_id)
    if user is None or user.confirmed_at is None:
        raise refusals.not_confirmed()
    await _must_be_few(tx, reporter_id)
    await _insert(tx, found.topic_id, found.answer_id, reporter_id, named, said)


async def tell_of_danger(tx: Tx, topic_id: int, answer_id: int | None = None) -> None:
    """Tell staff of words that point to danger to a life; while that is open, once."""
    await _insert(tx, topic_id, answer_id, None, DANGER, "")


_INSERT = sa.text("""
INSERT INTO board_reports (topic_id, answer_id, reporter_id, kind, text, said)
SELECT t.id, CAST(:answer AS bigint), CAST(:reporter AS bigint), :kind, :text,
  CASE WHEN a.id IS NULL THEN t.title || E'\\n' || t.text ELSE a.text END
    || coalesce((SELECT string_agg(E'\\n' || d.text, '' ORDER BY d.id) FROM board_additions d
      WHERE d.topic_id = t.id AND d.answer_id IS NOT DISTINCT FROM a.id), '')
FROM board_topics t LEFT JOIN board_answers a ON a.id = CAST(:answer AS bigint)
WHERE t.id = :topic
ON CONFLICT DO NOTHING
""")


async def _insert(
    tx: Tx, topic_id: int, answer_id: int | None, reporter_id: int | None, kind: str, text: str
) -> None:
    about = {"topic": topic_id, "answer": answer_id, "reporter": reporter_id}
    await tx.execute(_INSERT, about | {"kind": kind, "text": text})


async def _must_be_few(tx: Tx, reporter_id: int) -> None:
    day = sa.func.clock_timestamp() - sa.text("interval '24 hours'")
    today = sa.and_(board_reports.c.reporter_id == reporter_id, board_reports.c.created_at > day)
    number = await tx.scalar(sa.select(sa.func.count()).select_from(board_reports).where(today))
    if (number or 0) >= MOST_REPORTS_A_DAY:
        raise UserError(
            "board_reports_too_many",
            N_("通報は1日に%(most)s件までです。時間をおいてお試しください。"),
            status=429,
            most=MOST_REPORTS_A_DAY,
        )


@dataclass(frozen=True)
class ReportedMatter:
    """A report's matter, and whether it still waits."""

    topic_id: int
    answer_id: int | None
    state: str


async def close(tx: Tx, settings: Settings, report_id: int, actor_id: int, words: str) -> None:
    """Close all that wait about a report's matter, with words that its reporters read.

    Raises UserError `reason_needed` (400), `report_unknown` (404), `report_own` (403) or
    `report_closed`.
    """
    said = reason_of(words)
    query = sa.select(board_reports).where(board_reports.c.id == report_id)
    found = typed_one(ReportedMatter, (await tx.execute(query)).mappings())
    if found is None:
        raise UserError("report_unknown", N_("この通報は見つかりません。"), status=404)
    if not await settle(tx, settings, found.topic_id, found.answer_id, actor_id, said):
        raise UserError("report_closed", N_("この通報は、ほかのスタッフが処理しました。"))
    await log_act(tx, actor_id, "board.close", f"board:{found.topic_id}", reason=said)


async def settle(
    tx: Tx, settings: Settings, topic_id: int, answer_id: int | None, actor_id: int, words: str
) -> int:
    """Close what waits about a topic or an answer; return how many reports that were.

    Raises UserError `report_own` (403).
    """
    c = board_reports.c
    await must_be_anothers(tx, topic_id, answer_id, actor_id)
    waiting = sa.and_(
        c.topic_id == topic_id, c.answer_id.is_not_distinct_from(answer_id), c.state == "open"
    )
    rows = await locks.lock(tx, sa.select(c.id, c.reporter_id).where(waiting))
    if any(row.reporter_id == actor_id for row in rows):
        raise _own()
    closed = {"state": "closed", "said": "", "closed_by": actor_id, "words": words}
    ids = [row.id for row in rows]
    now = sa.func.clock_timestamp()
    await tx.execute(sa.update(board_reports).where(c.id.in_(ids)).values(closed_at=now, **closed))
    for row in rows:
        if row.reporter_id is not None:
            await _tell(tx, settings, row.id, row.reporter_id, words)
    return len(rows)


async def must_be_anothers(tx: Tx, topic_id: int, answer_id: int | None, actor_id: int) -> None:
    """Refuse staff what is their own: UserError `report_own` (403)."""
    if (await matter_of(tx, topic_id, answer_id)).writer_id == actor_id:
        raise _own()


def _own() -> UserError:
    return UserError("report_own", N_("ご自分が関わった通報は、扱えません。"), status=403)


async def _tell(tx: Tx, settings: Settings, report_id: int, reporter_id: int, words: str) -> None:
    user = await accounts.find_user(tx, reporter_id)
    assert user is not None
    await inbox.tell(
        tx,
        reporter_id,
        kind="safety",
        key=f"board_report:{report_id}",
        title=translate(user.locale, CLOSED),
        text=translate(user.locale, CLOSED_TEXT, words=words),
        site=settings.public_url,
    )
