"""The market's whole way, by its pages: a first room, found, asked, applied to, talked in, rated,
and come back to; and a newcomer on a phone, from the front page into a talk."""

import json
import re

import pytest
from playwright.async_api import Browser, Locator, expect

from foundation.database import Database
from tests.browser.conftest import StartSite, one_talk, other_talk
from tests.browser.person import PHONE, SECONDS, Person
from tests.browser.test_talk import books_hold

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

CAST, CALLER, STAFF = "正夫", "健太", "スタッフ林"
TITLE, TEXT = "灯台をめぐる旅の話をします", "全国の灯台を、二十年かけて歩きました。"
# As somebody types it who doesn't know how it is written.
SOUGHT = "トウダイ"
QUESTION, REPLY = "犬吠埼には、行かれましたか？", "はい、三度のぼりました。"
WORDS, LATER = "銚子に行く前に聞きたいです", "夕食のあとなら話せます"
PRAISE, THANKS = "地図まで見せてくれました。", "また海の話をしましょう。"
PATIENT = 90 * SECONDS
# From the front page into a talk, with becoming a member and buying points on the way. Who looks at
# each page for 2 s, takes 0.6 s for a press and types five letters a second needs some 70 s for it.
MOST_PAGES, MOST_PRESSES = 17, 26
# Pages that were opened, and what a hand does on them: presses, and fields to write in.
COUNTED = """() => {
  if (window !== top) return;
  const step = (name) => {
    const steps = { pages: 0, presses: 0, ...JSON.parse(sessionStorage.steps ?? '{}') };
    steps[name] += 1;
    sessionStorage.steps = JSON.stringify(steps);
  };
  const written = new Set();
  step('pages');
  addEventListener('pointerdown', () => step('presses'), true);
  addEventListener('keydown', (event) => event.key === 'Enter' && step('presses'), true);
  addEventListener('input', ({ target }) => {
    if (/checkbox|radio/.test(target.type) || written.has(target)) return;
    written.add(target);
    step('presses');
  }, true);
}"""


@one_talk
async def test_a_room_from_its_first_word_to_a_second_talk(
    browser: Browser, start_site: StartSite, database: Database
) -> None:
    site = await start_site(HITOTOKI_WHO_OFFERS="anyone")
    cast = await Person.arrive(browser, site.url, CAST)
    caller = await Person.arrive(browser, site.url, CALLER, PHONE)
    staff = await Person.arrive(browser, site.url, STAFF)
    stranger = await Person.visit(browser, site.url, PHONE)

    await offer(cast)
    await let_pass(staff)
    await open_shared(stranger, await short_address(cast))
    await find(caller)
    await ask(caller)
    await reply(cast, caller)

    await apply(caller)
    await hear(cast)
    await take(cast, caller)
    talk = await talk_a_paid_minute(cast, caller)
    await rate(caller)
    await answer(cast)
    await caller.page.goto(f"{site.url}/talks/{talk}")
    await expect(caller.page.locator(".rating-answer")).to_contain_text(THANKS)

    # Once more: there is no time, then there is.
    await caller.page.get_by_role("link", name="また申し込む").click()
    await send_application(caller)
    await decline_and_ask_again(cast, caller)
    await bar(caller, "invited").get_by_role("link", name="もう一度申し込む").click()
    await caller.page.get_by_role("button", name="もう一度申し込む").click()
    await expect(caller.page.get_by_text("お返事を待っています")).to_be_visible()
    await take(cast, caller)
    again = await talk_a_paid_minute(cast, caller)
    assert again != talk
    await books_hold(database)
    for person in (cast, caller, staff, stranger):
        assert person.problems == person.complaints == []


def bar(person: Person, kind: str) -> Locator:
    """One of the bars above whatever page somebody looks at."""
    return person.page.locator(f".ring-bar[data-ring={kind}]")


async def offer(cast: Person) -> None:
    """A member writes a first room, and sends it to staff."""
    page = cast.page
    await cast.open_from_menu("わたしのルーム")
    await page.get_by_role("link", name="新しいルームを作る").click()
    await page.get_by_label("タイトル").fill(TITLE)
    await page.get_by_label("カテゴリー").select_option(label="趣味・創作")
    await page.get_by_label("話題", exact=True).fill("旅")
    await page.get_by_label("このルームについて").fill(TEXT)
    await page.get_by_label("1分の料金").fill("60")
    await page.get_by_role("radio", name="映像と声").check()
    await page.get_by_role("button", name="保存して、公開前に確かめる").click()
    await page.get_by_role("button", name="確認に出す").click()
    await page.get_by_role("heading", name="スタッフが確認しています").wait_for()


