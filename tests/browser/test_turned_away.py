"""A page for which the site has no connection says why, in words."""

import asyncio

import pytest
from playwright.async_api import Browser, Page, WebSocket, expect

from tests.browser.conftest import StartSite
from tests.browser.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

NOTICE = "#turned-away"


def accepted(page: Page) -> asyncio.Event:
    """What is set once the site has accepted a connection of a page."""
    found = asyncio.Event()

    def hear(frame: str | bytes) -> None:
        if str(frame).startswith("40"):
            found.set()

    def opened(socket: WebSocket) -> None:
        socket.on("framereceived", hear)

    page.on("websocket", opened)
    return found


async def test_one_window_too_many_says_so_until_another_is_closed(
    browser: Browser, start_site: StartSite
) -> None:
    site = await start_site(HITOTOKI_SOCKET_CONNECTIONS_PER_PERSON="1")
    person = await Person.arrive(browser, site.url, "健太")
    first = accepted(person.page)
    await person.page.goto(site.url)
    await first.wait()
    second = await person.page.context.new_page()
    late = accepted(second)
    await second.goto(site.url)
    await expect(second.locator(NOTICE)).to_contain_text("画面が多すぎる")
    assert not late.is_set()
    await person.page.close()
    await second.reload()
    await late.wait()
    await expect(second.locator(NOTICE)).to_be_hidden()
