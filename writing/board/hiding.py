"""Staff take out of sight what may not stand, and let first topics pass. Its writer reads why."""

from datetime import datetime

import sqlalchemy as sa

from foundation.database import Tx
from foundation.errors import UserError
from foundation.language import N_, translate
from foundation.settings import Settings
from notify import inbox
from people.accounts import accounts
from record.acts import log_act, reason_of
from writing.board import answers, refusals, reports, topics
from writing.board.rules import hiding_reason_of
from writing.board.tables import board_answers

HIDDEN = N_("掲示板の書きこみを非表示にしました")
HIDDEN_TEXT = N_(
    "スタッフが、あなたの書きこみを非表示にしました。理由は、そのページでお読みください。"
)
SHOWN = N_("掲示板の書きこみをふたたび表示しました")
SHOWN_TEXT = N_("スタッフが、非表示にしていたあなたの書きこみを、ふたたび表示しました。")
PASSED = N_("相談を掲載しました")
PASSED_TEXT = N_("「%(title)s」を確認し、掲示板に掲載しました。回答がつくとお知らせします。")


async def hide(
    tx: Tx,
    settings: Settings,
    topic_id: int,
    answer_id: int | None,
    actor_id: int,
    named: str,
    words: str,
) -> None:
    """Hide a topic or an answer, and close what was reported about it.

    Raises UserError `hiding_reason` or `reason_needed` (400), `topic_unknown` or `answer_unknown`
    (404), `report_own` (403) or `board_hidden`.
    """
    for_what, said = hiding_reason_of(named), reason_of(words)
    await reports.settle(tx, settings, topic_id, answer_id, actor_id, said)
    await topics.lock(tx, topic_id)
    if await _is_hidden(tx, topic_id, answer_id):
        raise UserError("board_hidden", N_("この書きこみは、すでに非表示です。"))
    values = {"hidden_for": for_what, "hidden_words": said, "hidden_by": actor_id}
    await _set(tx, topic_id, answer_id, hidden_at=sa.func.clock_timestamp(), **values)
    name = _named(topic_id, answer_id)
    await log_act(tx, actor_id, "board.hide", name, reason=said, named=for_what)
    await _tell(tx, settings, topic_id, answer_id, HIDDEN, HIDDEN_TEXT)


async def show_again(
    tx: Tx, settings: Settings, topic_id: int, answer_id: int | None, actor_id: int, words: str
) -> None:
    """Show again what was hidden.

    Raises UserError `reason_needed` (400), `topic_unknown` or `answer_unknown` (404), `report_own`
    (403) or `board_not_hidden`.
    """
    said = reason_of(words)
    await reports.settle(tx, settings, topic_id, answer_id, actor_id, said)
    await topics.lock(tx, topic_id)
    if not await _is_hidden(tx, topic_id, answer_id):
        raise UserError("board_not_hidden", N_("この書きこみは、表示されています。"))
    nothing = dict.fromkeys(("hidden_for", "hidden_words", "hidden_by", "hidden_at"))
    await _set(tx, topic_id, answer_id, **nothing)
    await log_act(tx, actor_id, "board.show", _named(topic_id, answer_id), reason=said)
    await _tell(tx, settings, topic_id, answer_id, SHOWN, SHOWN_TEXT)


async def let_pass(
    tx: Tx, settings: Settings, topic_id: int, actor_id: int, seen: datetime
) -> None:
    """Let others read a first topic as it was `seen` when last written, and tell its writer.

    Raises UserError `topic_unknown` (404), `report_own` (403), `look_over` or `look_changed`.
    """
    await reports.must_be_anothers(tx, topic_id, None, actor_id)
    await topics.lock(tx, topic_id)
    topic = await topics.find_for_staff(tx, topic_id)
    if not topic.waits or topic.hidden_at is not None:
        raise UserError("look_over", N_("この相談は、すでに確認が済んでいます。"))
    if (topic.edited_at or topic.written_at) != seen:
        raise UserError(
            "look_changed", N_("内容が変わりました。もう一度ごらんになってから決めてください。")
        )
    await topics.change(tx, topic_id, waits=False, shown_at=sa.func.clock_timestamp())
    # Of its own words nothing: they go with the topic, and what staff did stays.
    await log_act(tx, actor_id, "board.pass", _named(topic_id, None), reason=topic.category)
    await _tell(tx, settings, topic_id, None, PASSED, PASSED_TEXT, title=topic.title)


async def _is_hidden(tx: Tx, topic_id: int, answer_id: int | None) -> bool:
    if answer_id is None:
        topic = await topics.find_for_staff(tx, topic_id)
        if topic.deleted_at is not None:
            raise refusals.topic_unknown()
        return topic.hidden_at is not None
    c = board_answers.c
    query = sa.select(c.hidden_at).where(c.id == answer_id, c.deleted_at.is_(None))
    row = (await tx.execute(query)).one_or_none()
    if row is None:
        raise refusals.answer_unknown()
    return row.hidden_at is not None


async def _set(tx: Tx, topic_id: int, answer_id: int | None, **values: object) -> None:
    if answer_id is None:
        await topics.change(tx, topic_id, **values)
    else:
        await answers.change(tx, answer_id, **values)
        await topics.count_answers(tx, topic_id)


def _named(topic_id: int, answer_id: int | None) -> str:
    return f"board:{topic_id}" if answer_id is None else f"board:{topic_id}-{answer_id}"


async def _tell(
    tx: Tx,
    settings: Settings,
    topic_id: int,
    answer_id: int | None,
    told: str,
    text: str,
    **said: str,
) -> None:
    found = await reports.matter_of(tx, topic_id, answer_id)
    user = await accounts.find_user(tx, found.writer_id)
    assert user is not None
    await inbox.tell(
        tx,
        user.id,
        kind="board_look",
        title=translate(user.locale, told),
        text=translate(user.locale, text, **said),
        link=f"/board/{topic_id}",
        site=settings.public_url,
    )
