"""People at their browsers: what they click, and what they see."""

import json
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize
from playwright.async_api import TimeoutError as TooLate

PHONE: ViewportSize = {"width": 360, "height": 740}
PC: ViewportSize = {"width": 1280, "height": 800}
SECONDS = 1000.0


@dataclass
class Person:
    """Somebody signed in on the demo site, in a browser of their own."""

    page: Page
    base: str
    problems: list[str]

    @classmethod
    async def arrive(
        cls, browser: Browser, base: str, nickname: str, size: ViewportSize = PC
    ) -> "Person":
        """Sign in with one click."""
        context = await browser.new_context(
            viewport=size, locale="ja-JP", permissions=["camera", "microphone"]
        )
        page = await context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(f"{base}/sign-in")
        await page.get_by_role("button", name=nickname).first.click()
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        return cls(page, base, problems)

    async def stand_by(self, room_title: str) -> None:
        """A cast checks camera and microphone and waits in a room."""
        await self.page.goto(f"{self.base}/console")
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
