"""The verbs of the clock about chat consultations."""

from scheduler.errands import Tools, until_none, while_steady
from writing.chat.clock import lapsing, telling, visits


async def lapse_chats(tools: Tools) -> None:
    """End consultations that nobody took in time."""
    await while_steady(tools, lambda tx: lapsing.lapse(tx, tools.settings))


async def ask_for_all(tools: Tools) -> None:
    """Ask whether all may have what a nominated member didn't take in time."""
    await while_steady(tools, lambda tx: lapsing.ask(tx, tools.settings))


async def settle_chat_days(tools: Tools) -> None:
    """Pay the days of consultations that are over, or give them back."""
    await while_steady(tools, lambda tx: lapsing.settle(tx, tools.settings))


async def tell_of_chats(tools: Tools) -> None:
    """Tell people of messages in consultations that they haven't read."""
    await until_none(tools, lambda tx: telling.tell(tx, tools.settings))


async def note_visits(tools: Tools) -> None:
    """Keep when members who can be nominated were last seen."""
    async with tools.database.transaction() as tx:
        await visits.note(tx)


async def end_nominations(tools: Tools) -> None:
    """Warn members who haven't come for days, and end their nomination."""
    await while_steady(tools, lambda tx: visits.switch_off(tx, tools.settings))
