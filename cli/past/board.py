"""What stands on the board of the demo site, written as on the pages, within the last days."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cli.past.dating_back import ago
from cli.past.people import id_of
from foundation.database import Tx
from foundation.settings import Settings
from writing.board import answers, texts, thanks, writing
from writing.ground import answering

REASON = "hitotoki demo"


@dataclass(frozen=True)
class _Said:
    """What somebody wrote, so many hours ago; `answer`: its number in its topic, from 0."""

    hours: float
    topic: int
    answer: int | None
    content: dict[str, Any]


async def fill(tx: Tx, settings: Settings, content: dict[str, Any], *, has_past: bool) -> None:
    """Let the demo's people ask and answer; some of them with the mark of answering members."""
    for email in content["members"]:
        await answering.give(tx, settings, await id_of(tx, email), REASON, actor_id=None)
    made: dict[int, tuple[int, int]] = {}
    for said in sorted(_all(content), key=lambda one: -one.hours):
        async with _when(tx, said.hours, has_past):
            if said.answer is None:
                made[said.topic] = await _ask(tx, settings, said)
            else:
                await _answer(tx, settings, said, *made[said.topic])


def _all(content: dict[str, Any]) -> Iterator[_Said]:
    for topic, asked in enumerate(content["topic"]):
        yield _Said(asked["hours"], topic, None, asked)
        for number, answer in enumerate(asked.get("answer", [])):
            yield _Said(answer["hours"], topic, number, answer)


def _when(tx: Tx, hours: float, has_past: bool) -> AbstractAsyncContextManager[None]:
    return ago(tx, timedelta(hours=hours)) if has_past else nullcontext()


async def _ask(tx: Tx, settings: Settings, said: _Said) -> tuple[int, int]:
    topic = said.content
    asker = await id_of(tx, topic["by"])
    draft = texts.draft_of(
        topic["category"], topic["title"], topic["text"], topic.get("pen_name", "")
    )
    # No topic of the demo waits for anybody to look at it.
    open_site = settings.model_copy(update={"board_first_looks": 0})
    written = await writing.write(tx, open_site, asker, f"demo-topic-{said.topic}", draft)
    return written.id, asker


async def _answer(tx: Tx, settings: Settings, said: _Said, topic_id: int, asker: int) -> None:
    press = f"demo-topic-{said.topic}-answer-{said.answer}"
    answerer = await id_of(tx, said.content["by"])
    made = await answers.answer(tx, settings, topic_id, answerer, press, said.content["text"])
    if said.content.get("thanked"):
        await thanks.thank(tx, settings, topic_id, made, asker, on=True)
