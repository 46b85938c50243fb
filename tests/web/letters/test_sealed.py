"""What is written in letters stands in one table, and opens to nobody but the two, save by a report
or a claim of one of them.
"""

import re
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from foundation.database import Database
from foundation.settings import Settings
from people.accounts.accounts import User
from rooms.care import withdrawal
from tests.web.conftest import Open
from tests.web.letters.test_letter_pages import OFFER, send
from tests.web.scene import Browser, make_room, make_user
from tests.web.staff.scene import make_staff
from tests.world import buy

# Of no password.
HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$" + "A" * 43
SECRET = "だれにも言えない秘密の合言葉"
# What staff can open without naming a report or a claim.
DESKS = (
    "/staff/claims", "/staff/reports", "/staff/acts", "/staff/acts/views", "/staff/board",
    "/staff/alarms", "/staff/mails", "/staff/books", "/staff/people", f"/staff/people?q={SECRET}",
)  # fmt: skip


@pytest.fixture
async def two(database: Database) -> tuple[User, User]:
    """A caller with points, and a cast with a room."""
    caller = await make_user(database, nickname="けんじ")
    cast = await make_user(database, nickname="さくら", is_cast=True)
    await make_room(database, cast, waiting=False)
    async with database.transaction() as tx:
        await buy(tx, caller.id, 5000)
    return caller, cast


@pytest.fixture
async def pair(
    open_browser: Open, database: Database, two: tuple[User, User]
) -> tuple[Browser, Browser]:
    one, other = [await open_browser(letters=True, board=True) for _ in range(2)]
    await one.sign_in(two[0], database)
    await other.sign_in(two[1], database)
    await other.post("/console/letters", OFFER)
    return one, other


async def written(pair: tuple[Browser, Browser], two: tuple[User, User]) -> str:
    """A letter with all its parts and a draft, each of which holds the secret."""
    one, other = pair
    letter = await send(one, two[1].id, SECRET)
    await other.post(f"{letter}/answer", {"text": f"{SECRET}下書き", "back": "0", "keep": "1"})
    await other.post(f"{letter}/answer", {"text": f"{SECRET}答え", "back": "0"})
    await one.post(f"{letter}/back", {"text": f"{SECRET}質問"})
    await other.post(f"{letter}/answer", {"text": f"{SECRET}続き", "back": "0", "keep": "1"})
    return letter


async def holding(database: Database) -> set[str]:
    """Every table of the database in which the secret stands, jobs and mails among them."""
    async with database.transaction() as tx:
        names = await tx.scalars(
            sa.text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        found = set()
        for name in names.all():
            query = f"SELECT EXISTS (SELECT FROM {name} t WHERE strpos(t::text, :word) > 0)"
            if await tx.scalar(sa.text(query), {"word": SECRET}):
                found.add(name)
    return found


async def test_its_words_stand_in_no_other_table_and_in_no_log(
    pair: tuple[Browser, Browser], two: tuple[User, User], owner_database: Database
) -> None:
    with structlog.testing.capture_logs() as lines:
        await written(pair, two)
    assert SECRET not in repr(lines)
    assert await holding(owner_database) == {"letter_texts", "letter_drafts"}


async def test_no_desk_and_no_search_shows_them(
    pair: tuple[Browser, Browser],
    two: tuple[User, User],
    database: Database,
    open_browser: Open,
) -> None:
    letter = await written(pair, two)
    desk = await open_browser(letters=True, board=True)
    await desk.sign_in(await make_staff(database), database)
    for path in (*DESKS, *(f"/staff/people/{one.id}" for one in two)):
        answer = await desk.get(path)
        assert answer.status == 200, path
        page = (await answer.text()).replace(f'value="{SECRET}"', "")
        assert f"{SECRET}答え" not in page, path
        assert not re.search(f"{SECRET}(?![」”])", page), path
    for path in (letter, f"{letter}/report", f"{letter}/claim", f"{letter}/block"):
        assert (await desk.get(path)).status == 404
    for path in (f"/search?q={SECRET}", f"/board?q={SECRET}", f"/casts/{two[1].id}"):
        assert f"{SECRET}答え" not in await (await desk.get(path)).text()


async def test_a_claim_says_first_that_it_opens_the_letter_and_each_look_is_logged(
    pair: tuple[Browser, Browser],
    two: tuple[User, User],
    database: Database,
    open_browser: Open,
) -> None:
    letter = await written(pair, two)
    form = await (await pair[0].get(f"{letter}/claim")).text()
    assert "スタッフ" in form
    assert "読" in form
    # The cast can't open it so: the claim is its caller's own.
    assert (await pair[1].get(f"{letter}/claim")).status == 404
    said = await pair[0].post(f"{letter}/claim", {"kind": "no_answer", "text": "足りません"})
    assert said.status == 303
    desk = await open_browser(letters=True)
    await desk.sign_in(await make_staff(database), database)
    page = await (await desk.get("/staff/claims/1/letter")).text()
    assert f"{SECRET}答え" in page
    async with database.transaction() as tx:
        acts: Any = await tx.scalars(sa.text("SELECT act FROM staff_acts"))
        assert "letter.read" in acts.all()


async def test_who_has_gone_is_nobody_in_either_language(
    pair: tuple[Browser, Browser], two: tuple[User, User], database: Database, settings: Settings
) -> None:
    letter = await written(pair, two)
    async with database.transaction() as tx:
        await withdrawal.withdraw(tx, settings, two[0].id, HASH)
    for path in (letter, "/letters", "/messages"):
        assert "退会した会員" in await (await pair[1].get(path)).text()
    await pair[1].post("/language", {"locale": "en", "next": "/"})
    for path in (letter, "/letters", "/messages"):
        page = await (await pair[1].get(path)).text()
        assert "退会した会員" not in page.partition("<main")[2], path
        assert SECRET not in page.replace(f"{SECRET}答え", "").replace(f"{SECRET}続き", "")
