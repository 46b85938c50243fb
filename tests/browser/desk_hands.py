"""Claims for the staff to work off by keys, and somebody who does."""

from dataclasses import dataclass
from time import perf_counter
from uuid import uuid4

import sqlalchemy as sa
from playwright.async_api import Page

from foundation.database import Database
from foundation.settings import Settings
from points import ledger
from rooms.care import claims
from rooms.day import hearing
from tests.browser.past import talked
from tests.browser.test_talk import CAST, ROOM

CALLER = "健太"
# What callers say, what their casts say to it, and by which keys it is decided: a quick reply, and
# all back or none.
CASES: tuple[tuple[str, str, str, str, tuple[str, str]], ...] = (
    (
        "no_media",
        "音や映像が届かなかった",
        "途中から声が聞こえなくなり、何度呼びかけても返事がありませんでした。",
        "わたしの回線が途切れました。お返しください。",
        ("2", "a"),
    ),
    (
        "cast_absent",
        "キャストが来なかった",
        "入室してから、どなたも映りませんでした。",
        "席をはずしていました。申し訳ありません。",
        ("1", "a"),
    ),
    (
        "other",
        "その他",
        "思っていた話とちがいました。",
        "ご希望の話題で、最後までお話ししました。",
        ("3", "d"),
    ),
)


@dataclass(frozen=True)
class WorkedOff:
    """One claim that was decided: keys that were pressed, seconds of the machine until the next one
    stood there, characters that a person reads (of the caller's and the cast's words).
    """

    keys: int
    seconds: float
    characters: int


async def let_claims_wait(database: Database, number: int) -> None:
    """Let talks have been claimed, of each kind in turn, and their casts have answered."""
    async with database.transaction() as tx:
        named = sa.text("SELECT id FROM users WHERE nickname = :name")
        caller = int(await tx.scalar(named, {"name": CALLER}) or 0)
        cast = int(await tx.scalar(named, {"name": CAST}) or 0)
        await ledger.grant(tx, caller, number * 2_000, "gift", actor_id=None, key=uuid4().hex)
    for place in range(number):
        kind, _, said, answered, _ = CASES[place % len(CASES)]
        talk = await talked(database, CALLER, CAST, ROOM)
        async with database.transaction() as tx:
            claim = await claims.file_claim(tx, Settings(), talk, caller, kind, said)
            await hearing.answer(tx, claim, cast, answered)


async def decide_next(page: Page) -> WorkedOff | None:
    """Decide on the claim that is shown, by its kind with two keys; None where there is none."""
    shown = page.locator("article.claim")
    if not await shown.locator("form.decide").count():
        return None
    title = await shown.locator("h2").inner_text()
    said = await shown.locator(".claim-said blockquote").all_inner_texts()
    reply, act = next(keys for _, name, _, _, keys in CASES if name == title)
    begun = perf_counter()
    await page.keyboard.press(reply)
    async with page.expect_navigation(wait_until="load"):
        await page.keyboard.press(act)
    return WorkedOff(2, perf_counter() - begun, sum(map(len, said)))
