"""What a thief finds in the database and in the log: nothing to come in with, nobody's words."""

import logging
from io import StringIO

import pytest

from foundation.database import Database
from foundation.log import set_up_log
from people.accounts import passwords
from people.accounts.rules import normal_password
from tests.security.everything import text_of
from tests.security.house import House
from tests.web.scene import PASSWORD, Browser

WORDS = "a-secret-word-1x2y"


async def test_a_stolen_database_lets_nobody_in(
    browser: Browser, house: House, database: Database
) -> None:
    mallory = house["Mallory"]
    await browser.post("/sign-in", {"email": mallory.email, "password": PASSWORD, "next": "/"})
    session = browser.cookie("session")
    assert session
    everything = await text_of(database)
    for secret in (session, str(house.ids["token"]), PASSWORD, normal_password(PASSWORD)):
        assert secret not in everything
        assert secret.encode().hex() not in everything
    assert await passwords.matches(None, PASSWORD) is False


@pytest.fixture
def log(own_log: None) -> StringIO:
    """Everything that is logged, down to the least."""
    caught = StringIO()
    set_up_log("json", level=logging.DEBUG)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(caught)
    return caught


async def test_the_log_holds_no_token_and_nobodys_words(
    log: StringIO, browser: Browser, house: House, database: Database
) -> None:
    mallory = house["Mallory"]
    await browser.post(
        "/sign-in", {"email": mallory.email, "password": "wrong" + WORDS, "next": "/"}
    )
    await browser.post("/sign-in", {"email": mallory.email, "password": PASSWORD, "next": "/"})
    await browser.post(
        "/sign-up",
        {"nickname": WORDS, "email": f"{WORDS}@example.jp", "password": PASSWORD, "next": "/"},
    )
    for path in (f"/calendar/{house.ids['token']}.ics", "/points", "/nowhere", f"/?page={WORDS}"):
        await (await browser.get(path)).read()
    await browser.post(f"/talks/{house.ids['talk_id']}/claim", {"kind": "other", "text": WORDS})
    await browser.post(f"/rooms/{house.ids['room_id']}/entry", {"spend_cap_minutes": WORDS})
    session = browser.cookie("session")
    assert session
    logged = log.getvalue()
    for secret in (session, str(house.ids["token"]), PASSWORD, mallory.email, WORDS):
        assert secret not in logged
