"""Members of the staff at their browsers, who count what they press, type, read and wait for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

from playwright.async_api import Locator

from tests.browser.person import Person

# Reckoned seconds: to aim and press, to type a character, to find one's way on a page that is new;
# to look at a line that is marked, and at the totals; and at each line, for who reads them all.
A_PRESS, A_KEY, A_PAGE, A_MARK, A_GLANCE, A_LINE = 2.0, 0.25, 5.0, 3.0, 10.0, 1.0
COUNTED = ("presses", "keys", "pages", "lines", "marked", "waited", "seconds", "reading_all")


@dataclass
class Hand:
    """Somebody of the staff: what they did so far, in seconds by the rule and by the clock."""

    person: Person
    presses: int = 0
    keys: int = 0
    pages: int = 0
    lines: int = 0
    marked: int = 0
    glances: int = 0
    waited: float = 0.0
    slowest: float = 0.0

    async def press(self, name: str, *, role: str = "button", leads: bool = True) -> None:
        """Press what has a name, and wait for the page to which it leads."""
        page = self.person.page
        found = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        self.presses += 1
        begun = perf_counter()
        if leads:
            async with page.expect_navigation(wait_until="load"):
                await found.click()
            self._note_page(perf_counter() - begun)
        else:
            await found.click()

    async def reload(self) -> None:
        """Look at the page anew."""
        begun = perf_counter()
        await self.person.page.reload()
        self.presses += 1
        self._note_page(perf_counter() - begun)

    def _note_page(self, seconds: float) -> None:
        self.pages += 1
        self.waited += seconds
        self.slowest = max(self.slowest, seconds)

    async def type(self, found: Locator, text: str) -> None:
        """Press into a field, and type."""
        self.presses += 1
        self.keys += len(text)
        await found.fill(text)

    async def look_through(self) -> None:
        """Look at the totals, and at each payout that is marked, page by page."""
        self.glances += 1
        page = self.person.page
        rows = page.get_by_role("group", name="振込の内訳").locator("tbody tr")
        self.lines += await rows.count()
        if not await page.get_by_role("link", name="要確認のみ").count():
            self.marked += await rows.filter(has=page.locator(".badge")).count()
            return
        await self.press("要確認のみ", role="link")
        while True:
            self.marked += await rows.count()
            if not await page.get_by_role("link", name="次へ").count():
                return
            await self.press("次へ", role="link")

    @property
    def seconds(self) -> float:
        """What all of it takes, by the rule; the pages' own time is what was waited for."""
        return self._acted + self.marked * A_MARK

    @property
    def reading_all(self) -> float:
        """The same for who reads each line as well, and not the marked ones alone."""
        return self._acted + self.marked * A_MARK + (self.lines - self.marked) * A_LINE

    @property
    def _acted(self) -> float:
        acted = self.presses * A_PRESS + self.keys * A_KEY + self.glances * A_GLANCE
        return self.waited + acted + self.pages * A_PAGE


@dataclass
class Steps:
    """What each step took, of both together."""

    hands: Sequence[Hand]
    taken: list[tuple[str, list[float]]] = field(default_factory=list)

    def note(self, step: str) -> None:
        """What was done since the step before was this one."""
        now = [sum(getattr(hand, name) for hand in self.hands) for name in COUNTED]
        before = [sum(row[place] for _, row in self.taken) for place in range(len(now))]
        self.taken.append((step, [one - other for one, other in zip(now, before, strict=True)]))
