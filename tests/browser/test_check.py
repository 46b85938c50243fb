"""The page /check, as somebody without an account walks through it."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.conftest import StartSite, other_talk, whole_browser
from tests.browser.devices import free, lay_hands
from tests.browser.person import PHONE, Person
from tests.browser.site import Site
from tests.browser.test_accessibility import Inspector
from tests.browser.test_talk import ROOM
from tests.media import turnserver
from tests.media.network import NO_ADDRESS, own_address
from tests.media.turnserver import HAS_COTURN, WITHOUT

pytestmark = [pytest.mark.browser, whole_browser, pytest.mark.timeout(240)]

STEPS = ("camera", "microphone", "speaker", "connection")
LINE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Mobile/15E148 Safari Line/14.2.0"
)
REFUSE = "window.hands.refuses = 'NotAllowedError'"
REMEMBERED = "(id) => localStorage.getItem('device-audio') === id"
# Nothing answers there.
SECRET = "x" * 32
TURN = {"HITOTOKI_TURN_URLS": "turn:127.0.0.1:9", "HITOTOKI_TURN_SECRET": SECRET}
ADDRESS = own_address()
ASK = """(csrf) => fetch('/check/turn', {
  method: 'POST', headers: { Accept: 'application/json' }, body: new URLSearchParams({ csrf }),
}).then((answer) => answer.status)"""


async def come(browser: Browser, site: Site) -> Person:
    person = await Person.visit(browser, site.url, PHONE)
    await person.page.goto(f"{site.url}/check")
    return person


async def begin(page: Page) -> None:
    await page.get_by_role("button", name="確認をはじめる").click()


async def expect_state(page: Page, step: str, word: str) -> None:
    state = page.locator(f"[data-part={step}] .check-state [data-part=state]")
    await expect(state).to_have_text(word)


async def hear(page: Page, answer: str) -> None:
    await page.get_by_role("button", name="音を鳴らす").click()
    await page.get_by_role("button", name=answer, exact=True).click()


@other_talk
async def test_all_four_steps_come_out_well(browser: Browser, site: Site) -> None:
    person = await come(browser, site)
    page = person.page
    inspector = Inspector(site.url)
    for step in STEPS:
        await expect_state(page, step, "まだ")
    await expect(page.locator("[data-part=browser-text]")).to_contain_text("Chrome")
    await begin(page)
    await hear(page, "聞こえた")
    for step in STEPS:
        await expect_state(page, step, "大丈夫")
    await expect(page.get_by_text("すべて大丈夫です")).to_be_visible()
    await expect(page.get_by_text("聞こえています。")).to_be_visible()
    await inspector.look(page, "a check that came out well")

    # What is chosen here is what one enters with.
    microphones = page.get_by_label("マイクを選ぶ")
    other = await microphones.locator("option").last.get_attribute("value")
    assert other
    assert other != await microphones.input_value()
    await microphones.select_option(other)
    await page.wait_for_function(REMEMBERED, arg=other)
    await expect_state(page, "microphone", "大丈夫")
    await page.get_by_role("button", name="カメラとマイクを止める").click()
    await expect(page.get_by_label("自分の映像")).to_be_hidden()
    await expect_state(page, "camera", "大丈夫")
    await person.sign_in("健太")
    await page.goto(f"{site.url}/rooms/{ROOM}/enter")
    await expect(page.locator("[data-part=check][data-check=done]")).to_be_visible()
    await page.locator("[data-part=check] summary").click()
    await expect(page.locator("#check-audio")).to_have_value(other)
    assert person.problems == []
    assert person.complaints == []
    assert inspector.found == []


@other_talk
async def test_a_refused_camera_gets_the_advice_for_this_browser(
    browser: Browser, site: Site
) -> None:
    person = await Person.visit(browser, site.url, PHONE)
    page = person.page
    await lay_hands(page.context)
    await page.goto(f"{site.url}/check")
    await page.evaluate(REFUSE)
    inspector = Inspector(site.url)
    await begin(page)
    await hear(page, "聞こえない")
    for step, key in (("camera", "denied-chrome"), ("speaker", "sound-desk")):
        await expect_state(page, step, "困ったとき")
        shown = page.locator(f"[data-part={step}] [data-advice]:visible")
        await expect(shown).to_have_count(1)
        await expect(shown).to_have_attribute("data-advice", key)
    # What allows the camera allows the microphone: it is explained once.
    await expect_state(page, "microphone", "困ったとき")
    told = page.locator("[data-part=microphone] [data-part=text]")
    await expect(told).to_contain_text("上の「カメラ」と同じやり方")
    await expect_state(page, "connection", "大丈夫")
    await expect(page.locator("[data-part=done]")).to_be_hidden()
    await inspector.look(page, "a check in trouble")

    await free(page)
    for step in ("camera", "microphone"):
        await page.locator(f"[data-part={step}] [data-part=again]").click()
        await expect_state(page, step, "大丈夫")
        await expect(page.locator(f"[data-part={step}] [data-part=advice]")).to_be_hidden()
    assert person.problems == []
    assert inspector.found == []


async def test_the_entry_page_leads_here_whoever_is_in_trouble(
    browser: Browser, site: Site
) -> None:
    person = await Person.arrive(browser, site.url, "健太", PHONE)
    page = person.page
    await lay_hands(page.context)
    await page.goto(f"{site.url}/rooms/{ROOM}/enter")
    checked, more = page.locator("[data-check=done]"), page.locator("[data-part=check-more]")
    await expect(checked).to_be_visible()
    await expect(more).to_be_hidden()
    await page.context.add_init_script(REFUSE)
    await page.reload()
    await expect(checked).to_be_visible()
    await more.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="通話できるか確かめる")).to_be_visible()
    assert person.problems == []


async def test_in_the_window_of_an_app_the_way_out_is_shown(browser: Browser, site: Site) -> None:
    context = await browser.new_context(viewport=PHONE, locale="ja-JP", user_agent=LINE)
    person = await Person.open(context, site.url)
    await person.page.goto(f"{site.url}/check")
    advice = person.page.locator("[data-part=browser] [data-advice]:visible")
    await expect(advice).to_have_attribute("data-advice", "line")
    link = advice.get_by_role("link", name="ブラウザで開く")
    await expect(link).to_have_attribute("href", "/check?openExternalBrowser=1")
    assert person.problems == []


async def test_without_scripts_the_page_says_so(browser: Browser, site: Site) -> None:
    context = await browser.new_context(viewport=PHONE, locale="ja-JP", java_script_enabled=False)
    page = await context.new_page()
    await page.goto(f"{site.url}/check")
    needed = page.locator("noscript p")
    await expect(needed).to_be_visible()
    await expect(needed).to_contain_text("JavaScriptが必要です")
    await expect(page.get_by_role("button", name="確認をはじめる")).to_be_disabled()
    await expect(page.locator("[data-part=browsers]")).to_be_visible()


@other_talk
async def test_at_the_limit_the_rest_is_checked_all_the_same(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site(**TURN, HITOTOKI_CHECK_TRIES="1")
    page = (await come(browser, site)).page
    csrf = await page.locator("meta[name=csrf]").get_attribute("content")
    assert await page.evaluate(ASK, csrf) == 200
    await begin(page)
    for line, word in (
        ("site", "つながりました"),
        ("direct", "つながりました"),
        ("udp", "確かめていません"),
        ("tcp", "確かめていません"),
    ):
        place = page.locator(f".check-lines [data-part={line}] [data-part=state]")
        await expect(place).to_have_text(word)
    await expect_state(page, "connection", "大丈夫")
    await expect(page.get_by_text("1時間ほどたつと確かめられます")).to_be_visible()


@other_talk
async def test_a_relay_that_lets_nothing_through_is_told(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site(**TURN)
    page = (await come(browser, site)).page
    await begin(page)
    await expect_state(page, "connection", "困ったとき")
    advice = page.locator("[data-part=connection] [data-advice]:visible")
    await expect(advice).to_have_attribute("data-advice", "blocked-desk")
    udp = page.locator(".check-lines [data-part=udp] [data-part=state]")
    await expect(udp).to_have_text("つながりません")


@pytest.mark.skipif(not HAS_COTURN, reason=WITHOUT)
@pytest.mark.skipif(not ADDRESS, reason=NO_ADDRESS)
@pytest.mark.parametrize(
    ("options", "lines", "said"),
    [
        ((), ("つながりました", "つながりました"), "通話の映像と音声が通ります"),
        (("--no-udp",), ("つながりません", "つながりました"), "UDPが通らない"),
        (("--user-quota", "1"), ("確かめていません", "確かめていません"), "いまは確かめられません"),
    ],
)
@other_talk
async def test_the_relay_is_checked_by_udp_and_by_tcp(
    browser: Browser,
    start_site: StartSite,
    options: tuple[str, ...],
    lines: tuple[str, str],
    said: str,
    tmp_path: Path,
) -> None:
    server = turnserver.start(tmp_path, address=ADDRESS, relay=ADDRESS, options=options)
    try:
        urls = [f"turn:{ADDRESS}:{server.port}?transport={kind}" for kind in ("udp", "tcp")]
        site = await start_site(
            HITOTOKI_TURN_URLS=",".join(urls), HITOTOKI_TURN_SECRET=turnserver.SECRET
        )
        page = (await come(browser, site)).page
        await begin(page)
        for line, words in zip(("udp", "tcp"), lines, strict=True):
            place = page.locator(f".check-lines [data-part={line}] [data-part=state]")
            await expect(place).to_have_text(words)
        await expect_state(page, "connection", "大丈夫")
        await expect(page.locator("[data-part=connection] [data-part=text]")).to_contain_text(said)
    finally:
        server.stop()
