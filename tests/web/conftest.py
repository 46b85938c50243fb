"""The site on a fresh database, and a browser that looks at it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.web.scene import Browser
from web.app import make_app

Open = Callable[..., Awaitable[Browser]]

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "ページが見つかりません"
msgstr "No such page"
"""


@pytest.fixture
def open_browser(aiohttp_client: Any, database: Database, settings: Settings) -> Open:
    """A function that opens a site with changed settings, and a browser on it."""

    async def opened(**changed: Any) -> Browser:
        site = settings.model_copy(update=changed)
        return Browser(await aiohttp_client(make_app(site, database)))

    return opened


@pytest.fixture
def english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A site with a small English catalogue of the test's own; ask for it before the browser."""
    folder = tmp_path / "locales" / "en" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(CATALOGUE, "utf-8")
    monkeypatch.setattr("web.app.LOCALES", tmp_path / "locales")


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    """A browser on the site with its default settings."""
    return await open_browser()
