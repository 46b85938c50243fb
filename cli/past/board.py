"""What stands on the board of the demo site, written as on the pages."""

from typing import Any

from cli.past.people import id_of
from foundation.database import Tx
from foundation.settings import Settings
from writing.board import answers, texts, thanks, writing
from writing.ground import answering

REASON = "hitotoki demo"


async def fill(tx: Tx, settings: Settings, content: dict[str, Any]) -> None:
    """Let the demo's people ask and answer; some of them with the mark of answering members."""
    for email in content["members"]:
        await answering.give(tx, settings, await id_of(tx, email), REASON, actor_id=None)
    for number, topic in enumerate(content["topic"]):
        await _ask(tx, settings, topic, f"demo-topic-{number}")


async def _ask(tx: Tx, settings: Settings, topic: dict[str, Any], key: str) -> None:
    asker = await id_of(tx, topic["by"])
    draft = texts.draft_of(
        topic["category"], topic["title"], topic["text"], topic.get("pen_name", "")
    )
    # No topic of the demo waits for anybody to look at it.
    open_site = settings.model_copy(update={"board_first_looks": 0})
    written = await writing.write(tx, open_site, asker, key, draft)
    for number, said in enumerate(topic.get("answer", [])):
        answerer = await id_of(tx, said["by"])
        press = f"{key}-answer-{number}"
        made = await answers.answer(tx, settings, written.id, answerer, press, said["text"])
        if said.get("thanked"):
            await thanks.thank(tx, settings, written.id, made, asker, on=True)
