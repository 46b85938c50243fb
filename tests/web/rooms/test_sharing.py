"""A room is handed on by a short address, whose preview shows its own picture, title and price."""

import io
import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from rooms.ground.tables import rooms
from tests.web.casts.test_photos import file, gradient
from tests.web.casts.test_photos import send as send_photo
from tests.web.conftest import Open
from tests.web.scene import Browser, make_room, make_user
from web.pages.rooms import card_drawing
from web.pages.rooms.card_drawing import CardWords

NEW = {
    "title": "お茶の時間", "topic": "雑談", "text": "どうぞ", "rate": "120", "allows_video": "0",
    "category": "1", "tags": "", "by_standby": "1", "booking": "none",
}  # fmt: skip
IMAGE = re.compile(r'property="og:image" content="http://[^/]+(/rooms/[^"]+)"')


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which nobody looks at rooms first."""
    return settings.model_copy(update={"rooms_looked_at": False})


@pytest.fixture
async def cast(browser: Browser, database: Database) -> User:
    """A cast, signed in."""
    user = await make_user(database, is_cast=True, nickname="さくら")
    await browser.sign_in(user, database)
    return user


async def text(browser: Browser, path: str) -> str:
    return await (await browser.get(path)).text()


async def publish(browser: Browser) -> tuple[str, str]:
    """Publish a room as its cast does; its id and its short address."""
    made = await browser.post("/console/rooms", NEW)
    path = made.headers["Location"].partition("?")[0]
    done = await browser.post(f"{path}/publish", {})
    page = await text(browser, done.headers["Location"])
    found = re.search(r'value="http://[^/]+(/r/\w{6})"', page)
    assert found
    return path.rpartition("/")[2], found[1]


async def test_publishing_shows_the_ways_to_hand_a_room_on(
    browser: Browser, open_browser: Open, cast: User
) -> None:
    room, short = await publish(browser)
    page = await text(browser, f"/console/rooms/{room}?saved=published")
    assert re.search(r'<details class="share"[^>]* open>', page)
    anyone = await open_browser()
    answer = await anyone.get(short)
    assert (answer.status, answer.headers["Location"]) == (301, f"/rooms/{room}")
    page = await text(anyone, f"/rooms/{room}")
    for way in (r"https://social-plugins\.line\.me/", r"https://twitter\.com/", "mailto:"):
        link = re.search(rf'href="({way}[^"]*)"', page)
        assert link
        assert short in link[1].replace("%2F", "/")
    code = await anyone.get(f"{short}/qr.svg")
    assert code.content_type == "image/svg+xml"
    assert b"<svg" in await code.read()


async def test_a_short_address_of_what_is_not_public_leads_nowhere(
    browser: Browser, cast: User
) -> None:
    room, short = await publish(browser)
    await browser.post(f"/console/rooms/{room}/unpublish", {})
    for path in (short, f"{short}/qr.svg", "/r/zzzzzz", "/r/000000", "/r/short"):
        assert (await browser.get(path)).status == 404
    assert 'class="share"' not in await text(browser, f"/console/rooms/{room}")


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image.convert("RGB")


async def card_of(browser: Browser, room: str) -> tuple[str, Image.Image]:
    found = IMAGE.search(await text(browser, f"/rooms/{room}"))
    assert found
    answer = await browser.get(found[1])
    assert (answer.status, answer.content_type) == (200, "image/jpeg")
    assert "31536000" in answer.headers["Cache-Control"]
    return found[1], opened(await answer.read())


async def test_the_preview_shows_the_room_and_changes_with_it(browser: Browser, cast: User) -> None:
    room, _ = await publish(browser)
    first, plain = await card_of(browser, room)
    assert plain.size == (1200, 630)
    for change in ({"title": "夜の時間"}, {"rate": "200"}):
        assert (await browser.post(f"/console/rooms/{room}", NEW | change)).status == 303
        second, changed = await card_of(browser, room)
        assert second != first
        assert changed.tobytes() != plain.tobytes()
        first, plain = second, changed
    await send_photo(browser, file(gradient((900, 900))))
    third, with_photo = await card_of(browser, room)
    assert third != first
    # The photo's place, that was one soft colour around a letter, is the photo.
    assert len(plain.crop((0, 0, 60, 60)).getcolors(3600) or []) < 20
    assert len(with_photo.crop((0, 0, 560, 630)).getcolors(560 * 630) or []) > 100


async def test_an_old_address_shows_the_room_as_it_is_now(browser: Browser, cast: User) -> None:
    room, _ = await publish(browser)
    now, _ = await card_of(browser, room)
    old = await browser.get(f"/rooms/{room}/card-ja-{'0' * 16}.jpg")
    assert old.status == 200
    assert "max-age=3600" in old.headers["Cache-Control"]
    assert await old.read() == await (await browser.get(now)).read()
    english = await browser.get(now.replace("-ja-", "-en-"))
    assert english.status == 200


async def test_no_card_gives_away_what_is_not_public(
    browser: Browser, database: Database, cast: User
) -> None:
    room = await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await tx.execute(sa.update(rooms).values(published=False))
    assert (await browser.get(f"/rooms/{room}/card-ja-{'0' * 16}.jpg")).status == 404


WORDS = CardWords("お茶の時間", "さくらさん", "1分 ¥100", "ひととき", None)


@pytest.mark.parametrize(
    "given",
    [
        {"title": "あ" * 40},
        {"title": "W" * 40},
        {"title": "🍵☕️"},
        {"title": "髙﨑さんと鷗外を読む", "name": "龢さん"},
        {"name": "👩‍👩‍👧‍👦"},
        {"price": "1分 ¥1,000"},
    ],
)
def test_a_card_of_any_words_is_a_card(given: dict[str, Any]) -> None:
    assert opened(card_drawing.draw(replace(WORDS, **given))).size == (1200, 630)


def test_lines_fit_their_width_and_say_where_they_were_cut() -> None:
    lines = card_drawing.wrapped("あ" * 40, 520, 54)
    font = card_drawing._font(54)
    assert len(lines) == card_drawing.MOST_LINES
    assert all(font.getlength(line) <= 560 for line in lines)
    assert lines[-1].endswith("…")
    assert card_drawing.wrapped("短い", 520, 54) == ["短い"]


def test_no_line_begins_with_a_full_stop() -> None:
    lines = card_drawing.wrapped("あいうえおかきくけ。こ", 486, 54)
    assert lines[0].endswith("。")


def test_rare_letters_of_names_are_drawn_and_emoji_left_out() -> None:
    assert card_drawing._drawable("髙﨑彅𠮷🍵") == "髙﨑彅𠮷"
