"""The site's settings: administrators alone; what they change shows wherever the site is named."""

import re
from datetime import datetime, timedelta
from email.headerregistry import Address
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest
from aiohttp import FormData
from PIL import Image

from foundation.database import Database
from foundation.settings import Settings
from notify import outbox
from notify.mail import letter
from notify.senders import envelope
from people.accounts.accounts import StaffRole
from record import act_list
from tests.security.everything import fingerprint
from tests.web.conftest import Open
from tests.web.scene import BROWSER, SCRIPT, Browser, give, make_room, make_user
from tests.web.staff.scene import make_staff
from web.http.keys import SITE

NAMES = {"name_ja": "ことり", "name_en": "Kotori", "seen": "0"}
FORMS = {
    "name": NAMES,
    "words": {f"{n}_{one}": "" for n in ("hero", "lead", "footer") for one in ("ja", "en")}
    | {"hero_ja": "ひと息つこう", "hero_en": "Take a breath", "seen": "0"},
    "sender": {"sender": "ことり事務局", "seen": "0"},
    "languages": {"seen": "0"},
    "colour": {"colour": "#3b5ba9", "seen": "0"},
    "plain": {"kind": "icon", "seen": "0"},
}


@pytest.fixture
async def admin(open_browser: Open, database: Database) -> Browser:
    browser = await open_browser(mail_from="ひととき <no-reply@talk.example>")
    await browser.sign_in(await make_staff(database), database)
    return browser


def picture(
    size: tuple[int, int] = (600, 600), kind: str = "PNG", colour: str = "#3b5ba9"
) -> bytes:
    """A picture as an operator has one."""
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, kind)
    return file.getvalue()


async def upload(browser: Browser, kind: str, data: bytes, seen: int = 0) -> int:
    """Send a picture; return what the site says by its status."""
    form = FormData()
    form.add_field("csrf", await browser.csrf())
    form.add_field("seen", str(seen))
    form.add_field("file", data, filename="x.png", content_type="image/png")
    answer = await browser.client.post(
        f"/staff/site/{kind}", data=form, headers=BROWSER, allow_redirects=False
    )
    return answer.status


async def text(browser: Browser, path: str, **headers: str) -> str:
    return await (await browser.get(path, **headers)).text()


@pytest.mark.parametrize("role", ["support", "finance", None])
async def test_nobody_but_administrators_changes_the_site(
    open_browser: Open, database: Database, role: StaffRole | None
) -> None:
    browser = await open_browser()
    me = await make_staff(database, role) if role else await make_user(database)
    await browser.sign_in(me, database)
    before = await fingerprint(database)
    for path in ("", "/look", "/preview.css"):
        assert (await browser.get(f"/staff/site{path}")).status == 404
    for path, form in FORMS.items():
        assert (await browser.post(f"/staff/site/{path}", form)).status == 404
    assert await upload(browser, "icon", picture()) in (403, 404)
    after = await fingerprint(database)
    assert after["site_particulars"] == before["site_particulars"]
    assert after["staff_acts"] == before["staff_acts"]


async def test_the_name_stands_wherever_the_site_is_named(
    admin: Browser, open_browser: Open, database: Database
) -> None:
    room = await make_room(database, await make_user(database, is_cast=True))
    assert (await admin.post("/staff/site/name", NAMES)).status == 303
    visitor = await open_browser()
    for path in ("/", "/terms", "/privacy", "/guide", "/legal", f"/rooms/{room}"):
        page = await text(visitor, path)
        assert "– ことり</title>" in page, path
        assert "ひととき" not in page, path
        assert "Kotori</title>" in await text(visitor, path, **{"Accept-Language": "en"}), path
    manifest = await (await visitor.get("/manifest.webmanifest")).json(content_type=None)
    assert manifest["short_name"] == "ことり"
    assert manifest["name"].startswith("ことり – ")


async def test_the_words_stand_on_the_front_page(admin: Browser, open_browser: Open) -> None:
    form = FORMS["words"] | {"footer_ja": "東京都の小さな会社です"}
    assert (await admin.post("/staff/site/words", form)).status == 303
    visitor = await open_browser()
    page = await text(visitor, "/")
    assert "<h1>ひと息つこう</h1>" in page
    assert "<title>ひと息つこう – " in page
    assert "東京都の小さな会社です" in page
    assert "<h1>Take a breath</h1>" in await text(visitor, "/", **{"Accept-Language": "en"})


