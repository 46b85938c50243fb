"""A site full of people and things, and browsers that look at it."""

import pytest

from foundation.database import Database
from foundation.settings import Settings
from tests.security.house import House
from tests.web.conftest import Open, open_browser
from tests.web.recorded import READABLE
from tests.web.scene import Browser

__all__ = ["open_browser"]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A site on which there is everything, recordings too."""
    return settings.model_copy(update=READABLE)


@pytest.fixture
async def house(database: Database, settings: Settings) -> House:
    """A site on which everything that has an address exists."""
    return await House.fill(database, settings)


@pytest.fixture
async def browser(open_browser: Open) -> Browser:
    """A browser on the site with its default settings."""
    return await open_browser()
