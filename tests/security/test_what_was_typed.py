"""A form that is refused loses nothing: what was typed beside the mistake stands in the answer."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from foundation.database import Database
from tests.security.house import House
from tests.web.scene import Browser

TEXT = "こんにちは。\r\nこの文章は、二行あります。"
NAME = "さくら商店さん御一行"
KEPT = "この文章は、二行あります。"

# A form of each kind in which something is typed, by whom, with one wrong field among good ones;
# and the texts that must not be lost.
FORMS: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("", "/contact", {"category": "x", "email": "hanako@example.jp", "text": TEXT},
     [KEPT, "hanako@example.jp"]),
    ("", "/contact", {"category": "other", "email": "x", "text": TEXT}, [KEPT]),
    ("", "/sign-up", {"nickname": NAME, "email": "x", "password": "short", "birth_year": "1990",
     "birth_month": "4", "birth_day": "31"}, [NAME, 'value="1990"']),
    ("", "/sign-in", {"email": "hanako@example.jp", "password": "wrong wrong"},
     ["hanako@example.jp"]),
    ("", "/forgotten-password", {"email": "hanako@"}, ["hanako@"]),
    ("Mallory", "/casts/join", {"name": NAME, "email": "hanako@example.jp", "about": "",
     "message": TEXT}, [KEPT]),
    ("Kenji", "/talks/{talk_id}/report", {"kind": "x", "text": TEXT}, [KEPT]),
    ("Kenji", "/rooms/{room_id}/report", {"kind": "x", "text": TEXT}, [KEPT]),
    ("Mallory", "/rooms/{room_id}/ask", {"press": "12345678", "text": TEXT + "あ" * 1000},
     [KEPT]),
    ("Kenji", "/messages/{thread_id}", {"press": "12345678", "text": TEXT + "あ" * 1000}, [KEPT]),
    ("Kenji", "/messages/{thread_id}/report", {"kind": "x", "text": TEXT}, [KEPT]),
    ("Kenji", "/board/new", {"press": "12345678", "category": "x", "title": NAME, "text": TEXT,
     "pen_name": "ペンギン"}, [NAME, KEPT, "ペンギン"]),
    ("Kenji", "/board/{topic_id}/edit", {"press": "12345678", "category": "x", "title": NAME,
     "text": TEXT}, [NAME, KEPT]),
    ("Mallory", "/board/{topic_id}/answers", {"press": "12345678", "text": TEXT + "あ" * 2000},
     [KEPT]),
    ("Kenji", "/board/{topic_id}/add", {"press": "12345678", "text": TEXT + "あ" * 2000}, [KEPT]),
    ("Kenji", "/board/{topic_id}/answers/{answer_id}/edit", {"press": "12345678",
     "text": TEXT + "あ" * 2000}, [KEPT]),
    ("Mallory", "/board/{topic_id}/report", {"kind": "x", "text": TEXT}, [KEPT]),
    ("Kenji", "/rooms/{room_id}/request", {"minutes": "30", "message": TEXT, "first": "x"}, [KEPT]),
    ("Kenji", "/rooms/{room_id}/request", {"minutes": "x", "message": TEXT}, [KEPT]),
    ("Kenji", "/reservations/999/confirm", {"message": TEXT}, [KEPT]),
    ("Kenji", "/talks/{talk_id}/claim", {"kind": "x", "text": TEXT}, [KEPT]),
    ("Kenji", "/talks/{talk_id}/rating", {"stars": "x", "text": TEXT}, [KEPT]),
    ("Sakura", "/talks/{talk_id}/caller-rating", {"good": "x", "words": TEXT}, [KEPT]),
    ("Kenji", "/settings/email", {"email": "hanako@example.jp", "password": "wrong wrong"},
     ["hanako@example.jp"]),
    ("Kenji", "/points/limits", {"day_points": "x1", "month_points": "54321"}, ["x1", "54321"]),
    ("Kenji", "/points/purchases/{purchase_id}/receipt", {"addressee": NAME + "\0",
     "step": "issue"}, [NAME]),
    ("Sakura", "/console/profile", {"text": TEXT, "topics": "あ" * 20}, [KEPT, "あ" * 20]),
    ("Sakura", "/console/rooms", {"title": NAME, "topic": "", "text": TEXT, "rate": "1",
     "allows_video": "1"}, [NAME, KEPT]),
    ("Sakura", "/console/rooms/{room_id}", {"title": NAME, "topic": "雑談", "text": TEXT,
     "rate": "x", "allows_video": "1"}, [NAME, KEPT]),
    ("Sakura", "/console/timetable/{room_id}/hours", {"day3": "1", "starts": "20:01",
     "ends": "22:00"}, ['name="day3" value="1" checked', "20:01", "22:00"]),
    ("Sakura", "/console/timetable/{room_id}/extra", {"day": "2001-01-01", "starts": "20:00",
     "ends": "22:00"}, ["2001-01-01", "20:00", "22:00"]),
    ("Sakura", "/console/timetable/{room_id}/booking", {"booking": "request", "shortest": "60",
     "longest": "30"}, ['value="request" checked', 'value="60" selected']),
    ("Sakura", "/console/identity/send", {"legal_name": NAME * 10}, [NAME * 10]),
    ("Sakura", "/reservations/{reservation_id}/decline", {"words": ""}, []),
    ("Sakura", "/requests/{request_id}/refuse", {"words": "あ" * 600}, ["あ" * 300]),
    ("Kenji", "/rooms/{room_id}/apply", {"minutes": "20", "words": TEXT}, [KEPT]),
    ("Sakura", "/console/applications/{talk_application_id}/decline", {"words": "あ" * 600},
     ["あ" * 300]),
    ("Sakura", "/console/claims/{claim_id}", {"text": "あ" * 1001}, ["あ" * 1001]),
    ("administrator", "/staff/claims/{claim_id}/return", {"scope": "part", "points": "x",
     "reason": TEXT}, [KEPT]),
    ("administrator", "/staff/claims/{claim_id}/send-back", {"reason": TEXT}, [KEPT]),
    ("administrator", "/staff/people/{user_id}/give", {"points": "x", "reason": TEXT, "press": "1"},
     [KEPT]),
    ("administrator", "/staff/people/{user_id}/suspend", {"days": "x", "reason": TEXT,
     "words": TEXT + NAME}, [KEPT, NAME]),
    ("administrator", "/staff/people/{user_id}/warn", {"reason": "", "words": TEXT}, [KEPT]),
    ("administrator", "/staff/inquiries/{inquiry_id}/answer", {"words": TEXT * 110}, [KEPT]),
    ("administrator", "/staff/inquiries/{inquiry_id}/close", {"reason": TEXT * 100}, [KEPT]),
    ("administrator", "/staff/applications/{application_id}/decline", {"words": TEXT * 100},
     [KEPT]),
    ("administrator", "/staff/identities/{user_id}/decline", {"words": TEXT * 100}, [KEPT]),
    ("administrator", "/staff/reports/{report_id}/close", {"words": TEXT * 100}, [KEPT]),
    ("administrator", "/staff/board/topics/{topic_id}/hide", {"named": "x", "words": TEXT}, [KEPT]),
    ("administrator", "/staff/board/lines", {"locale": "ja", "name": NAME, "number": "x",
     "hours": "", "reason": TEXT}, [NAME, KEPT]),
    ("administrator", "/staff/people/{user_id}/role", {"role": "x", "reason": TEXT}, [KEPT]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "pattern", "form", "kept"), FORMS, ids=[f"{n}-{f[1]}" for n, f in enumerate(FORMS)]
)
async def test_what_was_typed_beside_a_mistake_stands_in_the_answer(
    browser: Browser,
    house: House,
    database: Database,
    who: str,
    pattern: str,
    form: dict[str, str],
    kept: list[str],
) -> None:
    if who:
        await browser.sign_in(house[who], database)
    answer = await browser.post(house.path(pattern), form)
    page = await answer.text()
    assert answer.status in range(400, 500), (answer.status, answer.headers.get("Location"))
    missing = [text for text in kept if text not in page]
    assert missing == [], f"{answer.status}\n{_told(page)}"


def _told(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page.partition("<main")[2]))[:500]


TWICE: list[tuple[str, str, dict[str, str], str]] = [
    ("Kenji", "/contact", {"category": "other", "email": "hanako@example.jp", "text": TEXT},
     "inquiries"),
    ("Sakura", "/console/rooms", {"title": NAME, "topic": "雑談", "text": TEXT, "rate": "100",
     "allows_video": "1", "category": "1", "tags": "", "booking": "none", "by_standby": "1"},
     "rooms"),
    ("Sakura", "/console/timetable/{room_id}/hours", {"day3": "1", "starts": "07:00",
     "ends": "08:00"}, "room_hours"),
    ("Sakura", "/console/timetable/{room_id}/extra", {"day": "DAY", "starts": "07:00",
     "ends": "08:00"}, "hour_exceptions"),
    ("Mallory", "/rooms/{room_id}/report", {"kind": "harassment", "text": TEXT}, "reports"),
    ("Mallory", "/casts/join", {"name": NAME, "email": "mallory@example.jp", "about": "料理",
     "message": TEXT}, "applications"),
    ("Kenji", "/board/new", {"press": "12345678", "category": "work", "title": "題", "text": TEXT,
     "pen_name": ""}, "board_topics"),
    ("Mallory", "/board/{topic_id}/answers", {"press": "12345678", "text": TEXT}, "board_answers"),
    ("Mallory", "/board/{topic_id}/report", {"kind": "other", "text": TEXT}, "board_reports"),
    ("administrator", "/staff/people/{user_id}/give", {"points": "10", "reason": TEXT,
     "press": "0" * 43}, "lots"),
]  # fmt: skip


@pytest.mark.parametrize(("who", "pattern", "form", "table"), TWICE, ids=[f[1] for f in TWICE])
async def test_the_same_form_sent_twice_is_done_once_and_ends_at_the_same_place(
    browser: Browser,
    house: House,
    database: Database,
    who: str,
    pattern: str,
    form: dict[str, str],
    table: str,
) -> None:
    await browser.sign_in(house[who], database)
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    form = {name: day if value == "DAY" else value for name, value in form.items()}
    before = await _count(database, table)
    answers = [await browser.post(house.path(pattern), form) for _ in range(2)]
    assert {answer.status for answer in answers} == {303}
    assert len({answer.headers["Location"] for answer in answers}) == 1
    assert await _count(database, table) == before + 1


async def _count(database: Database, table: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0)
