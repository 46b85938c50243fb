"""Nobody acts in another's name: every address that changes something asks who sends the form."""

import pytest

from foundation.database import Database
from tests.security.everything import fingerprint
from tests.security.house import House, addresses
from tests.web.scene import SCRIPT, Browser
from web.http.paths import WEBHOOK

OTHER_SITE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}


def posts(browser: Browser) -> list[str]:
    """Every address that takes a form; the webhook's senders sign instead."""
    assert browser.client.app is not None
    found = sorted(set(addresses(browser.client.app, "POST")) - {WEBHOOK})
    assert len(found) > 80
    return found


@pytest.mark.parametrize("who", ["Kenji", "Sakura", "administrator"])
async def test_no_form_is_taken_from_another_site_or_without_its_token(
    browser: Browser, house: House, database: Database, who: str
) -> None:
    await browser.sign_in(house[who], database)
    csrf = await browser.csrf()
    before = await fingerprint(database)
    for pattern in posts(browser):
        path = house.path(pattern)
        forged = await browser.client.post(path, data={"csrf": csrf}, headers=SCRIPT | OTHER_SITE)
        assert (forged.status, (await forged.json())["code"]) == (403, "other_site"), pattern
        bare = await browser.client.post(path, data={"csrf": "x" * 80}, headers=SCRIPT)
        assert bare.status in (403, 411), pattern
    assert await fingerprint(database) == before
