"""How long a page of a consultation takes in the database, with ten thousand messages in it.

.venv/bin/python -m benchmarks.chat [--messages N] [--rounds N]
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable

from benchmarks.place import HASH, Place, percentile, place, told
from foundation.database import Database, Tx
from foundation.settings import Settings
from writing.chat import listing, reading, saying, views
from writing.chat.saying import ChatWords

MESSAGES, OTHERS, ROUNDS = 10_000, 2_000, 200
MOST_MS = 50.0
CHAT, CALLER, MEMBER = 1, 1, 2
# What the goal is about; the rest is told beside.
PAGES = ("the last 50 messages", "50 in the middle", "the first 50")


def fill(at: Place, messages: int) -> None:
    """Write one consultation with so many messages, among many short ones."""
    at.fill(
        f"""INSERT INTO users (email, nickname, password_hash, is_cast, confirmed_at)
        SELECT 'u' || n || '@b.example', 'Member ' || n, '{HASH}', true, now()
        FROM generate_series(1, 50) n""",
        f"INSERT INTO answering_members (user_id) VALUES ({MEMBER})",
        f"""INSERT INTO chats (caller_id, press, category, points, days, to_all, state, take_until,
          member_id, taken_at)
        SELECT CASE WHEN n = 1 THEN {CALLER} ELSE 3 + n % 47 END, 'press-00' || n, 'work', 0, 0,
          true, 'running', now(), {MEMBER}, now() FROM generate_series(1, {OTHERS}) n""",
        """INSERT INTO chat_sides (chat_id, side, user_id)
        SELECT id, 'caller', caller_id FROM chats UNION ALL SELECT id, 'member', member_id
        FROM chats""",
        f"""INSERT INTO chat_messages (chat_id, side, sender_id, key, text, at)
        SELECT {CHAT}, side, CASE side WHEN 'caller' THEN {CALLER} ELSE {MEMBER} END,
          'press-00' || n, repeat('What I ask. ', 17),
          now() - interval '2 days' - ({messages} - n) * interval '1 minute'
        FROM generate_series(1, {messages}) n,
          LATERAL (SELECT CASE WHEN n % 2 = 0 THEN 'caller' ELSE 'member' END AS side) of""",
        f"""INSERT INTO chat_messages (chat_id, side, sender_id, key, text)
        SELECT c.id, 'caller', c.caller_id, 'press-00m' || n, 'Yes'
        FROM chats c, generate_series(1, 10) n WHERE c.id <> {CHAT}""",
    )


def acts(settings: Settings, messages: int) -> dict[str, Callable[[Tx, int], Awaitable[object]]]:
    """What is measured: pages at the end, in the middle and at the beginning, a list, a message."""

    async def page(tx: Tx, before: int | None) -> object:
        view = await views.find(tx, CHAT, MEMBER)
        return await reading.stretch(tx, view, before)

    async def say(tx: Tx, number: int) -> object:
        words = ChatWords(f"press-say-{number}", "Yes")
        return await saying.say(tx, settings, CHAT, CALLER, words)

    return {
        "the last 50 messages": lambda tx, _: page(tx, None),
        "50 in the middle": lambda tx, _: page(tx, messages // 2),
        "the first 50": lambda tx, _: page(tx, 51),
        "a member's list": lambda tx, _: listing.of_member(tx, MEMBER, "running", 1),
        "the counts": lambda tx, _: listing.counts_of(tx, MEMBER),
        "one message more": say,
    }


async def run(at: Place, messages: int, rounds: int) -> str:
    """Measure each; return what was found."""
    database = Database(at.url, pool_size=2)
    settings = Settings(chat=True, chat_messages=100_000)
    lines, worst = [], 0.0
    try:
        for name, act in acts(settings, messages).items():
            spent = []
            for number in range(rounds):
                begun = time.perf_counter()
                async with database.transaction() as tx:
                    await act(tx, number)
                spent.append(1000 * (time.perf_counter() - begun))
            half, most = percentile(spent, 50), percentile(spent, 99)
            worst = max(worst, half if name in PAGES else 0.0)
            lines.append(f"{name:24} {half:6.1f} ms, 99 % within {most:6.1f} ms")
    finally:
        await database.close()
    verdict = "reached" if worst <= MOST_MS else "MISSED"
    title = f"A consultation of {messages:,} messages among {OTHERS:,} others; {rounds} rounds"
    return told(title, f"a page in {MOST_MS:.0f} ms in the database, the median: {verdict}", lines)


def main() -> None:
    """Fill a database of its own and measure."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--messages", type=int, default=MESSAGES)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    given = options.parse_args()
    with place() as at:
        fill(at, given.messages)
        print(asyncio.run(run(at, given.messages, given.rounds)))


if __name__ == "__main__":
    main()
