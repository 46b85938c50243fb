"""Names and words that run from right to left turn nothing around them, on pages and in mails."""

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from foundation.database import Database, Tx
from foundation.settings import Settings
from people.accounts.accounts import User
from people.accounts.tables import users
from tests.security import house as houses
from tests.security.house import House
from tests.security.test_reading import crawl
from tests.web.accounts.registering import FORM
from tests.web.scene import Browser

NAMES = {"Kenji": "דוד", "Sakura": "نور", "Mallory": "ליאת", "Eve": "حوا"}
ISOLATED = re.compile("\u2068[^\u2068\u2069]*\u2069")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff]+")
# What is typed stays as it is, and each field is a place of its own; so is a file that is no page.
FIELDS = re.compile(r'value="[^"]*"|<textarea.*?</textarea>|<script.*?</script>', re.DOTALL)


@pytest.fixture
async def house(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> House:
    """A site whose people have names that run from right to left, and write so, too."""
    in_latin = houses._person

    async def person(tx: Tx, nickname: str, **given: Any) -> User:
        made, name = await in_latin(tx, nickname, **given), NAMES.get(nickname, nickname)
        await tx.execute(sa.update(users).where(users.c.id == made.id).values(nickname=name))
        return replace(made, nickname=name)

    monkeypatch.setattr(houses, "_person", person)
    made = await House.fill(database, settings)
    async with database.transaction() as tx:
        await tx.execute(
            sa.text("UPDATE rooms SET title = 'תה ושיחה', topic = 'תה', text = 'שלום'")
        )
    return made


def turning(text: str) -> list[str]:
    """What runs from right to left in a text without keeping to itself."""
    before = None
    while before != text:
        before, text = text, ISOLATED.sub("", text)
    return RIGHT_TO_LEFT.findall(text)


@pytest.mark.parametrize("who", [None, "Mallory", "Kenji", "Sakura", "administrator"])
async def test_no_page_is_turned_by_a_name(
    browser: Browser, house: House, database: Database, who: str | None
) -> None:
    if who:
        await browser.sign_in(house[who], database)
    texts = await crawl(browser)
    assert any(RIGHT_TO_LEFT.search(text) for text in texts.values())
    found = {path: turning(FIELDS.sub("", text)) for path, text in texts.items()}
    assert {path: words for path, words in found.items() if words} == {}


async def test_no_mail_and_no_notice_is_turned_by_a_name(house: House, database: Database) -> None:
    async with database.transaction() as tx:
        told = [
            f"{row.title}\n{row.text}"
            for row in await tx.execute(
                sa.text(
                    "SELECT title, text FROM notices"
                    " UNION ALL SELECT subject, text FROM mails"
                    " UNION ALL SELECT subject, coalesce(html, '') FROM mails"
                )
            )
        ]
    assert any(name in text for text in told for name in NAMES.values())
    assert [text for text in told if turning(text)] == []


async def test_a_name_goes_back_into_its_field_as_it_was_typed(browser: Browser) -> None:
    answer = await browser.post("/sign-up", FORM | {"nickname": "דוד", "password": "short"})
    assert answer.status == 422
    assert 'value="דוד"' in await answer.text()
