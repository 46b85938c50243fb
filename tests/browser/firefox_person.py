"""People at a Firefox: they do what a `Person` at a Chromium does, and see the same."""

import json
from dataclasses import dataclass
from typing import Any

from tests.browser.bidi import Firefox

_STAGE = "document.querySelector('talk-stage')"


@dataclass
class FirefoxPerson:
    """Somebody on the demo site, in a Firefox of their own."""

    firefox: Firefox
    base: str

    @classmethod
    async def arrive(cls, firefox: Firefox, base: str, nickname: str) -> "FirefoxPerson":
        """Sign in with one click."""
        person = cls(firefox, base)
        await firefox.go(f"{base}/sign-in")
        await firefox.click(_with_text("button", nickname))
        await person.until("!location.pathname.startsWith('/sign-in')")
        return person

    @property
    def problems(self) -> list[str]:
        """The scripts that broke."""
        return self.firefox.problems

    async def until(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression holds in the page."""
        try:
            await self.firefox.until(expression, seconds)
        except TimeoutError as error:
            words = await self.firefox.value("location.href + ' ' + document.body.innerText")
            sight = " / ".join(words.split())
            raise AssertionError(f"not {expression}: {sight}; {self.problems}") from error

    async def stand_by(self, room_title: str) -> None:
        """A cast checks camera and microphone and waits in a room."""
        await self.firefox.go(f"{self.base}/console")
        await self.firefox.click(_with_text("label", room_title))
        await self.firefox.click(_part("begin"))
        await self.until(f"{_part('console')}.dataset.view === 'on'")

    async def enter(self, room_id: int) -> None:
        """A caller checks the devices and enters a room."""
        await self.firefox.go(f"{self.base}/rooms/{room_id}/enter")
        await self.firefox.click(_part("enter"))

    async def see(self, state: str, seconds: float = 60) -> None:
        """Wait until the stage shows a state."""
        await self.until(f"{_STAGE}?.dataset.state === '{state}'", seconds)

    async def sees_the_other_move(self) -> bool:
        """Whether a frame of the other side comes on the page within half a minute."""
        moved = f"({_STAGE}.stats().then(stats => stats?.framesDecoded ?? 0))"
        before = await self.firefox.value(moved)
        await self.until(f"(await {moved}) > {before}", 30)
        return True

    async def hang_up(self) -> None:
        """Press the red button."""
        await self.firefox.click(_part("hang-up"))

    async def see_account(self, seconds: float = 60) -> None:
        """Wait for the account of the talk."""
        await self.until("document.querySelector('[data-account]')", seconds)

    async def account(self) -> dict[str, Any]:
        """The account's figures, as the page carries them."""
        carried = "document.querySelector('[data-account]').dataset.account"
        found = json.loads(await self.firefox.value(carried))
        assert isinstance(found, dict)
        return found


def _part(name: str) -> str:
    return f"document.querySelector('[data-part={name}]')"


def _with_text(tag: str, text: str) -> str:
    found = f"each => each.innerText.includes({json.dumps(text)})"
    return f"[...document.querySelectorAll('{tag}')].find({found})"