async def let_pass(staff: Person) -> None:
    """Staff look at what waits, and make it public."""
    await staff.page.goto(f"{staff.base}/staff/looks")
    card = staff.page.get_by_role("article").filter(has_text=TITLE)
    await expect(card).to_contain_text(TEXT)
    await card.get_by_role("button", name="公開する").click()
    await staff.page.get_by_role("status").wait_for()
    await expect(card).to_have_count(0)


async def short_address(cast: Person) -> str:
    """The cast hears of it, and finds the address to hand on."""
    await cast.page.goto(f"{cast.base}/console/rooms")
    await cast.page.get_by_role("link", name=TITLE).click()
    await cast.page.get_by_role("heading", name="公開しています").wait_for()
    await cast.page.locator("details.share > summary").click()
    field = cast.page.get_by_label("短いアドレス")
    await expect(field).to_be_visible()
    return await field.input_value()


async def open_shared(stranger: Person, address: str) -> None:
    """Whoever is sent the address sees the room, and so does a preview of the link."""
    assert re.fullmatch(rf"{re.escape(stranger.base)}/r/\w+", address)
    page = stranger.page
    await page.goto(address)
    await expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    await expect(page.locator(".room-act")).to_contain_text("¥60")
    preview = page.locator("meta[property='og:title']")
    assert TITLE in (await preview.get_attribute("content") or "")
    picture = await page.locator("meta[property='og:image']").get_attribute("content")
    got = await page.request.get(picture or "")
    assert (got.status, got.headers["content-type"]) == (200, "image/jpeg")


async def find(caller: Person) -> None:
    """Search from the front page in kana, and open the room that is found."""
    page = caller.page
    await page.goto(caller.base)
    await page.get_by_role("searchbox").fill(SOUGHT)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?*")
    card = page.locator(".room-card").filter(has_text=TITLE)
    await card.get_by_role("heading").get_by_role("link").click()
    await expect(page.locator("article.room h1")).to_have_text(TITLE)


async def ask(caller: Person) -> None:
    """Ask before anything costs."""
    await caller.page.get_by_role("link", name="質問する").click()
    await write(caller, QUESTION)
    await caller.page.wait_for_url(re.compile(r"/messages/\d+"))


async def reply(cast: Person, caller: Person) -> None:
    """The cast answers what the count in the menu tells of, and the caller's page shows it."""
    await expect(cast.page.locator("#menu [data-part=messages-count]")).to_have_text("1")
    await cast.open_from_menu("メッセージ")
    line = cast.page.locator(".threads li").filter(has_text=QUESTION)
    await line.get_by_role("link").click()
    await write(cast, REPLY)
    said = caller.page.locator("[data-part=log] [data-mine]")
    await expect(said.last).to_contain_text(REPLY, timeout=PATIENT)


async def write(person: Person, text: str) -> None:
    await person.page.get_by_label("メッセージ", exact=True).fill(text)
    await person.page.get_by_role("button", name="送る", exact=True).click()


async def apply(caller: Person) -> None:
    """From the thread back to the room, and apply there."""
    await caller.page.get_by_role("link", name=TITLE).first.click()
    await caller.page.locator(".room-act").get_by_role("link", name="トークを申し込む").click()
    await send_application(caller)


async def send_application(caller: Person) -> None:
    await caller.page.get_by_label("ひとこと").fill(WORDS)
    await caller.page.get_by_role("button", name="申し込む").click()
    await expect(caller.page.get_by_text("お返事を待っています")).to_be_visible()


async def hear(cast: Person) -> None:
    """The cast hears of an application on any page."""
    await bar(cast, "applied").get_by_role("link", name="申し込みを見る").click(timeout=PATIENT)


async def take(cast: Person, caller: Person) -> None:
    """The cast makes ready; the caller is rung, and goes in."""
    await expect(cast.page.locator(".application")).to_contain_text(WORDS, timeout=PATIENT)
    await cast.page.get_by_role("button", name="トークする").click()
    await expect(bar(caller, "rung")).to_be_in_viewport(timeout=PATIENT)
    await bar(caller, "rung").get_by_role("link", name="入室へ進む").click()
    await caller.page.locator("[data-part=enter]:enabled").click(timeout=PATIENT)


async def talk_a_paid_minute(cast: Person, caller: Person) -> int:
    """Both talk until a minute was paid; return the talk's id."""
    await caller.see("talking", PATIENT / SECONDS)
    await cast.see("talking", PATIENT / SECONDS)
    cost = caller.page.locator("[data-meter-cost]")
    await expect(cost).not_to_have_attribute("data-value", "0", timeout=PATIENT)
    await caller.hang_up()
    for person in (caller, cast):
        await person.see_account(PATIENT / SECONDS)
    account = await caller.account()
    assert account["cost"] >= 60
    return int(account["talk_id"])


