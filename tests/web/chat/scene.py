"""What tests of the pages of consultations share: people, their browsers, forms as one sends."""

import re
from dataclasses import dataclass
from io import BytesIO

import sqlalchemy as sa
from aiohttp import ClientResponse, FormData
from PIL import Image

from foundation.database import Database
from people.accounts.accounts import User
from tests.web.conftest import Open
from tests.web.scene import BROWSER, Browser, give, make_user
from writing.ground.tables import answering_members

WORDS = "夜、眠れない日がつづいています。\nだれかに聞いてほしいです。"
CHOICE = {"nominable": "1", "most_open": "3"}


@dataclass
class Three:
    """A caller and two answering members, each signed in on a browser of their own."""

    database: Database
    caller: User
    member: User
    other: User
    asks: Browser
    answers: Browser
    stands_by: Browser

    @classmethod
    async def open(cls, open_browser: Open, database: Database, **site: object) -> "Three":
        """Make the people; both members can be nominated."""
        caller = await make_user(database, nickname="けんじ")
        member = await make_user(database, nickname="さくら", is_cast=True)
        other = await make_user(database, nickname="もも", is_cast=True)
        await give(database, caller, 5000)
        browsers = []
        for user in (caller, member, other):
            browser = await open_browser(chat=True, board=True, **site)
            await browser.sign_in(user, database)
            browsers.append(browser)
        three = cls(database, caller, member, other, *browsers)
        for user, browser in ((member, three.answers), (other, three.stands_by)):
            async with database.transaction() as tx:
                await tx.execute(sa.insert(answering_members).values(user_id=user.id))
            saved = await browser.post("/chats/desk/settings", CHOICE)
            assert saved.status == 303, await saved.text()
        return three

    async def write(self, to: User | None = None, **more: str) -> str:
        """Ask for a consultation; return its address."""
        path = f"/chats/to/{to.id}" if to else "/chats/new"
        answer = await self.asks.post(path, filled(**more))
        assert answer.status == 303, await answer.text()
        return answer.headers["Location"].partition("?")[0]

    async def begin(self) -> str:
        """Ask, and let the member take it."""
        chat = await self.write()
        taken = await self.answers.post(f"{chat}/take", {})
        assert taken.headers["Location"] == f"{chat}?done=taken"
        return chat


def filled(**more: str) -> dict[str, str]:
    """The form of a consultation as somebody fills it in."""
    form = {"category": "health", "text": WORDS, "wishes": "", "step": "look"}
    return form | {"press": "press-of-a-form"} | more


async def say(browser: Browser, chat: str, text: str, press: str = "a-press-of-mine") -> int:
    """Write in a consultation; return how it was answered."""
    return (await browser.post(chat, {"text": text, "press": press})).status


async def text_of(browser: Browser, path: str) -> str:
    """Return a page that is there."""
    answer = await browser.get(path)
    assert answer.status == 200, (path, answer.status)
    return await answer.text()


def photo(color: tuple[int, int, int] = (200, 120, 60)) -> bytes:
    """A photo as a camera makes it."""
    file = BytesIO()
    Image.new("RGB", (320, 240), color).save(file, "JPEG")
    return file.getvalue()


async def send_photos(
    browser: Browser, chat: str, *files: bytes, text: str = "", press: str = "press-with-photos"
) -> ClientResponse:
    """Send photos, by the form that a browser without script has."""
    form = FormData()
    for name, value in {
        "csrf": await browser.csrf(), "press": press, "seen": "0", "text": text,
    }.items():  # fmt: skip
        form.add_field(name, value)
    for data in files:
        form.add_field("photo", data, filename="IMG_0001.JPG", content_type="image/jpeg")
    return await browser.client.post(
        f"{chat}/photos", data=form, headers=BROWSER, allow_redirects=False
    )


def hidden(page: str) -> dict[str, str]:
    """What the form of the last look sends beside its words."""
    found = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    return {name: value for name, value in found.items() if name != "csrf"}
