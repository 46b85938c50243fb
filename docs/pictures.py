"""Takes the guides' pictures of the real pages: `python -m docs.pictures`, then build the client.

It opens a demo site on a database of its own, lets a cast and a caller meet there in two browsers,
and writes one small WebP a step and language to web/client/guide/.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from PIL import Image
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright

from benchmarks.demo_site import demo_site
from foundation.database import Database
from people.accounts.tables import users
from tests.browser.conftest import CHROMIUM, FLAGS

HERE = Path(__file__).resolve().parent.parent
PICTURES = HERE / "web" / "client" / "guide"
PORTRAITS = HERE / "web" / "client" / "portraits"
PHONE = {"width": 360, "height": 640}
WIDE = 540
QUALITY = 60
CAST, CALLER = "はるか", "健太"
# Who answers on the board.
ANSWERS = "茂雄先生"
ANSWER = {
    "ja": "それはおつかれでしたね。\nわたしは、朝の10分だけ、ひとりになる時間をつくりました。",
    "en": "That must have worn you out.\nI kept ten minutes for myself every morning.",
}
CAMERA = (640, 480)
WORDS = {
    "ja": "本と、静かな喫茶店が好きです。\n聞くのも話すのも、ゆっくりです。どうぞ気軽に。",
    "en": "I like books and quiet cafés.\nI listen and talk at a slow pace. Do drop in.",
}


async def main() -> None:
    """Take every picture, once for each language."""
    PICTURES.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder:
        async with demo_site() as (site, database), async_playwright() as playwright:
            faces = await _faces(playwright, Path(folder))
            async with (
                _browser(playwright, faces["cast"]) as cast,
                _browser(playwright, faces["caller"]) as caller,
            ):
                for language in ("ja", "en"):
                    await _take(cast, caller, site.url, language)
                    await _take_of_cast(cast, site.url, language, database)
                    await _take_of_answers(caller, site.url, language)


async def _take(cast: Browser, caller: Browser, site: str, language: str) -> None:
    visitor = await _person(caller, site, language)
    await visitor.goto(f"{site}/sign-up")
    await _keep(visitor, f"register-{language}")
    stage = await _person(cast, site, language, CAST)
    await stage.goto(f"{site}/console")
    await stage.locator("[data-part=begin]:enabled").click()
    await stage.locator("[data-part=console][data-view=on]").wait_for()
    await _keep(stage, f"cast-standby-{language}")
    page = await _person(caller, site, language, CALLER)
    await page.goto(site)
    await _keep(page, f"choose-{language}")
    await page.locator("[data-state=open] .room-way a").first.click()
    await page.locator("[data-part=enter]:enabled").wait_for()
    await page.wait_for_timeout(1500)
    await _keep(page, f"check-{language}")
    await page.locator("[data-part=enter]:enabled").click()
    await page.locator("talk-stage[data-state=talking]").wait_for()
    await page.wait_for_timeout(5000)
    await _keep(page, f"talk-{language}")
    await _keep(stage, f"cast-talk-{language}")
    await page.locator("[data-part=hang-up]").click()
    await page.locator("[data-account]").wait_for()
    await _keep(page, f"end-{language}")
    for one in (visitor, stage, page):
        await one.context.close()


async def _take_of_cast(cast: Browser, site: str, language: str, database: Database) -> None:
    page = await _person(cast, site, language, CAST)
    await page.goto(f"{site}/console/profile")
    await page.locator("#text").fill(WORDS[language])
    await _to_the_top(page, "#words")
    await _keep(page, f"cast-profile-{language}")
    await page.goto(f"{site}/console/rooms")
    await page.locator(".line-what a").first.click()
    await _to_the_top(page, "form.form")
    await _keep(page, f"cast-room-{language}")
    await page.locator(".share > summary").click()
    await page.locator(".share-qr > summary").click()
    # As it reads on a site with a name of its own.
    await page.evaluate(
        "e = document.querySelector('#share-url');"
        "e.value = e.value.replace(/^.*(?=.r.)/, 'https://talk.example')"
    )
    await _to_the_top(page, ".share")
    await page.wait_for_timeout(500)
    await _keep(page, f"cast-share-{language}")
    # The demo's people count as checked, and are shown no form.
    await _count_as_demo(database, False)
    await page.goto(f"{site}/console/identity")
    await _to_the_top(page, "#front-side")
    await _keep(page, f"cast-identity-{language}")
    await _count_as_demo(database, True)
    await page.context.close()


async def _take_of_answers(browser: Browser, site: str, language: str) -> None:
    page = await _person(browser, site, language, ANSWERS)
    await page.goto(f"{site}/board?show=not_by_me&order=waiting")
    await _to_the_top(page, ".board-tabs")
    await _keep(page, f"answer-list-{language}")
    await page.locator(".board-list h2 a").first.click()
    await _to_the_top(page, "article")
    await _keep(page, f"answer-topic-{language}")
    await page.locator("#text").fill(ANSWER[language])
    await _to_the_top(page, "#write")
    await _keep(page, f"answer-write-{language}")
    await page.goto(f"{site}/board")
    thanked = page.locator(".board-thanks").first
    for path in await page.locator(".board-list h2 a").evaluate_all("a => a.map(e => e.href)"):
        await page.goto(path)
        if await thanked.count():
            break
    await _to_the_top(page, "li:has(.board-thanks)")
    await _keep(page, f"answer-thanks-{language}")
    await page.goto(f"{site}/settings/notifications")
    await _to_the_top(page, "fieldset:has([name=board-mail])")
    await _keep(page, f"answer-notices-{language}")
    await page.context.close()


async def _to_the_top(page: Page, what: str) -> None:
    """Scroll to a part of a page, with a little of what stands above."""
    await page.locator(what).first.evaluate(
        "e => window.scrollTo(0, e.getBoundingClientRect().top + window.scrollY - 24)"
    )


async def _count_as_demo(database: Database, is_demo: bool) -> None:
    async with database.transaction() as tx:
        of_cast = sa.update(users).where(users.c.nickname == CAST)
        await tx.execute(of_cast.values(is_demo=is_demo))


async def _person(browser: Browser, site: str, language: str, name: str | None = None) -> Page:
    """Open a phone in a language; with a name, signed in as one of the demo's people."""
    context: BrowserContext = await browser.new_context(
        viewport=PHONE,  # type: ignore[arg-type]
        device_scale_factor=2,
        locale="ja-JP" if language == "ja" else "en-GB",
        permissions=["camera", "microphone"],
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    if name:
        await page.goto(f"{site}/sign-in")
        await page.get_by_role("button", name=name).first.click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        await page.locator(f".site-foot button[value={language}]").click()
        await page.wait_for_load_state()
    return page


async def _keep(page: Page, name: str) -> None:
    # The pictures stand on real sites, too, and before people whose browser may sound.
    for part in (".strip", "[data-part=ring]"):
        await page.evaluate("part => document.querySelector(part)?.remove()", part)
    taken = Image.open(io.BytesIO(await page.screenshot()))
    small = taken.convert("RGB").resize((WIDE, WIDE * taken.height // taken.width))
    small.save(PICTURES / f"guide-{name}.webp", "WEBP", quality=QUALITY, method=6)


@asynccontextmanager
async def _browser(playwright: Playwright, face: Path) -> AsyncIterator[Browser]:
    camera = f"--use-file-for-fake-video-capture={face}"
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, camera])
    yield browser
    await browser.close()


async def _faces(playwright: Playwright, folder: Path) -> dict[str, Path]:
    """Draw what the two cameras see: the demo's portraits, as films of one picture."""
    browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    page = await browser.new_page(viewport={"width": CAMERA[0], "height": CAMERA[1]})
    found = {}
    for role, name in (("cast", "haruka"), ("caller", "kenta")):
        svg = (PORTRAITS / f"{name}.svg").read_text("utf-8")
        await page.set_content(
            "<style>body{margin:0;background:#e9dcc9;display:grid;place-items:end center;"
            f"height:{CAMERA[1]}px}}svg{{height:{CAMERA[1]}px;width:{CAMERA[1]}px}}</style>{svg}"
        )
        found[role] = folder / f"{role}.y4m"
        found[role].write_bytes(_film(Image.open(io.BytesIO(await page.screenshot()))))
    await browser.close()
    return found


def _film(image: Image.Image) -> bytes:
    """Return a film of one picture, as Chromium's fake camera reads it: y4m, 4:2:0."""
    light, blue, red = image.convert("RGB").resize(CAMERA).convert("YCbCr").split()
    half = (CAMERA[0] // 2, CAMERA[1] // 2)
    frame = light.tobytes() + blue.resize(half).tobytes() + red.resize(half).tobytes()
    head = f"YUV4MPEG2 W{CAMERA[0]} H{CAMERA[1]} F20:1 Ip A1:1 C420jpeg\n".encode()
    return head + (b"FRAME\n" + frame) * 20


if __name__ == "__main__":
    asyncio.run(main())
