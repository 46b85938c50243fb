"""Letters of the demo site's last days: some answered, one that has waited for long."""

from datetime import timedelta
from typing import Any

from cli.past.dating_back import ago
from cli.past.people import buy, id_of
from foundation.database import Tx
from foundation.settings import Settings
from writing.letters import answering, offers, sending
from writing.letters.sending import LetterToSend

PACK_YEN = 3000


async def write(tx: Tx, settings: Settings, content: list[dict[str, Any]]) -> None:
    """Let callers of the past have written, and casts have answered, so many hours ago."""
    sent: list[tuple[int, int]] = []
    for number, letter in enumerate(content):
        cast_id, caller_id = await id_of(tx, letter["cast"]), await id_of(tx, letter["by"])
        async with ago(tx, timedelta(hours=letter["hours"])):
            await buy(tx, settings, caller_id, PACK_YEN)
            price = (await offers.own(tx, cast_id)).points
            written = LetterToSend(letter["text"].strip(), price, f"past-letter-{number}")
            made = await sending.send(tx, settings, cast_id, caller_id, written)
        sent.append((made, cast_id))
    for (made, cast_id), letter in zip(sent, content, strict=True):
        if "answer" in letter:
            async with ago(tx, timedelta(hours=letter["answered_hours"])):
                await answering.answer(tx, settings, made, cast_id, letter["answer"].strip())
