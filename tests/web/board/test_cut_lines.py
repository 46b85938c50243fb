"""A line that breaks while something is sent: the same form sent again makes one of it."""

from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from foundation.database import Database
from tests.web.board.test_board import FORM, ask
from tests.web.conftest import Open
from tests.web.scene import Browser, make_user
from tests.web.slow import line_to


@pytest.fixture
async def browser(open_browser: Open, database: Database) -> Browser:
    made = await open_browser(board=True)
    await made.sign_in(await make_user(database, nickname="たずね"), database)
    return made


async def cut(browser: Browser, path: str, fields: dict[str, str]) -> None:
    """Send a whole form, and be gone before the answer."""
    jar = browser.client.session.cookie_jar
    body = urlencode(fields | {"csrf": await browser.csrf()}).encode()
    async with line_to(browser) as line:
        await line.post(
            path,
            body,
            Cookie="; ".join(f"{one.key}={one.value}" for one in jar),
            Content_Type="application/x-www-form-urlencoded",
            Content_Length=len(body),
        )


async def rows(database: Database, table: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)


async def test_a_topic_and_an_answer_are_sent_once_though_the_line_broke(
    browser: Browser, database: Database, open_browser: Open
) -> None:
    await cut(browser, "/board/new", FORM | {"press": "press-cut"})
    topic = await ask(browser, "press-cut")
    assert await rows(database, "board_topics") == 1
    said = {"text": "川のそば", "press": "press-answer"}
    await cut(browser, f"{topic}/answers", said)
    again = await browser.post(f"{topic}/answers", said)
    assert again.status == 303
    assert await rows(database, "board_answers") == 1
