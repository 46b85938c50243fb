"""What is told in bars, and what a site that rests, or has shut a door, refuses."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foundation.database import Database
from foundation.errors import UserError
from foundation.settings import Settings
from record.site import announcements, changing, doors, particulars
from record.site.announcements import Announcement
from record.site.particulars import Particulars
from tests.web.staff.scene import make_staff

NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
TEXTS = {"ja": "あすの朝、お休みします", "en": "We rest tomorrow morning"}


def announcement(**given: Any) -> Announcement:
    """An announcement of this hour."""
    wanted: dict[str, Any] = {
        "audience": "everyone", "texts": TEXTS, "link": "/guide",
        "begins": NOW - HOUR, "ends": NOW + HOUR,
    }  # fmt: skip
    return announcements.written(**(wanted | given))


@pytest.fixture
async def actor(database: Database) -> int:
    return (await make_staff(database)).id


async def do(database: Database, verb: Any, *given: Any, seen: int = 0, actor: int) -> None:
    async with database.transaction() as tx:
        await verb(tx, *given, seen=seen, actor_id=actor)


async def now(database: Database) -> Particulars:
    async with database.transaction() as tx:
        return await particulars.read(tx)


async def test_what_is_told_shows_to_whom_and_while_it_is_meant(
    database: Database, actor: int
) -> None:
    await do(database, changing.announce, announcement(audience="casts"), actor=actor)
    site = await now(database)
    assert [one.text("en") for one in site.told(NOW, ["everyone", "casts"])] == [TEXTS["en"]]
    assert site.told(NOW, ["everyone", "staff"]) == []
    assert site.told(NOW + HOUR, ["casts"]) == site.told(NOW - 2 * HOUR, ["casts"]) == []
    await do(database, changing.take_back, site.announcements[0].id, seen=1, actor=actor)
    assert (await now(database)).announcements == ()


async def test_no_more_than_eight_and_those_that_are_over_go(
    database: Database, actor: int
) -> None:
    over = announcement(begins=NOW - 2 * HOUR, ends=NOW - HOUR)
    await do(database, changing.announce, over, actor=actor)
    for seen in range(1, 1 + announcements.MOST):
        await do(database, changing.announce, announcement(), seen=seen, actor=actor)
    assert over.id not in {one.id for one in (await now(database)).announcements}
    with pytest.raises(UserError) as refused:
        await do(database, changing.announce, announcement(), seen=9, actor=actor)
    assert refused.value.code == "site_announcements_full"


async def test_eight_of_the_longest_can_be_kept(database: Database, actor: int) -> None:
    long = {"ja": "𠮷" * 200, "en": "𠮷" * 200}
    for seen in range(announcements.MOST):
        one = announcement(texts=long, link="/" + "x" * 199)
        await do(database, changing.announce, one, seen=seen, actor=actor)


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "http://talk.example", "//evil.example", "/\\evil.example", "mailto:x",
     "https://x.example/\"onclick=", "https://user@evil.example/", "/a b", "guide",
     "/" + "x" * 200],
)  # fmt: skip
def test_a_link_leads_to_a_page_of_ours_or_over_https(link: str) -> None:
    with pytest.raises(UserError) as refused:
        announcement(link=link)
    assert refused.value.code == "site_link_malformed"


@pytest.mark.parametrize("link", ["", "/guide", "/faq?x=1#y", "https://talk.example/a?b=c"])
def test_good_links_are_taken(link: str) -> None:
    assert announcement(link=link).link == link


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"texts": {"ja": "", "en": "Hello"}}, "site_announcement_empty"),
        ({"audience": "robots"}, "site_announcement_empty"),
        ({"texts": {"ja": "こん\u202eにちは", "en": ""}}, "site_words_unseen"),
        ({"ends": NOW - 2 * HOUR}, "site_times_crossed"),
    ],
)
def test_what_can_t_be_told_is_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(UserError) as refused:
        announcement(**given)
    assert refused.value.code == code


async def test_a_rest_begins_at_its_moment_and_goes_on_until_it_is_ended(
    database: Database, actor: int
) -> None:
    await do(database, changing.rest, NOW + HOUR, NOW + 2 * HOUR, actor=actor)
    async with database.transaction() as tx:
        await doors.must_be_open(tx)
    site = await now(database)
    assert not site.rests(NOW)
    # What people are told is no end: the site rests until somebody says that it doesn't.
    assert site.rests(NOW + 3 * HOUR)
    await do(database, changing.rest, NOW - 2 * HOUR, NOW - HOUR, seen=1, actor=actor)
    async with database.transaction() as tx:
        with pytest.raises(UserError) as refused:
            await doors.must_be_open(tx)
    assert (refused.value.code, refused.value.status) == ("site_rests", 503)
    await do(database, changing.rest_no_more, seen=2, actor=actor)
    async with database.transaction() as tx:
        await doors.must_be_open(tx)


async def test_a_shut_door_lets_the_others_be(database: Database, actor: int) -> None:
    await do(database, changing.shut_doors, {"board", "video", "gate"}, actor=actor)
    assert (await now(database)).shut == {"board", "video"}
    async with database.transaction() as tx:
        await doors.must_be_open(tx, "voice", "letters")
        for door in ("board", "video"):
            with pytest.raises(UserError) as refused:
                await doors.must_be_open(tx, "voice", door)
            assert refused.value.params == {"door": door}


def test_a_door_says_which_setting_it_lacks(settings: Settings) -> None:
    bare = settings.model_copy(update={"board": False, "tab": True})
    assert doors.lacks(bare, "board") == "HITOTOKI_BOARD"
    assert doors.lacks(bare, "chat") == "HITOTOKI_CHAT"
    assert doors.lacks(bare, "tab") is None
    assert doors.lacks(bare, "video") is None
