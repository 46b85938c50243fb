"""The demo's practice telephones in a browser: what somebody does at them, and what they show."""

from dataclasses import dataclass

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.person import PC, SECONDS, Person

PATIENT = 60 * SECONDS
ONLINE, ALL, DIGITS, STANDBY = (f"0501234000{n}" for n in (1, 2, 3, 4))


@dataclass
class Telephones:
    """Both telephones, on one page that nobody is signed in at."""

    person: Person

    @classmethod
    async def on_the_table(cls, browser: Browser, base: str) -> "Telephones":
        person = await Person.visit(browser, base, PC)
        await person.page.goto(f"{base}/demo/telephones")
        await person.page.locator("[data-part=telephones][data-held='1']").wait_for()
        return cls(person)

    @property
    def page(self) -> Page:
        return self.person.page

    def one(self, name: str) -> Locator:
        return self.page.locator(f"[data-phone={name}]")

    async def shows(self, name: str, state: str) -> None:
        await expect(self.one(name)).to_have_attribute("data-state", state, timeout=PATIENT)

    async def is_answered(self, name: str) -> None:
        """It rings, somebody takes it up, and presses the key that shows them to be a person."""
        await self.shows(name, "ringing")
        await expect(self.one(name).locator("[data-part=number]")).to_have_text("050-1234-0000")
        await self.one(name).get_by_role("button", name="電話に出る").click()
        await self.shows(name, "talking")
        await self.press(name, "1")

    async def dials(self, name: str, number: str) -> None:
        """Ring the site, and press the PIN."""
        await self.one(name).locator(f"[data-number='{number}']").click()
        await self.shows(name, "talking")
        await self.one(name).get_by_role("button", name="暗証番号を押す").click()

    async def press(self, name: str, keys: str) -> None:
        for key in keys:
            await self.one(name).locator(f".phone-keys [data-keys='{key}']").click()

    async def agrees_until_it_rings(self, name: str, other: str) -> None:
        """What costs wants a key after its price was told, which takes as long as it takes."""
        ringing = self.page.locator(f"[data-phone={other}][data-state=ringing]")
        for _ in range(60):
            if await ringing.count():
                return
            await self.press(name, "1")
            await self.page.wait_for_timeout(1 * SECONDS)
        raise AssertionError(f"{other} never rang")

    async def hangs_up(self, name: str) -> None:
        await self.one(name).get_by_role("button", name="電話を切る").click()
        await self.shows(name, "idle")

    async def waits_for_calls(self) -> None:
        """The cast goes on stand-by by telephone."""
        await self.dials("cast", STANDBY)
        await self.press("cast", "1")
        # The site says how it is now, and hangs up.
        await self.shows("cast", "idle")