async def test_a_change_is_seen_in_another_process(
    admin: Browser, open_browser: Open, database: Database
) -> None:
    other = await open_browser()
    assert "ひととき</title>" in await text(other, "/")
    await admin.post("/staff/site/name", NAMES)
    assert other.client.app is not None
    # What its own loop does every two seconds.
    await other.client.app[SITE].look()
    assert "ことり</title>" in await text(other, "/")


async def test_markup_in_words_is_text(admin: Browser) -> None:
    form = FORMS["words"] | {"hero_ja": "<script>alert(1)</script>", "hero_en": ""}
    assert (await admin.post("/staff/site/words", form)).status == 303
    admin.client.session.cookie_jar.clear()
    page = await text(admin, "/")
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page


async def test_what_is_refused_is_told_on_the_form_and_not_lost(admin: Browser) -> None:
    answer = await admin.post("/staff/site/name", NAMES | {"name_ja": "こと\u202eり"})
    page = await answer.text()
    assert answer.status == 422
    assert "名前に使えない文字が入っています。" in page
    assert 'value="Kotori"' in page


async def test_a_colour_shows_on_every_page_and_one_that_can_t_be_read_offers_another(
    admin: Browser,
) -> None:
    answer = await admin.post("/staff/site/colour", {"colour": "#ffcc00", "seen": "0"})
    assert answer.status == 422
    near = re.search(r'name="colour" value="(#[0-9a-f]{6})"', await answer.text())
    assert near
    done = await admin.post("/staff/site/colour", {"colour": near[1], "seen": "0"})
    assert done.status == 303
    sheet = re.search(r'href="(/site/\d+/look\.css)"', await text(admin, "/"))
    assert sheet
    style = await admin.get(sheet[1])
    assert style.content_type == "text/css"
    assert f"--accent:light-dark({near[1]}," in await style.text()
    assert "max-age=31536000" in style.headers["Cache-Control"]
    assert "max-age=300" in (await admin.get("/site/99/look.css")).headers["Cache-Control"]
    shown = await text(admin, "/staff/site/preview.css?colour=%23ffcc00")
    assert shown.startswith(".site-example{--accent:light-dark(" + near[1])


async def test_an_icon_is_drawn_in_all_sizes(admin: Browser) -> None:
    assert await upload(admin, "icon", picture((900, 600))) == 303
    manifest = await (await admin.get("/manifest.webmanifest")).json(content_type=None)
    sizes = []
    for icon in manifest["icons"]:
        file = await admin.get(icon["src"])
        with Image.open(BytesIO(await file.read())) as opened:
            assert opened.format == "PNG"
            sizes.append(opened.size)
    assert sizes == [(192, 192), (512, 512), (512, 512)]
    share = await admin.get("/site/1/share-ja.jpg")
    with Image.open(BytesIO(await share.read())) as opened:
        assert opened.size == (1200, 630)
    plain = {"kind": "icon", "seen": "1"}
    assert (await admin.post("/staff/site/plain", plain)).status == 303
    manifest = await (await admin.get("/manifest.webmanifest")).json(content_type=None)
    assert manifest["icons"][0]["src"] == "/static/icons/icon-192.png"


async def test_a_logo_stands_in_place_of_the_name(admin: Browser) -> None:
    assert await upload(admin, "logo", picture((800, 100), "WEBP")) == 303
    page = await text(admin, "/guide")
    logo = re.search(
        r'<img class="logo" src="([^"]+)" width="(\d+)" height="(\d+)" alt="([^"]+)"', page
    )
    assert logo
    assert logo.groups()[1:] == ("640", "80", "ひととき")
    assert (await admin.get(logo[1])).content_type == "image/webp"


async def test_hostile_pictures_are_refused_and_change_nothing(
    admin: Browser, database: Database
) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    bomb = picture((2, 2)).replace((2).to_bytes(4) * 2, (60_000).to_bytes(4) * 2)
    for data in (svg, b"GIF89a", b"", picture((40, 40)), bomb, picture()[:300], b"<?php"):
        assert await upload(admin, "icon", data) == 422
    async with database.transaction() as tx:
        assert (await act_list.acts(tx, 1, 10)).items == []
    assert (await fingerprint(database))["site_pictures"] == "None"


async def test_a_mail_comes_from_the_site_by_its_name(
    admin: Browser, database: Database, settings: Settings
) -> None:
    await admin.post("/staff/site/name", NAMES)
    await admin.post("/staff/site/colour", FORMS["colour"])
    words = letter("ja", "ゆき", "題", "文", "/points", "https://talk.example")
    async with database.transaction() as tx:
        mail_id = await outbox.post(tx, "yuki@test.example", words)
    async with database.transaction() as tx:
        mail = await outbox.take(tx, mail_id)
    assert mail
    assert "ことり" in mail.text
    assert "background:#3b5ba9" in (mail.html or "")
    assert "ひととき" not in mail.text + (mail.html or "")
    sent = envelope(mail, Address("ひととき", addr_spec="no-reply@talk.example"))
    assert sent["From"] == "ことり <no-reply@talk.example>"