async def rate(caller: Person) -> None:
    """Thanks first; then five stars and a word."""
    page = caller.page
    await expect(page.get_by_role("heading", name="ありがとうございました")).to_be_visible()
    await page.locator(".star-row label").last.click()
    await page.get_by_label("ひとこと").fill(PRAISE)
    await page.get_by_role("button", name="評価を送る").click()
    await expect(page.get_by_text("評価をお預かりしました")).to_be_visible()


async def answer(cast: Person) -> None:
    """The cast comes by the notice, and answers."""
    page = cast.page
    await page.goto(f"{cast.base}/inbox")
    await page.get_by_text("新しい評価が届きました").first.click()
    await expect(page.get_by_text(PRAISE)).to_be_visible()
    await page.get_by_role("textbox", name="お返事").fill(THANKS)
    await page.get_by_role("button", name="お返事を載せる").click()
    await expect(page.get_by_text("お返事を載せました")).to_be_visible()


async def decline_and_ask_again(cast: Person, caller: Person) -> None:
    """The cast has no time, says so, and lets the caller know when there is."""
    await hear(cast)
    card = cast.page.locator(".application")
    await card.get_by_text("お断りする", exact=True).click()
    await card.get_by_label("お客様へのひとこと").fill(LATER)
    await card.get_by_role("button", name="この内容でお断りする").click()
    state = caller.page.locator(".application-state")
    await expect(state).to_contain_text(LATER, timeout=PATIENT)
    await cast.page.get_by_role("button", name="再依頼する").first.click()
    await expect(cast.page.get_by_text("再依頼しました").first).to_be_visible()
    await caller.page.goto(f"{caller.base}/points")


@other_talk
async def test_a_newcomer_on_a_phone_is_led_from_the_front_page_into_a_talk(
    browser: Browser, start_site: StartSite
) -> None:
    """Each next act stands in the first screen; nothing has to be found again after a step."""
    site = await start_site()
    cast = await Person.arrive(browser, site.url, "よしこ")
    await cast.stand_by("子どもが寝たあとの、お茶の時間")
    newcomer = await Person.visit(browser, site.url, PHONE)
    page = newcomer.page
    await page.context.add_init_script(f"({COUNTED})()")
    await page.reload()
    await press(page.get_by_role("searchbox"))
    await page.get_by_role("searchbox").fill("こそだて")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/search?*")
    await press(page.get_by_role("checkbox", name="¥100/分まで"))
    await page.get_by_role("button", name="この条件でさがす").click()
    await page.wait_for_url("**to=100**")
    await press(page.locator(".room-card").first)
    await press(page.locator(".room-act").get_by_role("link"))
    await press(page.get_by_role("main").get_by_role("link", name="新規登録（無料）"))
    await become_a_member(newcomer)
    # Not a camera and a refusal first: the points are what is missing.
    await press(page.get_by_role("link", name="ポイントを購入"))
    await expect(page.get_by_text("あと350 pt必要です")).to_be_visible()
    await press(page.get_by_role("link", name="これで足ります"))
    await page.get_by_role("button", name="で申し込む").click()
    await page.get_by_role("button", name="カードで支払う（成功）").click()
    await press(page.get_by_role("link", name="ルームに戻る"))
    enter = page.locator("[data-part=enter]:enabled")
    await expect(enter).to_be_in_viewport(ratio=1, timeout=PATIENT)
    await enter.click()
    for person in (newcomer, cast):
        await person.see("talking", PATIENT / SECONDS)
    steps = json.loads(await page.evaluate("sessionStorage.steps"))
    assert steps["pages"] <= MOST_PAGES, steps
    assert steps["presses"] <= MOST_PRESSES, steps
    assert newcomer.problems == newcomer.complaints == cast.problems == []


async def press(act: Locator) -> None:
    """Press what stands in the first screen of its page."""
    await expect(act).to_be_in_viewport()
    await act.click()


async def become_a_member(newcomer: Person) -> None:
    page = newcomer.page
    await page.get_by_label("ニックネーム").wait_for()
    await newcomer.fill_registration("あさひ", "asahi@new.example", "はじめての合言葉 25")
    await page.get_by_role("button", name="この内容で登録する").click()
    await page.get_by_role("heading", name="仮登録メールを送りました").wait_for()
    await newcomer.open_mailed_link("asahi@new.example")
    await press(page.get_by_role("button", name="登録を完了する"))
