"""Letters of every outcome, beside the books that are to be broken on purpose."""

import asyncio

from foundation.database import Database
from foundation.settings import Settings
from rooms.care import decisions
from rooms.care.letters import letter_claims
from tests.world import new_user
from tests.writing.letters.lettered import Lettered


def make_letters(url: str, owner_url: str) -> None:
    """Add a letter that was answered, one that was and partly returned by a claim, one that ran out
    and one that waits.
    """
    asyncio.run(_make(url, owner_url))


async def _make(url: str, owner_url: str) -> None:
    database, owner = Database(url, pool_size=2), Database(owner_url, pool_size=1)
    try:
        lettered = await Lettered.open(database, owner, Settings(), points=20_000)
        await lettered.send()
        await lettered.answer()
        await lettered.send()
        await lettered.answer()
        await _claim(lettered)
        await lettered.send()
        await lettered.pass_days(6)
        await lettered.lapse()
        await lettered.send()
    finally:
        await database.close()
        await owner.close()


async def _claim(lettered: Lettered) -> None:
    about = (lettered.settings, lettered.letter, lettered.caller, "no_answer", "")
    claim = await lettered.do(letter_claims.file_letter_claim, *about)
    staff = await lettered.do(new_user, "スタッフ")
    made = (lettered.settings, claim, staff, 500, "短い", "急ぎ")
    await lettered.do(decisions.return_points, *made)