async def test_a_site_in_japanese_alone_offers_no_other_language(admin: Browser) -> None:
    assert (await admin.post("/staff/site/languages", {"seen": "0"})).status == 303
    page = await text(admin, "/guide", **{"Accept-Language": "en"})
    assert '<html lang="ja">' in page
    assert "English" not in page
    assert "hreflang" not in page or 'hreflang="en"' not in page
    assert '<html lang="ja">' in await text(admin, "/guide?lang=en")
    assert (await admin.post("/language", {"locale": "en", "next": "/"})).status == 400


async def test_the_log_says_what_was_changed(admin: Browser) -> None:
    await admin.post("/staff/site/name", NAMES)
    page = await text(admin, "/staff/acts")
    assert "サイトの設定を変更" in page
    assert "サイトの名前" in page


def at(hours: float) -> str:
    """A moment as its field sends it, in the site's zone."""
    there = datetime.now(ZoneInfo("Asia/Tokyo")) + timedelta(hours=hours)
    return there.strftime("%Y-%m-%dT%H:%M")


async def test_what_is_told_stands_on_pages_of_those_it_is_for(
    admin: Browser, open_browser: Open, database: Database
) -> None:
    form = {"text_ja": "<b>あす</b>は休みます", "text_en": "", "link": "/guide", "seen": "0"}
    form |= {"audience": "casts", "begins": "", "ends": at(2)}
    assert (await admin.post("/staff/site/announce", form)).status == 303
    told = {"text_ja": "夏の受付時間", "audience": "everyone", "seen": "1"}
    assert (await admin.post("/staff/site/announce", form | told)).status == 303
    visitor, cast = await open_browser(), await open_browser()
    await cast.sign_in(await make_user(database, is_cast=True), database)
    assert "夏の受付時間" in await text(visitor, "/")
    assert "休みます" not in await text(visitor, "/")
    page = await text(cast, "/guide")
    assert "&lt;b&gt;あす&lt;/b&gt;は休みます" in page
    assert page.count("data-told=") == 2


async def test_while_the_site_rests_nothing_begins_and_a_bar_says_so(
    admin: Browser, open_browser: Open, database: Database
) -> None:
    cast, caller = await make_user(database, is_cast=True), await make_user(database)
    room = await make_room(database, cast)
    await give(database, caller, 10_000)
    browser = await open_browser()
    await browser.sign_in(caller, database)
    rest = {"begins": "", "until": at(1), "seen": "0"}
    assert (await admin.post("/staff/site/rest", rest)).status == 303
    assert browser.client.app
    await browser.client.app[SITE].look()
    assert "ただいまメンテナンス中です。" in await text(browser, "/")
    entry = {"rate": "100", "spend_cap_minutes": "", "video": "1"}
    answer = await browser.post(f"/rooms/{room}/entry", entry, SCRIPT)
    assert (answer.status, (await answer.json())["code"]) == (503, "site_rests")
    assert (await browser.get("/healthz")).status == 200
    assert (await admin.get("/staff/claims")).status == 200
    done = await admin.post("/staff/site/rest-no-more", {"seen": "1"})
    assert done.status == 303
    answer = await browser.post(f"/rooms/{room}/entry", entry, SCRIPT)
    assert answer.status in (200, 303), await answer.text()


async def test_a_door_that_is_shut_lets_nobody_in(
    admin: Browser, open_browser: Open, database: Database
) -> None:
    cast, caller = await make_user(database, is_cast=True), await make_user(database)
    room = await make_room(database, cast)
    await give(database, caller, 10_000)
    page = await text(admin, "/staff/site/doors")
    assert "HITOTOKI_BOARD" in page
    open_ones = dict.fromkeys(("voice", "applications", "reservations", "chat"), "1")
    assert (await admin.post("/staff/site/shut", open_ones | {"seen": "0"})).status == 303
    browser = await open_browser()
    await browser.sign_in(caller, database)
    entry = {"rate": "100", "spend_cap_minutes": "", "video": "1"}
    answer = await browser.post(f"/rooms/{room}/entry", entry, SCRIPT)
    assert (await answer.json())["code"] == "door_shut"
