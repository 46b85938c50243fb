"""Whatever id somebody puts into an address, another's things are refused to them."""

import pytest

from foundation.database import Database
from tests.security.everything import fingerprint
from tests.security.house import House, addresses
from tests.web.scene import PASSWORD, Browser

# What an id in an address names for everybody: rooms, casts, packs, and one's own way into them.
PUBLIC = {
    "GET": {
        "/rooms/{room_id}",
        "/casts/{cast_id}/ratings",
        "/rooms/{room_id}/enter",
        "/rooms/{room_id}/book",
        "/rooms/{room_id}/request",
        "/rooms/{room_id}/ask",
        "/rooms/{room_id}/apply",
        "/points/buy/{pack_id}",
        # Its token is its key.
        "/calendar/{token}.ics",
        # The demo site's mailbox is everybody's.
        "/demo/mailbox/{mail_id}",
        "/demo/mailbox/{mail_id}/html",
        "/photos/{name}{end}",
        "/casts/{cast_id}",
        "/casts/{cast_id}/letter",
        "/chats/to/{user_id}",
        "/r/{code}",
        "/r/{code}/qr.svg",
        "/rooms/{room_id}/card-{locale}-{digest}.jpg",
        "/sitemaps/{part}.xml",
        # The site's own look.
        "/site/{version}/look.css",
        "/site/{version}/logo.webp",
        "/site/{version}/{file}",
        "/site/{version}/share-{locale}.jpg",
        "/{text_name}/versions/{version_number}",
        "/rooms/{about_id}/block",
        "/rooms/{about_id}/report",
        # What stands on the board is everybody's to read and to report.
        "/board/{topic_id}",
        "/board/{topic_id}/report",
        "/board/{topic_id}/block",
        "/board/{topic_id}/answers/{answer_id}/report",
        "/board/members/{user_id}",
        "/topics/{about_id}",
        "/answers/{about_id}",
        "/topics/{about_id}/block",
        "/answers/{about_id}/block",
        "/sitemaps/board-{part}.xml",
        # One's own year, and one's own month.
        "/console/payouts/years/{year}",
        "/console/payouts/years/{year}.csv",
        "/points/statements/{month}",
        "/points/statements/{month}.csv",
    },
    "POST": {
        "/rooms/{room_id}/entry",
        "/rooms/{room_id}/wait",
        "/rooms/{room_id}/book",
        "/rooms/{room_id}/request",
        "/rooms/{room_id}/ask",
        "/rooms/{room_id}/apply",
        "/casts/{cast_id}/favourite",
        "/casts/{cast_id}/letter",
        "/casts/{cast_id}/letter/send",
        "/chats/to/{user_id}",
        "/casts/{cast_id}/favourite/tell",
        "/rooms/{about_id}/block",
        "/rooms/{about_id}/report",
        # Everybody may answer, say that it helped, and report.
        "/board/{topic_id}/answers",
        "/board/{topic_id}/answers/{answer_id}/helpful",
        "/board/{topic_id}/report",
        "/board/{topic_id}/answers/{answer_id}/report",
        "/topics/{about_id}/block",
        "/answers/{about_id}/block",
        # One's own month, with an addressee.
        "/points/statements/{month}",
        # One's own list of blocks.
        "/settings/blocks/{user_id}/lift",
    },
}
# Whatever a form of ours may send: none may be refused for a field that is missing.
FORM = {
    "reason": "because", "scope": "all", "points": "10", "text": "because", "words": "because",
    "kind": "no_media", "press": "0" * 32, "message": "", "minutes": "30", "price_yen": "1",
    "bonus": "0", "active": "1", "position": "1", "addressee": "Somebody", "step": "issue",
    "act": "card_ok", "weekday": "1", "starts": "10:00", "ends": "11:00", "day": "2099-01-01",
    "booking": "direct", "shortest": "10", "longest": "60", "wish": "1", "start": "1",
    "way": "forward", "lost": "0", "issue": "1", "place": "1", "title": "Tea time", "rate": "100",
    "topic": "Small talk", "allows_video": "1", "video": "1", "password": PASSWORD,
    "on": "1", "up_to": "1", "category": "1", "tags": "", "note": "because",
    "answer": "because", "pen_name": "", "named": "other", "to": "1",
}  # fmt: skip
# A form has at most so many fields: those of timetables are sent there, the others elsewhere.
TIMETABLES = {"weekday", "starts", "ends", "day", "shortest", "longest"}
REFUSED = {403, 404}


def form_for(pattern: str) -> dict[str, str]:
    """What is sent to an address."""
    left = {"up_to", "note", "answer", "tags", "to"} if "timetable" in pattern else TIMETABLES
    return {name: said for name, said in FORM.items() if name not in left}


def named(browser: Browser, method: str) -> list[str]:
    """Every address with an id that is one person's own."""
    assert browser.client.app is not None
    found = sorted({
        pattern
        for pattern in addresses(browser.client.app, method)
        if "{" in pattern and pattern not in PUBLIC[method]
    })  # fmt: skip
    assert len(found) > 10
    return found


@pytest.mark.parametrize("who", ["Mallory", "Eve"])
async def test_nobody_sees_what_is_anothers(browser: Browser, house: House, who: str) -> None:
    await browser.sign_in(house[who], house.database)
    answers = {p: (await browser.get(house.path(p))).status for p in named(browser, "GET")}
    assert {p: status for p, status in answers.items() if status not in REFUSED} == {}


@pytest.mark.parametrize("who", ["Mallory", "Eve"])
async def test_nobody_acts_on_what_is_anothers(
    browser: Browser, house: House, who: str, database: Database
) -> None:
    await browser.sign_in(house[who], house.database)
    before = await fingerprint(database)
    answers = {
        p: (await browser.post(house.path(p), form_for(p))).status for p in named(browser, "POST")
    }
    # An inbox's press on a notice that isn't one's own leads back to the inbox.
    assert answers.pop("/inbox/{notice_id}") == 303
    assert [one for one in answers.items() if one[1] not in REFUSED] == []
    assert await fingerprint(database) == before


async def test_a_visitor_is_told_to_sign_in_or_nothing(browser: Browser, house: House) -> None:
    for pattern in named(browser, "GET"):
        answer = await browser.get(house.path(pattern))
        if answer.status == 303:
            assert answer.headers["Location"].startswith("/sign-in?next="), pattern
        else:
            assert answer.status in REFUSED, pattern
    for pattern in named(browser, "POST"):
        answer = await browser.post(house.path(pattern), form_for(pattern))
        if answer.status == 303:
            assert answer.headers["Location"].startswith("/sign-in?next="), pattern
        else:
            assert answer.status in REFUSED, pattern


async def test_the_owner_is_let_in(browser: Browser, house: House) -> None:
    """The ids above are good ones: whom they belong to gets their pages."""
    await browser.sign_in(house["Kenji"], house.database)
    mine = [p for p in named(browser, "GET") if not p.startswith("/staff") and "console" not in p]
    answers = {p: (await browser.get(house.path(p))).status for p in mine}
    assert {p: s for p, s in answers.items() if s not in (200, 303, 409)} == {}, answers
    assert sum(status == 200 for status in answers.values()) > len(answers) / 2
