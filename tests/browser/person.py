"""People at their browsers: what they click, and what they see."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize
from playwright.async_api import TimeoutError as TooLate

PHONE: ViewportSize = {"width": 360, "height": 740}
PC: ViewportSize = {"width": 1280, "height": 800}
SECONDS = 1000.0


@dataclass
class Person:
    """Somebody on the demo site, in a browser of their own.

    `problems` are scripts that broke, `complaints` what else the browser's console calls an error:
    something that did not load, was refused, or broke the site's own rules for content.
    """

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    async def visit(
        cls, browser: Browser, base: str, size: ViewportSize = PC, *, worker: bool = False
    ) -> "Person":
        """Come to the front page, unknown to the site; by default without its service worker,
        which would stand between a page and what a test puts before the site."""
        context = await browser.new_context(
            viewport=size,
            locale="ja-JP",
            permissions=["camera", "microphone"],
            service_workers="allow" if worker else "block",
        )
        return await cls.open(context, base)

    @classmethod
    async def open(cls, context: BrowserContext, base: str) -> "Person":
        """Come to the front page in a window of a browser that is there."""
        person = cls(await context.new_page(), base)
        person.page.on("pageerror", lambda error: person.problems.append(str(error)))
        person.page.on("console", person._hear)
        await person.page.goto(base)
        return person

    @classmethod
    async def arrive(
        cls, browser: Browser, base: str, nickname: str, size: ViewportSize = PC
    ) -> "Person":
        """Sign in with one click."""
        person = await cls.visit(browser, base, size)
        await person.sign_in(nickname)
        return person

    async def sign_in(self, nickname: str) -> None:
        """Sign in with one click, as one of the demo's people."""
        await self.page.goto(f"{self.base}/sign-in")
        await self.page.get_by_role("button", name=nickname).first.click()
        await self.page.wait_for_url(lambda url: "/sign-in" not in url)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{self.page.url}: {message.text}")

    async def sign_up(self, nickname: str, email: str, password: str) -> None:
        """Become a member from the front page: form, look, mail and its button."""
        await self.enter_registration(nickname, email, password)
        await self.page.get_by_role("button", name="この内容で登録する").click()
        await self.open_mailed_link(email)
        await self.page.get_by_role("button", name="登録を完了する").click()
        await self.page.get_by_role("heading", name="登録が完了しました").wait_for()

    async def enter_registration(self, nickname: str, email: str, password: str) -> None:
        """Fill in the form, up to the look at what was entered."""
        await self.page.get_by_role("link", name="新規登録", exact=True).click()
        await self.fill_registration(nickname, email, password)

    async def fill_registration(self, nickname: str, email: str, password: str) -> None:
        """As `enter_registration`, where the form is open."""
        await self.page.get_by_label("ニックネーム").fill(nickname)
        await self.page.get_by_label("メールアドレス").fill(email)
        await self.page.get_by_label("パスワード").fill(password)
        await self.page.get_by_label("年", exact=True).fill("1990")
        await self.page.get_by_label("月", exact=True).fill("4")
        await self.page.get_by_label("日", exact=True).fill("1")
        await self.page.get_by_role("checkbox", name="高校生ではありません").check()
        await self.page.get_by_role("checkbox", name="利用規約").check()
        await self.page.get_by_role("button", name="入力内容を確認する").click()
        await self.page.get_by_role("heading", name="入力内容の確認").wait_for()

    async def open_mailed_link(self, email: str) -> None:
        """Open the link in the latest mail to an address, in the demo site's mailbox."""
        await self.page.goto(f"{self.base}/demo/mailbox")
        await self.page.locator("a.mail").filter(has_text=email).first.click()
        text = await self.page.locator("pre.mail-text").text_content() or ""
        link = re.search(r"(?m)^(?:https?://[^/\s]+)?(/\S*[?&]token=\S+)$", text)
        assert link, text
        await self.page.goto(f"{self.base}{link[1]}")

    async def open_from_menu(self, name: str) -> None:
        """Open the menu behind one's portrait, and go where a line of it leads."""
        await self.page.locator("[popovertarget=menu]").click()
        await self.page.locator("#menu").get_by_role("link", name=name).click()

    async def stand_by(self, room_title: str) -> None:
        """A cast checks camera and microphone and waits in a room."""
        await self.page.goto(f"{self.base}/console")
        if await self.page.locator("[data-part=console][data-view=pause]").count():
            # After a talk: there is nothing to choose until the pause is ended.
            await self.page.locator("[data-part=pause-stop]").click()
            await self.page.locator("[data-part=console][data-view=off]").wait_for()
        await self.page.get_by_role("radio", name=room_title).check()
        await self.page.locator("[data-part=begin]:enabled").click(timeout=15 * SECONDS)
        await self.page.locator("[data-part=console][data-view=on]").wait_for()

    async def enter(self, room_id: int) -> None:
        """A caller checks the devices and enters a room."""
        await self.page.goto(f"{self.base}/rooms/{room_id}/enter")
        await self.page.locator("[data-part=enter]:enabled").click(timeout=15 * SECONDS)

    async def see(self, state: str, seconds: float = 30) -> None:
        """Wait until the stage shows a state."""
        stage = self.page.locator(f"talk-stage[data-state={state}]")
        try:
            await stage.wait_for(timeout=seconds * SECONDS)
        except TooLate as error:
            raise AssertionError(f"not {state}: {await self._sight()}") from error

    async def _sight(self) -> str:
        """What is on the page now, for whoever reads a failure."""
        words = await self.page.locator("body").inner_text()
        seen = await self.page.evaluate("document.querySelector('talk-stage')?.dataset.state")
        return f"{self.page.url} shows {seen!r}; {self.problems}; {' / '.join(words.split())}"

    async def frames(self) -> int:
        """How many frames of the other side this browser has decoded."""
        stats = await self.page.evaluate("document.querySelector('talk-stage').stats()")
        return int((stats or {}).get("framesDecoded") or 0)

    async def sees_the_other_move(self) -> bool:
        """Whether frames of the other side arrive within a second."""
        before = await self.frames()
        await self.page.wait_for_timeout(1 * SECONDS)
        return await self.frames() > before

    async def meter_began(self) -> int:
        """When the meter would have begun had it never stood still, in ms of the machine's clock.

        Two pages that are read one after the other can be compared by it, however long that takes.
        """
        meter = "Number(document.querySelector('[data-meter-time]').dataset.value)"
        return int(await self.page.evaluate(f"() => Date.now() - {meter}"))

    async def value(self, name: str) -> int:
        """A figure of the meter: `meter-time` (ms), `meter-cost`, `points-left`, `meter-earned`."""
        text = await self.page.locator(f"[data-{name}]").first.get_attribute("data-value")
        return int(float(text or 0))

    async def hang_up(self) -> None:
        """Press the red button."""
        await self.page.locator("[data-part=hang-up]").click()

    async def see_account(self, seconds: float = 20) -> None:
        """Wait for the account of the talk."""
        await self.page.locator("[data-account]").wait_for(timeout=seconds * SECONDS)

    async def account(self) -> dict[str, Any]:
        """The account's figures, as the page carries them."""
        carried = await self.page.locator("[data-account]").get_attribute("data-account")
        found = json.loads(carried or "{}")
        assert isinstance(found, dict)
        return found

    async def close(self) -> None:
        """Close the browser window."""
        await self.page.context.close()
